/**
 * Whether time tells who has an account (G01): the same step for a name that is known and for one that is not, in random
 * order, each from a network of its own. What comes out is how often a known name takes longer than an unknown one: half
 * the time, where nothing can be told.
 */
import { FormBrowser } from '../test/support/form-browser.ts'

export type SameTime = {
  readonly authorize: string
  readonly known: readonly string[]
  /** `name`: the page that asks who is there; `password`: a wrong password after it. */
  readonly step: 'name' | 'password'
  readonly tries: number
}

export type Told = {
  /** Of pairs of a known and an unknown name, the share in which the known one took longer. */
  readonly longer: number
  /** How far from half chance alone leads, in 99 of 100 runs. */
  readonly chance: number
  /** Medians, in milliseconds. */
  readonly known: number
  readonly unknown: number
}

export const sameTime = async ({ authorize, known, step, tries }: SameTime): Promise<Told> => {
  const seen: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
  const plan = Array.from({ length: tries * 2 }, (_, at) => at % 2 === 0)
  for (let at = plan.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1))
    const [a = false, b = false] = [plan[at], plan[other]]
    plan[at] = b
    plan[other] = a
  }
  for (const [at, isKnown] of plan.entries()) {
    const own = known[at % known.length] ?? ''
    const username = isKnown ? own : own.replace('otp', 'opt')
    seen[isKnown ? 'known' : 'unknown'].push(await timeOf(authorize, step, username, at))
  }
  const [n, m] = [seen.known.length, seen.unknown.length]
  return {
    longer: shareLonger(seen.known, seen.unknown),
    // The standard deviation of the Mann-Whitney statistic where both are alike.
    chance: 2.576 * Math.sqrt((n + m + 1) / (12 * n * m)),
    known: middle(seen.known),
    unknown: middle(seen.unknown),
  }
}

const timeOf = async (authorize: string, step: SameTime['step'], username: string, at: number): Promise<number> => {
  // As wide apart as guesses are counted (src/domain/guess-limits/network-of.ts): what is refused unseen would tell nothing.
  const headers = { 'x-forwarded-for': `10.${(at >> 8) & 255}.${at & 255}.1` }
  const browser = new FormBrowser({ headers, keepAlive: true })
  await browser.open(authorize)
  const timed = async (fields: Readonly<Record<string, string>>): Promise<number> => {
    const began = performance.now()
    await browser.submit(fields)
    return performance.now() - began
  }
  const name = await timed({ username })
  return step === 'name' ? name : timed({ password: 'a wrong long passphrase' })
}

/** Mann and Whitney's U over all pairs, by ranks. */
const shareLonger = (known: readonly number[], unknown: readonly number[]): number => {
  const sorted = [...unknown].sort((a, b) => a - b)
  let longer = 0
  for (const value of known) {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middleAt = (low + high) >> 1
      if ((sorted[middleAt] ?? 0) < value) low = middleAt + 1
      else high = middleAt
    }
    longer += low
  }
  return longer / (known.length * unknown.length)
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
