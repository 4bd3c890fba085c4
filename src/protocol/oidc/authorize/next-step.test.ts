import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeClient } from '../../../../test/support/oidc-client.ts'
import { authorize } from './authorize.ts'
import { acrStep, type ConsentMode, consentStep, type Standing, signInStep } from './next-step.ts'

const now = Date.UTC(2030, 0, 1)
const ready = (sent: Readonly<Record<string, string>> = {}) => {
  const base = {
    client_id: 'app',
    redirect_uri: 'https://app.example.com/cb',
    response_type: 'code',
    scope: 'openid email',
  }
  const judged = authorize(new Map(Object.entries({ ...base, ...sent })), {
    client: () => makeClient(),
    issuer: () => 'https://auth.example.com/',
    formPost: false,
  })
  assert.ok(judged.ok)
  return judged.value
}
const standing = (over: Partial<Standing> = {}): Standing => ({
  now,
  authTime: now - 3_600_000,
  hinted: true,
  asked: null,
  steppedUp: false,
  refused: false,
  consent: null,
  ...over,
})
const word = (step: ReturnType<typeof signInStep> | ReturnType<typeof consentStep>): string =>
  typeof step === 'string' ? step : step.code
const signIn = (sent: Readonly<Record<string, string>>, over: Partial<Standing> = {}) =>
  word(signInStep(ready(sent), standing(over)))
const consent = (mode: ConsentMode, sent: Readonly<Record<string, string>>, over: Partial<Standing> = {}) =>
  word(consentStep(ready(sent), standing(over), mode))

test('A56 answers prompt=none without a session by login_required, and shows nothing', () => {
  assert.equal(signIn({ prompt: 'none' }, { authTime: null }), 'login_required')
  assert.equal(signIn({}, { authTime: null }), 'sign_in')
  assert.equal(signIn({ prompt: 'none' }), 'stay')
})

test('A58 answers login_required where the id_token_hint names another person', () => {
  assert.equal(signIn({ prompt: 'none' }, { hinted: false }), 'login_required')
  assert.equal(signIn({}, { hinted: false }), 'sign_in')
  assert.equal(signIn({}, { hinted: false, asked: { at: now - 5000 }, authTime: now - 1000 }), 'login_required')
})

test('prompt=login is met by a sign-in that came after the question, and by no older one', () => {
  for (const prompt of ['login', 'select_account']) {
    assert.equal(signIn({ prompt }), 'sign_in', prompt)
    assert.equal(signIn({ prompt }, { asked: { at: now - 60_000 } }), 'sign_in', 'still the old sign-in')
    assert.equal(signIn({ prompt }, { asked: { at: now - 60_000 }, authTime: now - 59_000 }), 'stay')
  }
})

test('max_age asks for a new sign-in once the old one is older (OpenID Connect Core §3.1.2.1)', () => {
  assert.equal(signIn({ max_age: '3600' }), 'stay')
  assert.equal(signIn({ max_age: '3599' }), 'sign_in')
  assert.equal(signIn({ max_age: '3599', prompt: 'none' }), 'login_required')
  assert.equal(signIn({ max_age: '0' }, { authTime: now - 1 }), 'sign_in')
})

test('max_age=0 does not go round in circles, and a marker does not make an old sign-in new', () => {
  const asked = { at: now - 20_000 }
  assert.equal(signIn({ max_age: '0' }, { asked, authTime: now - 10_000 }), 'stay')
  assert.equal(signIn({ max_age: '0' }, { asked: { at: now - 1_200_000 }, authTime: now - 1_100_000 }), 'sign_in')
})

test('asks for no consent under implicit, unless the request does', () => {
  assert.equal(consent('implicit', {}), 'stay')
  assert.equal(consent('implicit', { prompt: 'consent' }), 'consent')
})

test('A74 a remembered consent covers what it named, and no scope more', () => {
  const given = { scopes: ['openid'], grantedAt: now - 1000, expiresAt: null }
  assert.equal(consent('remember', {}, { consent: given }), 'consent')
  assert.equal(consent('remember', {}, { consent: { ...given, scopes: ['openid', 'email'] } }), 'stay')
  assert.equal(consent('remember', { prompt: 'none' }, { consent: given }), 'consent_required')
})

test('a remembered consent ends with its time', () => {
  const given = { scopes: ['openid', 'email'], grantedAt: now - 1000, expiresAt: now }
  assert.equal(consent('remember', {}, { consent: given }), 'consent')
  assert.equal(consent('remember', {}, { consent: { ...given, expiresAt: now + 1 } }), 'stay')
})

test('A74 prompt=consent and the mode always are met by an answer to this question only', () => {
  const given = { scopes: ['openid', 'email'], grantedAt: now - 10_000, expiresAt: null }
  for (const [mode, sent] of [
    ['always', {}],
    ['remember', { prompt: 'consent' }],
    ['implicit', { prompt: 'consent' }],
  ] as const) {
    assert.equal(consent(mode, sent, { consent: given }), 'consent')
    assert.equal(consent(mode, sent, { consent: given, asked: { at: now - 5000 } }), 'consent')
    assert.equal(consent(mode, sent, { consent: given, asked: { at: now - 10_000 } }), 'stay')
  }
})

test('a no of the person is access_denied (RFC 6749 §4.1.2.1)', () => {
  assert.equal(consent('remember', {}, { refused: true }), 'access_denied')
})

const MFA = 'urn:gatehouse:acr:mfa'
const essential = (acr: object): Readonly<Record<string, string>> => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, ...acr } } }),
})
const acr = (sent: Readonly<Record<string, string>>, amr: readonly string[], steppedUp = false): string => {
  const step = acrStep(ready(sent), { steppedUp }, amr)
  return typeof step === 'string' ? step : step.code
}

test('acr_values is a wish: tried by a step-up once, then let go (OpenID Connect Core §3.1.2.1)', () => {
  assert.equal(acr({}, ['pwd']), 'stay')
  assert.equal(acr({ acr_values: MFA }, ['pwd']), 'step_up')
  assert.equal(acr({ acr_values: MFA }, ['pwd'], true), 'stay')
  assert.equal(acr({ acr_values: MFA }, ['pwd', 'otp', 'mfa']), 'stay')
  assert.equal(acr({ acr_values: `phr ${MFA}` }, ['pwd', 'otp', 'mfa']), 'stay', 'the second best will do')
  assert.equal(acr({ acr_values: MFA, prompt: 'none' }, ['pwd']), 'stay')
  assert.equal(acr({ acr_values: 'urn:mace:incommon:iap:silver' }, ['pwd']), 'stay', 'nothing we ask for reaches it')
  assert.equal(acr({ acr_values: 'constructor' }, ['pwd']), 'stay')
})

test('an essential acr that is not reached is refused (Core §5.5.1.1, RFC 9470 §5)', () => {
  const wish = essential({ values: [MFA] })
  assert.equal(acr(wish, ['pwd']), 'step_up')
  assert.equal(acr(wish, ['pwd'], true), 'unmet_authentication_requirements')
  assert.equal(acr({ ...wish, prompt: 'none' }, ['pwd']), 'interaction_required')
  assert.equal(acr(wish, ['pwd', 'otp', 'mfa']), 'stay')
  assert.equal(acr(essential({ value: 'phrh' }), ['swk', 'user', 'mfa']), 'step_up', 'a synced passkey is no hardware')
  assert.equal(acr(essential({ value: 'phrh' }), ['hwk']), 'stay')
  assert.equal(acr(essential({ value: 'silver' }), ['hwk']), 'unmet_authentication_requirements')
  assert.equal(acr(essential({}), ['pwd']), 'stay', 'any class will do')
})

test('what claims says of acr comes before acr_values, and of nothing else', () => {
  const claims = JSON.stringify({ userinfo: { email: null }, id_token: { email: null, acr: null } })
  assert.equal(acr({ claims, acr_values: MFA }, ['pwd']), 'step_up')
  const other = JSON.stringify({ id_token: { acr: { values: ['urn:gatehouse:acr:1fa'] } } })
  assert.equal(acr({ claims: other, acr_values: MFA }, ['pwd']), 'stay')
})
