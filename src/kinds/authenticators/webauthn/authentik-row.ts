/**
 * authentik's `webauthndevice`. It keeps neither whether the key verifies its person nor where it is kept: the first
 * answer here says. Its user handle is the hex spelling of the hashed user id, as UTF-8.
 */
import { base64url, fromBase64url, utf8 } from '../../../base/bytes.ts'
import { isUuid } from '../../../base/ids.ts'
import type { AuthentikRow } from '../../contract/authentik-row.ts'
import type { WebauthnData } from './config.ts'

const NO_AAGUID = '00000000-0000-0000-0000-000000000000'
const LONGEST_ID = 1023

/** Both spellings of base64 are found there; here it is the one without padding. */
const bytesIn = (text: unknown, most: number): string | null => {
  if (typeof text !== 'string') return null
  const bytes = fromBase64url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'))
  return bytes && bytes.length > 0 && bytes.length <= most ? base64url(bytes) : null
}

export const authentikRow: AuthentikRow<WebauthnData> = {
  table: 'authentik_stages_authenticator_webauthn_webauthndevice',
  read: (row, { hashedUserId }) => {
    const credentialId = bytesIn(row.credential_id, LONGEST_ID)
    const publicKey = bytesIn(row.public_key, 4096)
    const { rp_id: rpId, sign_count: count = 0, aaguid } = row
    if (credentialId === null || publicKey === null) return { left: 'id or key is no base64url' }
    if (typeof rpId !== 'string' || !/^[a-z0-9.-]{1,253}$/i.test(rpId)) return { left: 'the domain cannot be read' }
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) return { left: 'the counter is no number' }
    return {
      data: {
        credential_id: credentialId,
        public_key: publicKey,
        rp_id: rpId.toLowerCase(),
        user_handle: base64url(utf8(hashedUserId)),
        sign_count: count,
        aaguid: typeof aaguid === 'string' && isUuid(aaguid.toLowerCase()) ? aaguid.toLowerCase() : NO_AAGUID,
        transports: [],
        backup_eligible: null,
        backed_up: null,
        user_verified: null,
        discoverable: null,
        last_challenge: '',
      },
    }
  },
}
