/** Lost edits (RFC 9110 §13): `If-Match` and `If-None-Match` against the entity tag of what stands. */
import { base64url, sha256 } from '../../base/bytes.ts'
import { canonicalJson, type Json } from '../../base/json.ts'
import { ok, type Result } from '../../base/result.ts'
import { type ApiFailure, refuse } from './problem.ts'

/** Entity tags that may, or may not, stand; `*` is any. */
type Tags = readonly string[] | '*'

export type Preconditions = { readonly match: Tags | null; readonly noneMatch: Tags | null }

export const readPreconditions = (headers: Readonly<Record<string, string | undefined>>): Preconditions => ({
  match: readTags(headers['if-match']),
  noneMatch: readTags(headers['if-none-match']),
})

const readTags = (header: string | undefined): Tags | null => {
  if (header === undefined) return null
  if (header.trim() === '*') return '*'
  return [...header.matchAll(/(W\/)?"([^"]*)"/g)].map(([, weak = '', tag = '']) => `${weak}"${tag}"`)
}

/** The tag of a revision. */
export const revisionTag = (revision: number): string => `"${revision}"`

/** The tag of a value that counts no revisions: another value, another tag. */
export const valueTag = (value: Json): string => `"${base64url(sha256(canonicalJson(value))).slice(0, 22)}"`

/** For a change. `tag` is of what stands, null where nothing does. Comparison is strong (RFC 9110 §8.8.3.2). */
export const checkPreconditions = (given: Preconditions, tag: string | null): Result<true, ApiFailure> => {
  if (given.match !== null && !(tag !== null && holds(given.match, tag))) {
    return refuse('precondition_failed', tag === null ? 'Nothing stands there.' : 'It was changed since you read it.')
  }
  if (given.noneMatch !== null && tag !== null && holds(given.noneMatch, tag)) {
    return refuse('precondition_failed', 'It stands already.')
  }
  return ok(true)
}

const holds = (tags: Tags, tag: string): boolean => tags === '*' || tags.includes(tag)

/** For a read: what the client holds is current, so a 304 does. Comparison is weak. */
export const isCurrent = (given: Preconditions, tag: string): boolean => {
  if (given.noneMatch === null || given.noneMatch === '*') return false
  return given.noneMatch.some((one) => one.replace(/^W\//, '') === tag)
}
