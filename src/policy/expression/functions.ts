/**
 * The functions an expression may call: a closed list, so that whatever else the parser knows (`timestamp`, `type`,
 * `bytes` …) is refused where it is written. `signature` is for the type check; `call` runs. Text functions count in
 * UTF-16 units, as JSON and JavaScript do.
 */

import { inNetwork, parseNetwork } from '../../base/network.ts'
import { failure, madeList, madeText, type Run, spendLength } from './budget.ts'
import { isMap, read, typeName } from './value.ts'

type Call = (run: Run, args: readonly unknown[], at: number) => unknown
export type ExpressionFunction = {
  /** As the type checker is told it, or null where it knows the function already. */
  readonly signature: string | null
  readonly call: Call
}

const text = (run: Run, value: unknown, at: number): string => {
  if (typeof value !== 'string') throw failure(run, `expected a string, not ${typeName(value)}`, at)
  return value
}

const position = (run: Run, value: unknown, length: number, at: number): number => {
  const index = typeof value === 'bigint' ? Number(value) : Number.NaN
  if (!Number.isInteger(index) || index < 0 || index > length) throw failure(run, 'a position outside of the text', at)
  return index
}

/** A function of two texts. */
const ofTexts =
  (work: (subject: string, argument: string) => unknown): Call =>
  (run, [subject, argument], at) => {
    const first = text(run, subject, at)
    spendLength(run, first.length)
    return work(first, text(run, argument, at))
  }

/** A function that makes a text of one text. */
const ofText =
  (work: (subject: string) => string): Call =>
  (run, [subject], at) =>
    madeText(run, work(text(run, subject, at)), at)

const size: Call = (run, [value], at) => {
  if (typeof value === 'string') {
    spendLength(run, value.length)
    return BigInt([...value].length)
  }
  if (Array.isArray(value)) return BigInt(value.length)
  if (isMap(value)) return BigInt(Object.keys(value).length)
  throw failure(run, `${typeName(value)} has no size`, at)
}

const substring: Call = (run, [subject, start, end], at) => {
  const whole = text(run, subject, at)
  const from = position(run, start, whole.length, at)
  const to = end === undefined ? whole.length : position(run, end, whole.length, at)
  if (to < from) throw failure(run, 'a position outside of the text', at)
  return madeText(run, whole.slice(from, to), at)
}

const split: Call = (run, [subject, separator], at) => {
  const whole = text(run, subject, at)
  spendLength(run, whole.length)
  return madeList(run, whole.split(text(run, separator, at)), at)
}

const join: Call = (run, [list, separator], at) => {
  if (!Array.isArray(list)) throw failure(run, `expected a list, not ${typeName(list)}`, at)
  const between = separator === undefined ? '' : text(run, separator, at)
  const parts = list.map((item) => text(run, read(item), at))
  // Measured before it is made: ten thousand parts may name one long text.
  const length = parts.reduce((sum, part) => sum + part.length + between.length, 0)
  spendLength(run, length)
  return madeText(run, length > 0 ? parts.join(between) : '', at)
}

const toInt: Call = (run, [value], at) => {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(Math.trunc(value))) return BigInt(Math.trunc(value))
  if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return BigInt(value)
  throw failure(run, `no int in this ${typeName(value)}`, at)
}

const toDouble: Call = (run, [value], at) => {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value)
  if (typeof value === 'string' && /^-?\d{1,30}(\.\d{1,30})?$/.test(value)) return Number(value)
  throw failure(run, `no double in this ${typeName(value)}`, at)
}

const toText: Call = (run, [value], at) => {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw failure(run, `no string for ${typeName(value)}`, at)
}

const toBool: Call = (run, [value], at) => {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  throw failure(run, `no bool in this ${typeName(value)}`, at)
}

const isInNetwork: Call = (run, [address, network], at) => {
  const parsed = parseNetwork(text(run, network, at))
  if (!parsed) throw failure(run, 'not a network', at)
  const inside = inNetwork(text(run, address, at), parsed)
  if (inside === null) throw failure(run, 'not an address', at)
  return inside
}

// Keyed by how it is called: `.` marks a method, the number counts arguments without the receiver.
export const expressionFunctions: ReadonlyMap<string, ExpressionFunction> = new Map(
  Object.entries<ExpressionFunction>({
    'in_network/2': { signature: 'in_network(string, string): bool', call: isInNetwork },
    '.lower/0': { signature: 'string.lower(): string', call: ofText((subject) => subject.toLowerCase()) },
    '.trim/0': { signature: null, call: ofText((subject) => subject.trim()) },
    '.contains/1': { signature: null, call: ofTexts((subject, part) => subject.includes(part)) },
    '.startsWith/1': { signature: null, call: ofTexts((subject, part) => subject.startsWith(part)) },
    '.endsWith/1': { signature: null, call: ofTexts((subject, part) => subject.endsWith(part)) },
    '.indexOf/1': { signature: null, call: ofTexts((subject, part) => BigInt(subject.indexOf(part))) },
    '.substring/1': { signature: null, call: substring },
    '.substring/2': { signature: null, call: substring },
    '.split/1': { signature: null, call: split },
    '.join/0': { signature: null, call: join },
    '.join/1': { signature: null, call: join },
    '.size/0': { signature: null, call: size },
    'size/1': { signature: null, call: size },
    'int/1': { signature: null, call: toInt },
    'double/1': { signature: null, call: toDouble },
    'string/1': { signature: null, call: toText },
    'bool/1': { signature: null, call: toBool },
    'dyn/1': { signature: null, call: (_run, [value]) => value },
  }),
)
