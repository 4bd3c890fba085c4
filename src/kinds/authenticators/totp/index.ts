/**
 * Codes of an authenticator app (TOTP, RFC 6238). The secret has 160 bits (RFC 4226 §4), is sealed at rest and told
 * while the app is set up, never after (E22). Each step counts once, over all replicas: the step that was used last is
 * part of what the credential holds, and of two answers from the same data one is taken (E12).
 */
import { Secret } from 'otpauth'
import type { JsonObject } from '../../../base/json.ts'
import { reveal, type Sealed, secret } from '../../../base/secret.ts'
import { icon } from '../../../pages/icons.ts'
import { readCode } from '../../../pages/read-code.ts'
import type { AuthenticatorKind, ChallengeAbout, RightAnswer, SetUpAbout } from '../../contract/authenticator.ts'
import type { FieldError } from '../../contract/stage.ts'
import { authentikRow } from './authentik-row.ts'
import { TotpConfig, TotpData } from './config.ts'
import { keyAddress } from './key-address.ts'
import { matchingStep } from './matching-step.ts'
import { challengePart, setUpPart } from './page.ts'

const SECRET_BYTES = 20

export const totp = {
  id: 'totp',
  amr: 'otp',
  icon: icon('phone'),
  config: TotpConfig,
  data: TotpData,
  secrets: ['secret'],
  usable: () => true,
  tell: () => ({}),
  setUp: {
    proves: true,
    begin: ({ ports }) => ({
      secret: new Secret({ buffer: ports.random(SECRET_BYTES).slice().buffer }).base32,
    }),
    ask: (state, { config, person, request }) => ({
      secret: secretIn(state),
      address: keyAddress(secretIn(state), config, {
        issuer: new URL(request.origin).host,
        account: person.user.username,
      }),
    }),
    answer: (state, input, about) => {
      const read = readDigits(input)
      if ('fault' in read) return { errors: [read.fault] }
      return takeIn(secretIn(state), read.answer.code, about) ?? { errors: [WRONG] }
    },
    page: setUpPart,
  },
  challenge: {
    ask: ({ held }) => ({ period: held[0]?.data.period ?? 30 }),
    read: (input) => readDigits(input),
    check: ({ code }, about) => check(String(code), about),
    page: challengePart,
  },
  authentik: authentikRow,
} satisfies AuthenticatorKind<TotpData, TotpConfig>

const WRONG: FieldError = { field: 'code', text: 'authenticator.totp.set_up_wrong' }

/** What `begin` kept; it was sealed to the attempt. */
const secretIn = (state: JsonObject): string => String(state.secret ?? '')

const readDigits = (
  input: Readonly<Record<string, string>>,
): { readonly answer: { readonly code: string } } | { readonly fault: FieldError } => {
  const code = readCode(input, 'code')
  if (/^(?:\d{6}|\d{8})$/.test(code)) return { answer: { code } }
  return {
    fault: { field: 'code', text: code === '' ? 'authenticator.code_empty' : 'authenticator.totp.code_malformed' },
  }
}

const takeIn = (
  key: string,
  code: string,
  { config, credential, request, ports }: SetUpAbout<TotpConfig>,
): { readonly data: TotpData; readonly proven: boolean } | null => {
  const step = matchingStep(code, key, config, { now: request.at, lastStep: -1 })
  if (step === null) return null
  const { algorithm, digits, period } = config
  const sealed = ports.vault.seal(secret(key), credential, 'secret')
  // The code that was shown now is used: whoever looked over the shoulder cannot sign in with it.
  return { data: { secret: sealed, algorithm, digits, period, last_step: step }, proven: true }
}

/** A person with two apps need not say whose code it is: each is tried, which counts as one try. */
const check = (code: string, { held, request, ports }: ChallengeAbout<TotpData>): RightAnswer<TotpData> | 'wrong' => {
  let verdict: RightAnswer<TotpData> | 'wrong' = 'wrong'
  for (const { id, data } of held) {
    // What stands in this member was sealed when it was set up.
    const key = reveal(ports.vault.open(data.secret as Sealed, id, 'secret'), 'totp verify')
    const step = matchingStep(code, key, data, { now: request.at, lastStep: data.last_step })
    if (step !== null && verdict === 'wrong') verdict = { right: id, data: { ...data, last_step: step } }
  }
  return verdict
}
