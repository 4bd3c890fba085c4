/** What a condition read, for whoever is told how it was judged. */
import type { Json } from '../../base/json.ts'

const LONGEST_SHOWN = 200

/** The value at a dotted path, cut to what a reader can take in; null where there is none. */
export const shownValue = (variables: Readonly<Record<string, unknown>>, path: string): Json => {
  let at: unknown = variables
  for (const step of path.split('.')) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, step)) return null
    at = (at as Readonly<Record<string, unknown>>)[step]
  }
  if (typeof at === 'string') return at.slice(0, LONGEST_SHOWN)
  if (typeof at === 'number' || typeof at === 'boolean') return at
  return at === null || at === undefined ? null : JSON.stringify(at).slice(0, LONGEST_SHOWN)
}
