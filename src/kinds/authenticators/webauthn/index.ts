/**
 * Passkeys and security keys (WebAuthn Level 3). One that verified its person shows two factors by itself and may be the
 * whole sign-in; one that was merely touched is one factor beside a password. Every answer is over a challenge of 256
 * bits that was made for it, sealed to its attempt, and good once: what is kept changes with it (E01, E02).
 */
import { base64url, sameBytes, sha256 } from '../../../base/bytes.ts'
import type { JsonObject } from '../../../base/json.ts'
import { token } from '../../../base/random.ts'
import { browserName } from '../../../pages/browser-name.ts'
import { icon } from '../../../pages/icons.ts'
import { counterWentBack } from '../../../protocol/webauthn/counter-went-back.ts'
import { creationOptions } from '../../../protocol/webauthn/creation-options.ts'
import { originProblem } from '../../../protocol/webauthn/origin-problem.ts'
import { readAssertion, readRegistration } from '../../../protocol/webauthn/read-response.ts'
import { covers } from '../../../protocol/webauthn/relying-party.ts'
import { requestOptions } from '../../../protocol/webauthn/request-options.ts'
import { verifyAssertion } from '../../../protocol/webauthn/verify-assertion.ts'
import { verifyRegistration } from '../../../protocol/webauthn/verify-registration.ts'
import type {
  AuthenticatorKind,
  ChallengeAbout,
  DiscoverAbout,
  Held,
  Made,
  SetUpAbout,
  Verdict,
} from '../../contract/authenticator.ts'
import type { FieldError } from '../../contract/stage.ts'
import { authentikRow } from './authentik-row.ts'
import { WebauthnAsking, WebauthnConfig, WebauthnData } from './config.ts'
import { makerName } from './maker-names.ts'
import { challengePart, discoverPart, setUpPart } from './page.ts'

type About = ChallengeAbout<WebauthnData, WebauthnAsking>

/** The field of the form that the script puts the browser's answer into. */
const FIELD = 'passkey'
const HANDLE_BYTES = 32

export const webauthn = {
  id: 'webauthn',
  amr: 'hwk',
  // A key that is kept on several devices is no piece of hardware (RFC 8176 §2).
  amrOf: ({ backup_eligible }) => (backup_eligible === true ? 'swk' : 'hwk'),
  icon: icon('key'),
  config: WebauthnConfig,
  data: WebauthnData,
  secrets: [],
  phishingResistant: true,
  needsScript: true,
  flow: 'passkey-setup',
  blockedAt: originProblem,
  answersAt: (data, about) => answersAt(data, about),
  // Of one that moved in it is not known: its answer will say.
  standsAlone: ({ user_verified }) => user_verified !== false,
  lookupOf: ({ credential_id }) => lookupOf(credential_id),
  usable: () => true,
  tell: (data) => ({
    variant: data.backup_eligible === true ? 'synced' : data.user_verified === false ? 'second' : 'bound',
    aaguid: data.aaguid,
    made_by: makerName(data.aaguid) ?? '',
    discoverable: data.discoverable === null ? '' : String(data.discoverable),
    backed_up: data.backed_up === null ? '' : String(data.backed_up),
    user_verified: data.user_verified === null ? '' : String(data.user_verified),
  }),
  setUp: {
    begin: ({ ports, held }) => {
      const { id } = ports.relyingParty
      return { challenge: token(ports.random), rp_id: id, user_handle: handleOf(held, id) ?? newHandle(ports) }
    },
    ask: (state, about) => ({ options: setUpOptions(state, about) }),
    answer: (state, input, about) => setUp(state, input, about),
    page: setUpPart,
  },
  challenge: {
    config: WebauthnAsking,
    once: true,
    wrong: { field: null, text: 'authenticator.webauthn.wrong' },
    begin: async (about) => ({ state: { challenge: token(about.ports.random), rp_id: chooseRpId(about) } }),
    ask: (about) => ({ options: askOptions(about) }),
    read: (input) => {
      const text = textIn(input)
      if (text === '') return { fault: NO_SCRIPT }
      return readAssertion(text).ok ? { answer: { response: text } } : { fault: MALFORMED }
    },
    check: (answer, about) => check(String(answer.response), about),
    page: challengePart,
  },
  discover: {
    begin: ({ ports }) => ({
      challenge: token(ports.random),
      rp_id: ports.relyingParty.id,
      discovered: true,
    }),
    ask: (state) => ({
      options: requestOptions({
        rpId: String(state.rp_id),
        challenge: String(state.challenge),
        userVerification: 'required',
        allow: [],
      }),
    }),
    read: (input) => {
      const text = textIn(input)
      if (text === '') return null
      const read = readAssertion(text)
      return read.ok ? { answer: { response: text }, lookup: lookupOf(read.value.id) } : { fault: MALFORMED }
    },
    page: discoverPart,
  },
  authentik: authentikRow,
} satisfies AuthenticatorKind<WebauthnData, WebauthnConfig, WebauthnAsking>

const NO_SCRIPT: FieldError = { field: null, text: 'authenticator.webauthn.no_answer' }
const MALFORMED: FieldError = { field: null, text: 'authenticator.webauthn.malformed' }

// Own members only: a form may name a field `constructor` (H11).
const textIn = (input: Readonly<Record<string, string>>): string =>
  Object.hasOwn(input, FIELD) ? (input[FIELD] ?? '') : ''

/** Ids may be long; what they are found by is not. */
const lookupOf = (credentialId: string): string => base64url(sha256(credentialId))

const answersAt = ({ rp_id }: Pick<WebauthnData, 'rp_id'>, { request, ports }: DiscoverAbout): boolean =>
  covers(rp_id, new URL(request.origin).hostname) || rp_id === ports.relyingParty.id

const newHandle = ({ random }: SetUpAbout['ports']): string => base64url(random(HANDLE_BYTES))

/** One handle for a person and domain: another would leave two entries in the same list of the same device. */
const handleOf = (held: readonly Held[], rpId: string): string | null => {
  const found = held.find(({ data }) => data.rp_id === rpId)?.data.user_handle
  return typeof found === 'string' ? found : null
}

const setUpOptions = (state: JsonObject, { config, person, ports, held }: SetUpAbout<WebauthnConfig>): JsonObject =>
  creationOptions({
    relyingParty: { id: String(state.rp_id), name: ports.relyingParty.name },
    user: {
      handle: String(state.user_handle),
      name: person.user.username,
      displayName: person.user.name || person.user.username,
    },
    challenge: String(state.challenge),
    userVerification: config.user_verification,
    residentKey: config.resident_key_requirement,
    attachment: config.authenticator_attachment ?? null,
    exclude: held.flatMap(({ data }) =>
      data.rp_id === state.rp_id ? [{ id: String(data.credential_id), transports: transportsOf(data) }] : [],
    ),
  })

const transportsOf = ({ transports }: JsonObject): string[] => (Array.isArray(transports) ? transports.map(String) : [])

const setUp = async (
  state: JsonObject,
  input: Readonly<Record<string, string>>,
  { config, request }: SetUpAbout<WebauthnConfig>,
): Promise<Made<WebauthnData>> => {
  const text = textIn(input)
  if (text === '') return { errors: [NO_SCRIPT] }
  const read = readRegistration(text)
  if (!read.ok) return { errors: [MALFORMED] }
  const rpId = String(state.rp_id)
  const made = await verifyRegistration(read.value, {
    challenge: String(state.challenge),
    origin: request.origin,
    rpId,
    userVerification: config.user_verification === 'required',
  })
  if (!made.ok) {
    const unverified = made.error.code === 'user_unverified'
    return { errors: [unverified ? { field: null, text: 'authenticator.webauthn.unverified' } : MALFORMED] }
  }
  const { credentialId, publicKey, counter, aaguid, userVerified, backupEligible, backedUp } = made.value
  return {
    data: {
      credential_id: credentialId,
      public_key: publicKey,
      rp_id: rpId,
      user_handle: String(state.user_handle),
      sign_count: counter,
      aaguid,
      transports: [...read.value.transports],
      backup_eligible: backupEligible,
      backed_up: backedUp,
      user_verified: userVerified,
      discoverable: read.value.discoverable,
      last_challenge: '',
    },
    proven: true,
    more: userVerified ? [VERIFIED] : [],
    name: makerName(aaguid) ?? browserName(request.userAgent) ?? '',
  }
}

/** In `amr`: the authenticator verified who was there. */
const VERIFIED = 'user'

/** One question is for one domain: this address's own, where the person has one of it. */
const chooseRpId = ({ held, ports }: Omit<About, 'state'>): string => {
  const own = ports.relyingParty.id
  return held.some(({ data }) => data.rp_id === own) ? own : (held[0]?.data.rp_id ?? own)
}

const mustVerify = ({ alone, config }: About): boolean => alone === true || config?.user_verification === 'required'

const askOptions = (about: About): JsonObject =>
  requestOptions({
    rpId: String(about.state?.rp_id),
    challenge: String(about.state?.challenge),
    userVerification: mustVerify(about) ? 'required' : (about.config?.user_verification ?? 'preferred'),
    allow: about.held
      .filter(({ data }) => data.rp_id === about.state?.rp_id)
      .map(({ data }) => ({ id: data.credential_id, transports: data.transports })),
  })

const check = async (text: string, about: About): Promise<Verdict<WebauthnData>> => {
  const { held, state, request, config } = about
  const read = readAssertion(text)
  if (!read.ok || !state) return { wrong: 'malformed' }
  const used = held.find(({ data }) => data.credential_id === read.value.id)
  if (!used) return { wrong: 'other_credential' }
  const { data } = used
  const challenge = String(state.challenge)
  const answered = base64url(sha256(challenge))
  // E01: of this very key, this very answer was taken before.
  if (sameBytes(answered, data.last_challenge)) return { wrong: 'wrong_challenge' }
  if (data.rp_id !== state.rp_id) return { wrong: 'wrong_rp_id' }
  const judged = await verifyAssertion(read.value, {
    challenge,
    origin: request.origin,
    userVerification: mustVerify(about),
    named: state.discovered !== true,
    credential: {
      credentialId: data.credential_id,
      publicKey: data.public_key,
      rpId: data.rp_id,
      userHandle: data.user_handle,
      backupEligible: data.backup_eligible,
    },
  })
  if (!judged.ok) return { wrong: judged.error.code }
  const { counter, userVerified, backupEligible, backedUp } = judged.value
  const copied = counterWentBack(data.sign_count, counter)
  const noticed = copied ? { noticed: { credential: used.id, what: 'counter' } } : {}
  if (copied && config?.sign_count !== 'record') return { wrong: 'counter', ...noticed }
  return {
    right: used.id,
    data: {
      ...data,
      // Never down: the one that is behind would go unnoticed from then on.
      sign_count: Math.max(counter, data.sign_count),
      backup_eligible: backupEligible,
      backed_up: backedUp,
      // A key that was given a PIN since can stand by itself from now on.
      user_verified: userVerified || data.user_verified === true ? true : data.user_verified,
      last_challenge: answered,
    },
    more: userVerified ? [VERIFIED] : [],
    ...noticed,
  }
}
