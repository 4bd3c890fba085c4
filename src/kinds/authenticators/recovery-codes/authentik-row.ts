/** authentik's `staticdevice` with its `statictoken` rows: codes in clear text, which come in as keyed hashes. */
import { readCode } from '../../../pages/read-code.ts'
import type { AuthentikRow } from '../../contract/authentik-row.ts'
import { MOST_CODES, type RecoveryCodesData } from './config.ts'

export const authentikRow: AuthentikRow<RecoveryCodesData> = {
  table: 'authentik_stages_authenticator_static_staticdevice',
  parts: { table: 'authentik_stages_authenticator_static_statictoken', of: 'device_id' },
  read: (_, { parts, credential, vault }) => {
    // As it will be read when somebody types it.
    const codes = parts.map(({ token }) => readCode({ code: typeof token === 'string' ? token : '' }, 'code'))
    if (codes.length === 0) return { left: 'no code is left of it' }
    if (codes.length > MOST_CODES || codes.includes('')) return { left: 'codes that cannot be read' }
    return { data: { codes: codes.map((code) => vault.hash(code, credential)) } }
  },
}
