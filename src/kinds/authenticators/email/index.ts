/**
 * Codes by mail, as a second factor beside a password. A mailbox is read in many places and is where forgotten passwords
 * are helped, so it is the weakest there is (NIST SP 800-63B §5.1.3.1 counts it for none): it is set up only where
 * settings name it, and whoever has nothing else gets no mailed link that would be the other factor (G11). What is sent is
 * bounded (E18), and a code is good once, for ten minutes, in the attempt it was asked for in.
 */
import { sameBytes } from '../../../base/bytes.ts'
import { MINUTE } from '../../../base/clock.ts'
import type { CredentialId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { digits } from '../../../base/random.ts'
import { secret } from '../../../base/secret.ts'
import type { GuessTicket } from '../../../domain/guess-limits/guess-limit.ts'
import { type Person, primaryEmail } from '../../../domain/people/person.ts'
import { icon } from '../../../pages/icons.ts'
import { readCode } from '../../../pages/read-code.ts'
import type { AuthenticatorKind, ChallengeAbout, SetUpAbout, Verdict } from '../../contract/authenticator.ts'
import type { Effect, FieldError } from '../../contract/stage.ts'
import { EmailCodeConfig, EmailCodeData } from './config.ts'
import { codePart } from './page.ts'

const CODE_DIGITS = 8
const LASTS = 10 * MINUTE

type Ports = Pick<SetUpAbout['ports'], 'random' | 'vault' | 'mail'>

/** What is kept of a mail that was sent: sealed to the attempt. `code` is gone once it was put into its mail. */
type Sent = {
  readonly address: string
  readonly code?: string
  readonly hash: string
  readonly until: number
  readonly ticket: GuessTicket
}
type State = { readonly address: string; readonly sent: Sent | null; readonly wait: number | null }

export const emailCode = {
  id: 'email',
  // RFC 8176 has no word for a mailbox; a code that counts once is what it is.
  amr: 'otp',
  icon: icon('mail'),
  config: EmailCodeConfig,
  data: EmailCodeData,
  secrets: [],
  single: true,
  needs: 'mail',
  onlyNamed: true,
  usable: () => true,
  tell: ({ address }) => ({ address: veiled(address) }),
  setUp: {
    proves: true,
    begin: async ({ person, credential, ports, request }) => prepare(ownAddress(person), credential, ports, request.at),
    effects: (state, { person }) => sending(read(state), person),
    ask: (state) => asked(read(state)),
    answer: (state, input, { credential, ports, request }) => {
      const { sent } = read(state)
      const code = readCode(input, 'code')
      if (code === '') return { errors: [EMPTY] }
      if (!isRight(sent, code, credential, ports, request.at)) return { errors: [WRONG] }
      return { data: { address: sent.address, last: sent.hash }, proven: true, forgive: sent.ticket }
    },
    page: codePart,
  },
  challenge: {
    wrong: { field: 'code', text: 'authenticator.email.wrong' },
    begin: async ({ held, person, ports, request }) => {
      const [one] = held
      const state = await prepare(one?.data.address ?? null, one?.id ?? null, ports, request.at)
      return { state: withoutCode(state), effects: sending(read(state), person) }
    },
    ask: ({ state }) => asked(read(state)),
    read: (input) => {
      const code = readCode(input, 'code')
      return code === '' ? { fault: EMPTY } : { answer: { code } }
    },
    check: ({ code }, about) => check(String(code), about),
    page: codePart,
  },
} satisfies AuthenticatorKind<EmailCodeData, EmailCodeConfig>

const EMPTY: FieldError = { field: 'code', text: 'authenticator.email.empty' }
const WRONG: FieldError = { field: 'code', text: 'authenticator.email.wrong' }

const ownAddress = (person: Person): string | null => {
  const verified = person.emails.filter(({ verifiedAt }) => verifiedAt !== null)
  return (verified.find(({ primary }) => primary) ?? verified[0] ?? primaryEmail(person))?.address ?? null
}

const prepare = async (
  address: string | null,
  credential: CredentialId | null,
  { random, vault, mail }: Ports,
  now: number,
): Promise<JsonObject> => {
  if (address === null || credential === null || !mail) return { address: address ?? '', sent: null, wait: null }
  const taken = await mail.take()
  if ('wait' in taken) return { address, sent: null, wait: taken.wait }
  const code = digits(random, CODE_DIGITS)
  const { ticket } = taken
  const sent = {
    address,
    code,
    hash: vault.hash(code, credential),
    until: now + LASTS,
    ticket: ticket.map((one) => [...one]),
  }
  return { address, sent, wait: null }
}

/** What was prepared above, and sealed by the stage: nothing else gets here. */
const read = (state: JsonObject | null): State => (state ?? { address: '', sent: null, wait: null }) as unknown as State

const withoutCode = (state: JsonObject): JsonObject => {
  const { sent } = read(state)
  if (sent === null) return state
  const { code: _gone, ...rest } = sent
  return { ...state, sent: rest as unknown as JsonObject }
}

const sending = ({ sent }: State, { user }: Person): readonly Effect[] =>
  sent?.code === undefined
    ? []
    : [{ do: 'send_code', user: user.id, address: sent.address, code: secret(sent.code), expiresAt: sent.until }]

const asked = ({ address, sent, wait }: State): JsonObject => ({
  address: veiled(address),
  sent: sent !== null,
  wait: wait === null ? null : Math.ceil(wait / 1000),
})

const isRight = (
  sent: Sent | null,
  code: string,
  credential: CredentialId,
  { vault }: Ports,
  now: number,
): sent is Sent => sent !== null && now < sent.until && sameBytes(vault.hash(code, credential), sent.hash)

const check = (
  code: string,
  { held, state, ports, request }: ChallengeAbout<EmailCodeData>,
): Verdict<EmailCodeData> => {
  const { sent } = read(state)
  // The address that the mail went to: one that took its place meanwhile was never shown to read it.
  const [one] = held
  if (!one || one.data.address !== sent?.address) return { wrong: 'not_sent' }
  // Of this very mail: whoever kept an older page has a code that was taken.
  if (sameBytes(sent.hash, one.data.last)) return { wrong: 'used' }
  if (request.at >= sent.until) return { wrong: 'expired' }
  if (!isRight(sent, code, one.id, ports, request.at)) return { wrong: 'code' }
  return { right: one.id, data: { ...one.data, last: sent.hash }, forgive: sent.ticket }
}

/** Enough to know one's own by: the page comes before the second factor, so that who asks may be somebody else. */
const veiled = (address: string): string => {
  const at = address.lastIndexOf('@')
  return at < 1 ? '' : `${[...address][0] ?? ''}…${address.slice(at)}`
}
