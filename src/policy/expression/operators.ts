/** Operators of CEL over our values: equality across number types, checked 64-bit integers, ordering within a type. */
import {
  type EvaluationFailure,
  failure,
  LONGEST_LIST,
  LONGEST_TEXT,
  madeList,
  madeText,
  type Run,
  spend,
  spendLength,
} from './budget.ts'
import { INT_MAX, INT_MIN, isMap, member, read, typeName, type ValueMap } from './value.ts'

export type BinaryOperator = (run: Run, left: unknown, right: unknown, at: number) => unknown

/** Equality as CEL has it: values of different types differ, but numbers are compared as numbers. */
const sameValue = (run: Run, left: unknown, right: unknown): boolean => {
  spend(run, 1)
  if (isNumber(left) && isNumber(right)) {
    // biome-ignore lint/suspicious/noDoubleEquals: int and double are compared by value, which only == does.
    return left == right
  }
  if (typeof left === 'string') {
    if (typeof right === 'string' && right.length === left.length) spendLength(run, left.length)
    return left === right
  }
  if (Array.isArray(left)) return Array.isArray(right) && sameList(run, left, right)
  if (isMap(left)) return isMap(right) && sameMap(run, left, right)
  return left === right
}

const sameList = (run: Run, left: readonly unknown[], right: readonly unknown[]): boolean =>
  left.length === right.length && left.every((item, index) => sameValue(run, read(item), read(right[index])))

const sameMap = (run: Run, left: ValueMap, right: ValueMap): boolean => {
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && sameValue(run, member(left, key), member(right, key)))
}

const isNumber = (value: unknown): value is bigint | number => typeof value === 'bigint' || typeof value === 'number'

const noOverload = (run: Run, name: string, left: unknown, right: unknown, at: number): EvaluationFailure =>
  failure(run, `${typeName(left)} ${name} ${typeName(right)} is not defined`, at)

/** Below, at or above zero; NaN where no order holds. */
const compare = (run: Run, left: unknown, right: unknown): number | null => {
  if (isNumber(left) && isNumber(right)) {
    if (left < right) return -1
    if (left > right) return 1
    return sameValue(run, left, right) ? 0 : Number.NaN
  }
  if (typeof left === 'string' && typeof right === 'string') {
    spendLength(run, Math.min(left.length, right.length))
    if (left === right) return 0
    return left < right ? -1 : 1
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right)
  return null
}

const ordering =
  (name: string, holds: (order: number) => boolean): BinaryOperator =>
  (run, left, right, at) => {
    const order = compare(run, left, right)
    if (order === null) throw noOverload(run, name, left, right, at)
    return holds(order)
  }

type Arithmetic = { ints: (a: bigint, b: bigint) => bigint; doubles: ((a: number, b: number) => number) | null }

const arithmetic =
  (name: string, { ints, doubles }: Arithmetic): BinaryOperator =>
  (run, left, right, at) => {
    if (typeof left === 'bigint' && typeof right === 'bigint') {
      if ((name === '/' || name === '%') && right === 0n) throw failure(run, 'division by zero', at)
      const result = ints(left, right)
      if (result > INT_MAX || result < INT_MIN) throw failure(run, 'the number leaves 64 bits', at)
      return result
    }
    // A whole number from JSON may stand for a double (`1` for `1.0`), so the two may be mixed here.
    if (doubles && isNumber(left) && isNumber(right)) return doubles(Number(left), Number(right))
    throw noOverload(run, name, left, right, at)
  }

const plus: BinaryOperator = (run, left, right, at) => {
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length + right.length > LONGEST_TEXT) throw failure(run, `a text longer than ${LONGEST_TEXT} letters`, at)
    return madeText(run, left + right, at)
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length + right.length > LONGEST_LIST) throw failure(run, `a list longer than ${LONGEST_LIST}`, at)
    return madeList(run, [...left, ...right], at)
  }
  return addNumbers(run, left, right, at)
}
const addNumbers = arithmetic('+', { ints: (a, b) => a + b, doubles: (a, b) => a + b })

const isIn: BinaryOperator = (run, left, right, at) => {
  if (Array.isArray(right)) return right.some((item) => sameValue(run, left, read(item)))
  if (isMap(right) && typeof left === 'string') return member(right, left) !== undefined
  throw noOverload(run, 'in', left, right, at)
}

export const binaryOperators: ReadonlyMap<string, BinaryOperator> = new Map(
  Object.entries<BinaryOperator>({
    '==': sameValue,
    '!=': (run, left, right) => !sameValue(run, left, right),
    in: isIn,
    '+': plus,
    '-': arithmetic('-', { ints: (a, b) => a - b, doubles: (a, b) => a - b }),
    '*': arithmetic('*', { ints: (a, b) => a * b, doubles: (a, b) => a * b }),
    '/': arithmetic('/', { ints: (a, b) => a / b, doubles: (a, b) => a / b }),
    '%': arithmetic('%', { ints: (a, b) => a % b, doubles: null }),
    '<': ordering('<', (order) => order < 0),
    '<=': ordering('<=', (order) => order <= 0),
    '>': ordering('>', (order) => order > 0),
    '>=': ordering('>=', (order) => order >= 0),
  }),
)
