/**
 * The head of authenticator data (Level 3 §6.1): for whom it was made, and its flags. The rest is the library's (E04, E05, E09).
 */
import { sameBytes, sha256 } from '../../base/bytes.ts'
import { ok } from '../../base/result.ts'
import { fault, type Judged } from './fault.ts'

const FLAG = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10 } as const
const HEAD = 37

export type AuthenticatorHead = {
  /** Somebody proved to the authenticator who they are: by PIN, finger, face. */
  readonly userVerified: boolean
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly counter: number
}

export const checkAuthenticatorData = (
  bytes: Uint8Array,
  expected: { readonly rpId: string; readonly userVerification: boolean },
): Judged<AuthenticatorHead> => {
  if (bytes.length < HEAD) return fault('malformed', 'authenticatorData')
  if (!sameBytes(bytes.subarray(0, 32), sha256(expected.rpId))) return fault('wrong_rp_id')
  const flags = bytes[32] ?? 0
  const has = (flag: number): boolean => (flags & flag) !== 0
  if (!has(FLAG.present)) return fault('user_absent')
  if (expected.userVerification && !has(FLAG.verified)) return fault('user_unverified')
  // §6.1.3: what cannot be backed up is not backed up.
  if (has(FLAG.backedUp) && !has(FLAG.backupEligible)) return fault('backup_flags')
  return ok({
    userVerified: has(FLAG.verified),
    backupEligible: has(FLAG.backupEligible),
    backedUp: has(FLAG.backedUp),
    counter: new DataView(bytes.buffer, bytes.byteOffset).getUint32(33),
  })
}
