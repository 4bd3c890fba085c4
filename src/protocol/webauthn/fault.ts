/** Why a registration or an assertion was not taken: for the log, never for the person. */
import { type Failure, fail, type Result } from '../../base/result.ts'

export type FaultCode =
  | 'malformed'
  | 'wrong_type'
  | 'wrong_challenge'
  | 'wrong_origin'
  | 'cross_origin'
  | 'wrong_rp_id'
  | 'user_absent'
  | 'user_unverified'
  | 'backup_flags'
  | 'algorithm'
  | 'attestation'
  | 'other_credential'
  | 'other_user'
  | 'signature'

export type Fault = Failure<FaultCode>
export type Judged<T> = Result<T, Fault>

/** The same words for every fault: which check it was is nobody's business outside. */
export const fault = (code: FaultCode, detail?: string): Judged<never> =>
  fail(code, 'That passkey was not taken.', detail)
