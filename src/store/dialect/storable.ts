/**
 * What may be bound: PostgreSQL has no NUL in text and no broken surrogate pair in JSON, and a driver's complaint would
 * be a 500 (M13). Refused on both engines alike, before either sees it.
 */
import type { Engine } from '../store.ts'
import { UnstorableText } from '../store.ts'
import type { Value } from './executor.ts'

const checkText = (text: string): string => {
  if (text.includes('\0') || !text.isWellFormed()) throw new UnstorableText()
  return text
}

/** The value as the engine's driver takes it. */
export const storable = (value: Value, engine: Engine): Value => {
  if (typeof value === 'string') return checkText(value)
  if (typeof value === 'boolean') return engine === 'sqlite' ? Number(value) : value
  if (value === null || typeof value === 'number') return value
  if (value === undefined) throw new Error('a parameter of this query was left out')
  for (const item of value) checkText(item)
  return engine === 'sqlite' ? JSON.stringify(value) : value
}
