/** authentik's `totpdevice`: a seed in hex, HMAC-SHA-1 always, the last step that was used. */
import { Secret } from 'otpauth'
import { secret } from '../../../base/secret.ts'
import type { AuthentikRow } from '../../contract/authentik-row.ts'
import type { TotpData } from './config.ts'

export const authentikRow: AuthentikRow<TotpData> = {
  table: 'authentik_stages_authenticator_totp_totpdevice',
  read: ({ key, step = 30, t0 = 0, digits = 6, last_t: lastStep = -1 }, { credential, vault }) => {
    if (typeof key !== 'string' || !/^(?:[0-9a-f]{2}){10,64}$/i.test(key)) return { left: 'the key is not hex' }
    if (digits !== 6 && digits !== 8) return { left: `codes of ${digits} digits` }
    if (t0 !== 0) return { left: 'its time does not begin with 1970' }
    if (typeof step !== 'number' || !Number.isInteger(step) || step < 10 || step > 300)
      return { left: `steps of ${step} s` }
    if (typeof lastStep !== 'number' || !Number.isInteger(lastStep)) return { left: 'the last step is no number' }
    return {
      data: {
        secret: vault.seal(secret(Secret.fromHex(key).base32), credential, 'secret'),
        algorithm: 'SHA1',
        digits,
        period: step,
        // A code that was used there is not good here once more (E12).
        last_step: Math.max(-1, lastStep),
      },
    }
  },
}
