/** The address that a picture or a link hands an app: the key URI format, with the issuer named twice as it asks. */
import { TOTP } from 'otpauth'
import type { TotpParameters } from './matching-step.ts'

export const keyAddress = (
  secret: string,
  { algorithm, digits, period }: TotpParameters,
  about: { readonly issuer: string; readonly account: string },
): string =>
  // An app splits the label at its first colon.
  new TOTP({
    issuer: about.issuer.replaceAll(':', ' '),
    label: about.account.replaceAll(':', ' '),
    secret,
    algorithm,
    digits,
    period,
  }).toString()
