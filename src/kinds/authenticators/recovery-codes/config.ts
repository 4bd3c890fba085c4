/** How many recovery codes there are, and what is kept of them. */
import { Closed, type Static, Type } from '../../../base/schema.ts'

export const RecoveryCodesConfig = Closed({
  token_count: Type.Integer({ default: 10, minimum: 4, maximum: 50, description: 'How many codes are made.' }),
})
export type RecoveryCodesConfig = Static<typeof RecoveryCodesConfig>

export const MOST_CODES = 500

export const RecoveryCodesData = Closed({
  /** Keyed hashes of those that were not used yet. */
  codes: Type.Array(Type.String(), { maxItems: MOST_CODES }),
})
export type RecoveryCodesData = Static<typeof RecoveryCodesData>
