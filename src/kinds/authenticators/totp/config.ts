/** What a new authenticator app is given, and what is kept of it. Apps that know nothing else take the defaults. */
import { Closed, type Static, Type } from '../../../base/schema.ts'

type Told = { readonly default?: string | number; readonly description?: string }
const Algorithm = (told: Told = {}) => Type.Enum(['SHA1', 'SHA256', 'SHA512'], { ...told })
const Digits = (told: Told = {}) => Type.Enum([6, 8], { ...told })
const Period = (told: Told = {}) => Type.Integer({ minimum: 10, maximum: 300, ...told })

export const TotpConfig = Closed({
  digits: Digits({ default: 6, description: 'How long a code is. Some apps show six digits whatever is asked for.' }),
  algorithm: Algorithm({ default: 'SHA1', description: 'Some apps use SHA1 whatever is asked for.' }),
  period: Period({ default: 30, description: 'For how many seconds a code is shown.' }),
})
export type TotpConfig = Static<typeof TotpConfig>

export const TotpData = Closed({
  /** Base32, sealed. */
  secret: Type.String(),
  algorithm: Algorithm(),
  digits: Digits(),
  period: Period(),
  /** The newest step that a code was taken of; -1 for none. */
  last_step: Type.Integer({ minimum: -1 }),
})
export type TotpData = Static<typeof TotpData>
