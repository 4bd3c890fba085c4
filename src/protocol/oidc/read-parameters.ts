/**
 * Reads the parameters of a request: each at most once (RFC 6749 §3.1), one without a value as if it were not there,
 * and none longer than any honest client sends. What is not known is ignored, as the specification asks.
 */
import { fail, ok, type Result } from '../../base/result.ts'
import type { LocalError, LocalErrorCode } from './errors.ts'

export type Parameters = ReadonlyMap<string, string>

/** Most characters a parameter may have, by name. The table is also the list of parameters known. */
export type ParameterLimits = Readonly<Record<string, number>>

/** All of a request together, in bytes. */
const LONGEST_REQUEST = 16 * 1024
const MOST_PARAMETERS = 100

// Line breaks forge log lines, a NUL is an error in PostgreSQL; no parameter of OAuth has use for either.
const CONTROL = /\p{Cc}/u

export const readParameters = (
  sources: readonly URLSearchParams[],
  limits: ParameterLimits,
): Result<Parameters, LocalError> => {
  const found = new Map<string, string>()
  const twice = new Set<string>()
  let size = 0
  let count = 0
  for (const source of sources) {
    for (const [name, value] of source) {
      count += 1
      size += Buffer.byteLength(name) + Buffer.byteLength(value)
      if (size > LONGEST_REQUEST || count > MOST_PARAMETERS) return tooLong('all of it')
      const limit = Object.hasOwn(limits, name) ? limits[name] : undefined
      if (limit === undefined) continue
      if (value.length > limit) return tooLong(name)
      if (CONTROL.test(value)) return at(name, 'parameter_malformed', `The parameter ${name} holds control characters.`)
      // Two are an attack also where one of them is empty: who reads the first and who reads the last would disagree.
      if (found.has(name)) twice.add(name)
      found.set(name, value)
    }
  }
  const first = [...twice][0]
  if (first !== undefined) return at(first, 'parameter_twice', `The parameter ${first} was sent more than once.`)
  for (const [name, value] of found) if (value === '') found.delete(name)
  return ok(found)
}

const at = (parameter: string, code: LocalErrorCode, message: string): Result<never, LocalError> => ({
  ok: false,
  error: { code, message, parameter },
})

const tooLong = (what: string): Result<never, LocalError> => fail('request_too_long', 'The request is too long.', what)
