/** Makes what is written of assurance ready to be decided by. */
import { parseDuration } from '../base/duration.ts'
import { parseNetwork } from '../base/network.ts'
import type { Issue, Static } from '../base/schema.ts'
import type { Assurance, Demands } from '../domain/assurance/assurance.ts'

// What people call them, beside what RFC 8176 does.
const ALSO: ReadonlyMap<string, readonly string[]> = new Map([
  ['webauthn', ['hwk', 'swk']],
  ['totp', ['otp']],
  ['password', ['pwd']],
])

/** `issues` are added to, with paths that begin with `path`. */
export const compileAssurance = (
  assurance: Static<typeof Assurance> | undefined,
  path: string,
  issues: Issue[],
): Demands => {
  const { mfa, methods, max_age: age, device = null, network } = assurance ?? {}
  const maxAge = age === undefined ? null : parseDuration(age)
  if (age !== undefined && maxAge === null) {
    issues.push({ path: `${path}.max_age`, message: 'must be a duration such as 12h or 30d' })
  }
  // An empty list would be a demand that nobody can meet, and is more likely one that was cleared.
  if (methods?.length === 0) issues.push({ path: `${path}.methods`, message: 'names no method' })
  if (network?.length === 0) issues.push({ path: `${path}.network`, message: 'names no network' })
  for (const [index, text] of (network ?? []).entries()) {
    if (parseNetwork(text) === null) {
      const message = 'must be an address or a network such as 10.0.0.0/8'
      issues.push({ path: `${path}.network[${index}]`, message })
    }
  }
  return {
    mfa: mfa === 'required',
    methods: methods?.flatMap((method) => ALSO.get(method) ?? [method]) ?? null,
    maxAge,
    device,
    network: network ?? null,
    // Whoever says by what, when or in which browser means a proof and nothing that stands for one.
    takesTrust: methods === undefined && maxAge === null && device === null,
  }
}
