/**
 * What the browser itself says of a ceremony (Level 3 §5.8.1; §7.1 steps 5 to 11, §7.2 steps 9 to 14): for which of the two
 * it was, over which challenge, at which origin. A page that frames us is none of ours (E01, E02, E03, E09).
 */
import { sameBytes } from '../../base/bytes.ts'
import { ok } from '../../base/result.ts'
import { parse, Type } from '../../base/schema.ts'
import { fault, type Judged } from './fault.ts'

const ClientData = Type.Object({
  type: Type.String(),
  challenge: Type.String(),
  origin: Type.String(),
  crossOrigin: Type.Optional(Type.Boolean()),
  topOrigin: Type.Optional(Type.String()),
})

export type Expected = {
  readonly type: 'webauthn.create' | 'webauthn.get'
  readonly challenge: string
  /** The very origin that the page was served from: exact, to the port. */
  readonly origin: string
}

export const checkClientData = (bytes: Uint8Array, expected: Expected): Judged<null> => {
  const parsed = parse(ClientData, jsonOf(bytes))
  if (!parsed.ok) return fault('malformed', 'clientDataJSON')
  const { type, challenge, origin, crossOrigin, topOrigin } = parsed.value
  if (type !== expected.type) return fault('wrong_type', type.slice(0, 40))
  if (expected.challenge === '' || !sameBytes(challenge, expected.challenge)) return fault('wrong_challenge')
  if (origin !== expected.origin) return fault('wrong_origin', origin.slice(0, 200))
  if (crossOrigin === true || topOrigin !== undefined) return fault('cross_origin', topOrigin?.slice(0, 200))
  return ok(null)
}

const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
