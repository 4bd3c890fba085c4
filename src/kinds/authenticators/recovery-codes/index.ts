/**
 * Recovery codes: for the day on which everything else is lost. Each counts once (E16). They are shown while they are
 * made and never again; what is kept are keyed hashes, sealed to nobody's eyes but worth nothing to whoever reads them.
 */
import { sameBytes } from '../../../base/bytes.ts'
import type { JsonObject } from '../../../base/json.ts'
import { icon } from '../../../pages/icons.ts'
import { readCode } from '../../../pages/read-code.ts'
import { isChosen } from '../../../pages/read-field.ts'
import type { AuthenticatorKind, ChallengeAbout, RightAnswer } from '../../contract/authenticator.ts'
import { authentikRow } from './authentik-row.ts'
import { RecoveryCodesConfig, RecoveryCodesData } from './config.ts'
import { makeCode } from './make-code.ts'
import { challengePart, setUpPart } from './page.ts'

export const recoveryCodes = {
  id: 'recovery-codes',
  // Something one holds, good for one time.
  amr: 'otp',
  icon: icon('list'),
  config: RecoveryCodesConfig,
  data: RecoveryCodesData,
  secrets: [],
  single: true,
  backup: true,
  usable: ({ codes }) => codes.length > 0,
  tell: ({ codes }) => ({ count: String(codes.length) }),
  setUp: {
    begin: ({ config, ports }) => ({ codes: Array.from({ length: config.token_count }, () => makeCode(ports.random)) }),
    ask: (state, { person, request }) => ({
      codes: codesIn(state),
      account: `${new URL(request.origin).host} · ${person.user.username}`,
    }),
    answer: (state, input, { credential, ports }) =>
      isChosen(input, 'kept')
        ? { data: { codes: codesIn(state).map((code) => ports.vault.hash(code, credential)) }, proven: false }
        : { errors: [{ field: 'kept', text: 'authenticator.recovery_codes.keep_first' }] },
    page: setUpPart,
  },
  challenge: {
    ask: () => ({}),
    read: (input) => {
      const code = readCode(input, 'code')
      return code === '' ? { fault: { field: 'code', text: 'authenticator.code_empty' } } : { answer: { code } }
    },
    check: ({ code }, about) => check(String(code), about),
    page: challengePart,
  },
  authentik: authentikRow,
} satisfies AuthenticatorKind<RecoveryCodesData, RecoveryCodesConfig>

/** What `begin` kept; it was sealed to the attempt. */
const codesIn = (state: JsonObject): string[] => (Array.isArray(state.codes) ? state.codes.map(String) : [])

const check = (
  code: string,
  { held, ports }: ChallengeAbout<RecoveryCodesData>,
): RightAnswer<RecoveryCodesData> | 'wrong' => {
  for (const { id, data } of held) {
    const hashed = ports.vault.hash(code, id)
    const left = data.codes.filter((one) => !sameBytes(hashed, one))
    if (left.length < data.codes.length) return { right: id, data: { codes: left } }
  }
  return 'wrong'
}
