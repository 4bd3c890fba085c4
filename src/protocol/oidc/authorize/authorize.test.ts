import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeClient } from '../../../../test/support/oidc-client.ts'
import type { Client } from '../client.ts'
import { readParameters } from '../read-parameters.ts'
import { answerCode, answerError } from './answer.ts'
import { authorize, type Ready } from './authorize.ts'
import { fingerprint } from './fingerprint.ts'
import { AUTHORIZE_PARAMETERS, type AuthorizeContext } from './request.ts'

const ISSUER = 'https://auth.example.com/application/o/app/'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const good = {
  client_id: 'app',
  redirect_uri: 'https://app.example.com/cb',
  response_type: 'code',
  scope: 'openid email',
  state: 'st',
}
type Sent = Readonly<Record<string, string | undefined>>

const contextOf = (client: Client, formPost = false): AuthorizeContext => ({
  client: (id) => (id === client.id ? client : undefined),
  issuer: () => ISSUER,
  formPost,
})

const judge = (sent: Sent, over: Partial<Client> = {}, formPost = false) => {
  const given = Object.entries({ ...good, ...sent }).filter((one): one is [string, string] => one[1] !== undefined)
  const parameters = readParameters([new URLSearchParams(given)], AUTHORIZE_PARAMETERS)
  assert.ok(parameters.ok)
  return authorize(parameters.value, contextOf(makeClient(over), formPost))
}
const ready = (sent: Sent = {}, over: Partial<Client> = {}, formPost = false): Ready => {
  const judged = judge(sent, over, formPost)
  if (!judged.ok) assert.fail(judged.error.error.code)
  return judged.value
}
/** `here client_unknown` or `redirect invalid_scope`. */
const refusal = (sent: Sent, over: Partial<Client> = {}): string => {
  const judged = judge(sent, over)
  return judged.ok ? 'ok' : `${judged.error.where} ${judged.error.error.code}`
}

test('A12 refuses here what comes before a proven address, errors of other checks or not', () => {
  assert.equal(refusal({ client_id: 'nobody', redirect_uri: 'https://evil.example' }), 'here client_unknown')
  assert.equal(refusal({ client_id: undefined }), 'here client_unknown')
  const bad = { redirect_uri: 'https://evil.example', prompt: 'none', response_type: 'token' }
  assert.equal(refusal(bad), 'here redirect_uri_mismatch')
  assert.equal(refusal({ redirect_uri: undefined }), 'here redirect_uri_missing')
})

test('A02 refuses a client without addresses, and adds none', () => {
  const rules: [] = []
  assert.equal(refusal({}, { redirectRules: rules }), 'here redirect_uri_mismatch')
  assert.deepEqual(rules, [])
})

test('A03 refuses a dangerous scheme here under every response mode', () => {
  for (const mode of ['query', 'fragment', 'form_post', undefined]) {
    const sent = { redirect_uri: 'javascript:alert(1)', response_mode: mode }
    const everything = { redirectRules: [{ pattern: '.*', matches: () => true }] }
    assert.equal(refusal(sent, everything), 'here redirect_uri_forbidden')
  }
})

test('A55 refuses response types that are unknown, in another order or not registered', () => {
  for (const type of ['token', 'code token', 'code code', 'none', 'id_token', 'code id_token', 'CODE', ' code']) {
    assert.equal(refusal({ response_type: type }), 'redirect unsupported_response_type', type)
  }
  assert.equal(refusal({ response_type: undefined }), 'redirect invalid_request')
  assert.equal(refusal({}, { responseTypes: [] }), 'redirect unauthorized_client')
  assert.equal(refusal({}, { grantTypes: ['client_credentials'] }), 'redirect unauthorized_client')
})

test('A49 takes no request object, by value or by reference', () => {
  assert.equal(refusal({ request: 'eyJhbGciOiJub25lIn0.e30.' }), 'redirect request_not_supported')
  for (const uri of ['http://169.254.169.254/', 'http://127.0.0.1:5432', 'file:///etc/passwd']) {
    assert.equal(refusal({ request_uri: uri }), 'redirect request_uri_not_supported')
  }
  assert.equal(refusal({ registration: '{}' }), 'redirect registration_not_supported')
})

test('A59 refuses response modes that are not offered', () => {
  assert.equal(refusal({ response_mode: 'web_message' }), 'redirect invalid_request')
  assert.equal(refusal({ response_mode: 'form_post' }), 'redirect invalid_request')
  assert.equal(refusal({ response_type: 'token', response_mode: 'query' }), 'redirect unsupported_response_type')
})

test('A35 drops scopes that the provider does not have', () => {
  assert.deepEqual(ready({ scope: 'openid admin:all email' }).scopes, ['openid', 'email'])
  assert.equal(refusal({ scope: 'admin:all' }), 'redirect invalid_scope')
})

test('A71 refuses a scope of thousands, or with characters that no scope has', () => {
  const many = Array.from({ length: 65 }, (_, index) => `s${index}`).join(' ')
  assert.equal(refusal({ scope: many }), 'redirect invalid_scope')
  assert.equal(refusal({ scope: 'openid "x"' }), 'redirect invalid_scope')
})

test('asks for a scope unless an administrator chose all of them for nothing (RFC 6749 §3.3)', () => {
  assert.equal(refusal({ scope: undefined }), 'redirect invalid_scope')
  const all = ready({ scope: undefined }, { emptyScopeIsAll: true })
  assert.deepEqual(all.scopes, ['openid', 'email', 'profile'])
})

test('gives offline_access to clients that may refresh (OpenID Connect Core §11)', () => {
  const scope = 'openid offline_access'
  assert.deepEqual(ready({ scope }, { grantTypes: ['authorization_code'] }).scopes, ['openid'])
  assert.deepEqual(ready({ scope }).scopes, ['openid', 'offline_access'])
})

test('A18 refuses a public client without a challenge', () => {
  assert.equal(refusal({}, { requirePkce: true }), 'redirect invalid_request')
})

test('A19 takes S256 and no other method, and only a challenge of its form', () => {
  for (const method of ['plain', 'none', 's256', 'S512', undefined, '']) {
    const sent = { code_challenge: CHALLENGE, code_challenge_method: method }
    assert.equal(refusal(sent), 'redirect invalid_request', String(method))
  }
  for (const challenge of ['short', `${CHALLENGE}A`, `${CHALLENGE.slice(0, 42)}+`, `${CHALLENGE.slice(0, 42)}N`]) {
    const sent = { code_challenge: challenge, code_challenge_method: 'S256' }
    assert.equal(refusal(sent), 'redirect invalid_request', challenge)
  }
  assert.equal(refusal({ code_challenge_method: 'S256' }), 'redirect invalid_request')
  const sent = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }
  assert.deepEqual(ready(sent).challenge, { method: 'S256', challenge: CHALLENGE })
})

test('A19 takes plain where an administrator enabled it', () => {
  const challenge = 'a'.repeat(43)
  const found = ready({ code_challenge: challenge }, { plainPkce: true })
  assert.deepEqual(found.challenge, { method: 'plain', challenge })
  assert.equal(refusal({ code_challenge: 'a'.repeat(42) }, { plainPkce: true }), 'redirect invalid_request')
  assert.equal(refusal({ code_challenge: 'a'.repeat(129) }, { plainPkce: true }), 'redirect invalid_request')
})

test('A56 refuses none beside another prompt, and prompts that it does not know', () => {
  for (const prompt of ['none login', 'none consent', 'none none login', 'create', 'LOGIN']) {
    assert.equal(refusal({ prompt }), 'redirect invalid_request', prompt)
  }
  assert.deepEqual([...ready({ prompt: 'login consent' }).prompts], ['login', 'consent'])
})

test('reads max_age as whole seconds and nothing else (OpenID Connect Core §3.1.2.1)', () => {
  for (const age of ['-1', '1.5', '1e3', 'x', '99999999999', ' 5']) {
    assert.equal(refusal({ max_age: age }), 'redirect invalid_request', age)
  }
  assert.equal(ready({ max_age: '0' }).maxAge, 0)
  assert.equal(ready({ max_age: '60' }).maxAge, 60_000)
  assert.equal(ready().maxAge, null)
})

test('L09 keeps language tags of ui_locales and leaves everything else out', () => {
  assert.deepEqual(ready({ ui_locales: 'de-AT ../../x "><script> en' }).uiLocales, ['de-AT', 'en'])
})

test('A20 every answer carries iss, equal to the issuer, errors too (RFC 9207)', () => {
  const safe = ready()
  const code = answerCode(safe, 'the code')
  const error = answerError(safe, { code: 'login_required', message: 'Nobody is signed in.' })
  for (const answer of [code, error]) {
    assert.equal(answer.how, 'redirect')
    if (answer.how !== 'redirect') continue
    const query = new URL(answer.location).searchParams
    assert.equal(query.get('iss'), ISSUER)
    assert.equal(query.get('state'), 'st')
  }
})

test('answers without a state where none was sent', () => {
  const answer = answerCode(ready({ state: undefined }), 'c')
  assert.ok(answer.how === 'redirect' && !new URL(answer.location).searchParams.has('state'))
})

test('keeps the query of the registered address (RFC 6749 §3.1.2)', () => {
  const uri = 'https://app.example.com/cb?tenant=1'
  const answer = answerCode(ready({ redirect_uri: uri }, { redirectRules: [{ exact: uri }] }), 'c')
  assert.ok(answer.how === 'redirect' && answer.location.startsWith(`${uri}&code=c`))
})

test('answers in the fragment where the client asked for it, and by form where that is offered', () => {
  const fragment = answerCode(ready({ response_mode: 'fragment' }), 'c')
  assert.ok(fragment.how === 'redirect' && new URL(fragment.location).hash.startsWith('#code=c&'))
  const posted = answerCode(ready({ response_mode: 'form_post' }, {}, true), 'c')
  const fields = { code: 'c', state: 'st', iss: ISSUER }
  assert.deepEqual(posted, { how: 'form_post', action: good.redirect_uri, fields })
})

test('A60 a state cannot leave its place in the answer', () => {
  const state = '"><script>alert(1)</script>&code=evil#x'
  const answer = answerCode(ready({ state }), 'c')
  assert.ok(answer.how === 'redirect')
  const url = new URL(answer.location)
  assert.deepEqual([url.searchParams.getAll('code'), url.searchParams.get('state'), url.hash], [['c'], state, ''])
})

test('descriptions hold only characters that RFC 6749 §4.1.2.1 allows', () => {
  const descriptions = [
    judge({ scope: '"' }),
    judge({ prompt: 'none login' }),
    judge({ code_challenge: 'x' }),
    judge({ response_type: 'x' }),
    judge({ request: 'x' }),
    judge({ max_age: 'x' }),
    judge({ response_mode: 'x' }),
  ]
  for (const judged of descriptions) {
    assert.ok(!judged.ok)
    if (!judged.ok) assert.match(judged.error.error.message, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  }
})

test('A74 the fingerprint is of the request: its order and our markers do not count, a scope more does', () => {
  const of = (sent: readonly (readonly [string, string])[]) => fingerprint(new Map(sent))
  const one = of([
    ['client_id', 'a'],
    ['scope', 'openid'],
  ])
  assert.equal(
    of([
      ['scope', 'openid'],
      ['client_id', 'a'],
    ]),
    one,
  )
  assert.equal(
    of([
      ['client_id', 'a'],
      ['scope', 'openid'],
      ['gatehouse_asked', 'x'],
    ]),
    one,
  )
  assert.notEqual(
    of([
      ['client_id', 'a'],
      ['scope', 'openid email'],
    ]),
    one,
  )
})

test('never throws on a soup of parameters, and never lets an answer go to an unregistered address', () => {
  const names = [...Object.keys(AUTHORIZE_PARAMETERS), 'resource', '__proto__', 'toString']
  const value = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.constantFrom(
      'app',
      good.redirect_uri,
      'https://evil.example/',
      'code',
      'openid',
      'none',
      'S256',
      CHALLENGE,
      'query',
    ),
  )
  const honest = fc.record({
    client_id: fc.constant('app'),
    redirect_uri: fc.oneof(fc.constant(good.redirect_uri), fc.webUrl()),
  })
  const soup = fc.tuple(honest, fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 12 }))
  fc.assert(
    fc.property(soup, ([base, more]) => {
      const sent = new URLSearchParams([...Object.entries(base), ...more])
      const parameters = readParameters([sent], AUTHORIZE_PARAMETERS)
      if (!parameters.ok) return
      const judged = authorize(parameters.value, contextOf(makeClient()))
      if (!judged.ok && judged.error.where === 'here') return
      const answer = judged.ok
        ? answerCode(judged.value, 'c')
        : answerError(
            judged.error.where === 'redirect' ? judged.error.safe : assert.fail(),
            judged.error.error as never,
          )
      assert.ok(answer.how === 'redirect' && answer.location.startsWith(`${good.redirect_uri}`))
      assert.match(answer.location.slice(good.redirect_uri.length), /^[?#]/)
    }),
    { numRuns: 1000 },
  )
})
