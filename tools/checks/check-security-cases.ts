/**
 * Every attack in test/security/cases.txt opens a test's title, or waits in test/security/pending.txt for a capability
 * that is not there yet. So none is forgotten, and none waits once it could be tested.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Check } from './check.ts'

const CASES = 'test/security/cases.txt'
const PENDING = 'test/security/pending.txt'
/** Apply now and lack their test: counted, and bounded by a number that only falls. */
const LATER = 'later-core'

type Waiting = { readonly id: string; readonly capability: string; readonly more: boolean }
type Pending = {
  readonly most: number
  readonly capabilities: ReadonlyMap<string, string>
  readonly waiting: readonly Waiting[]
  readonly faults: readonly string[]
}

export type SecurityCases = {
  readonly cases: string
  readonly pending: string
  /** The sources of all test files. */
  readonly tests: readonly string[]
  exists(path: string): boolean
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))

/** The ids that open a text in a test's source: `'A14 …'`, `'F05 F09 …'`. */
const idsIn = (source: string): string[] =>
  [...source.matchAll(/['"`]((?:[A-O]\d\d )+)/g)].flatMap(([, ids = '']) => ids.trim().split(' '))

const readPending = (text: string): Pending => {
  const capabilities = new Map<string, string>()
  const waiting: Waiting[] = []
  const faults: string[] = []
  let most = 0
  for (const line of lines(text)) {
    const capability = /^capability (\S+)\s+(\S+)$/.exec(line)
    const later = /^later-core (\d+)$/.exec(line)
    // `more`: covered for what stands; another door of the same case waits.
    const wait = /^([A-O]\d\d) (\S+)( more)?$/.exec(line)
    if (capability?.[1] && capability[2]) capabilities.set(capability[1], capability[2])
    else if (later) most = Number(later[1])
    else if (wait?.[1] && wait[2]) waiting.push({ id: wait[1], capability: wait[2], more: wait[3] !== undefined })
    else faults.push(`${PENDING} has a line that means nothing: ${line}`)
  }
  return { most, capabilities, waiting, faults }
}

/** What is wrong, and how many cases wait for their test although they apply. */
export const securityCaseFaults = (given: SecurityCases): { faults: string[]; later: number } => {
  const ids = lines(given.cases).map((line) => line.slice(0, 3))
  const covered = new Set(given.tests.flatMap(idsIn))
  const pending = readPending(given.pending)
  const waits = new Set(pending.waiting.map(({ id }) => id))
  const later = pending.waiting.filter(({ capability }) => capability === LATER).length
  return {
    later,
    faults: [
      ...pending.faults,
      ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id} stands twice in ${CASES}`),
      ...ids
        .filter((id) => !covered.has(id) && !waits.has(id))
        .map((id) => `${id} is in no test's title and not pending`),
      ...[...covered, ...waits].filter((id) => !ids.includes(id)).map((id) => `${id} is no case of ${CASES}`),
      ...pending.waiting.flatMap((one) => faultOf(one, covered, pending.capabilities, given.exists)),
      ...(later > pending.most ? [`${later} cases wait for their test, more than the ${pending.most} allowed`] : []),
    ],
  }
}

const faultOf = (
  { id, capability, more }: Waiting,
  covered: ReadonlySet<string>,
  capabilities: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): string[] => {
  if (covered.has(id) && !more) return [`${id} is pending and in a test's title: take it out of ${PENDING}`]
  if (!covered.has(id) && more) return [`${id} is said to be covered in part, and no test's title opens with it`]
  if (capability === LATER) return []
  const place = capabilities.get(capability)
  if (!place) return [`${id} waits for ${capability}, which ${PENDING} does not explain`]
  return exists(place) ? [`${id} may wait no longer: ${place} is there`] : []
}

const readAll = (root: string): SecurityCases => ({
  cases: readFileSync(path.join(root, CASES), 'utf8'),
  pending: readFileSync(path.join(root, PENDING), 'utf8'),
  // This check's own tests speak of cases they do not cover.
  tests: globSync('{src,test,tools,web}/**/*.test.{ts,tsx}', { cwd: root, exclude: (name) => name === 'node_modules' })
    .filter((file) => !file.endsWith('check-security-cases.test.ts'))
    .map((file) => readFileSync(path.join(root, file), 'utf8')),
  exists: (place) => existsSync(path.join(root, place)),
})

export const checkSecurityCases: Check = {
  name: 'security cases',
  run: async (root) => {
    const { faults, later } = securityCaseFaults(readAll(root))
    if (later > 0) process.stdout.write(`${later} security cases apply now and wait for their test\n`)
    return faults
  },
}
