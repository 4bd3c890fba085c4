import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type House, locationOf, ORIGIN, openHouse, RS256, signerFor } from '../../../../test/support/oidc-house.ts'
import type { WireResponse } from '../../../base/wire.ts'
import { signJws } from '../../../protocol/jose/sign-jws.ts'

const AUTHORIZE = '/application/o/authorize/'
const ISSUER = `${ORIGIN}/application/o/app/`
const settings = { client_id: 'app', client_secret: { value: 's' }, redirect_uris: ['https://app.example.com/cb'] }
const house = (over: object = {}, access?: unknown, options = {}) =>
  openHouse({ app: { settings: { ...settings, ...over }, access, name: 'The App' } }, options)
const good = {
  client_id: 'app',
  redirect_uri: 'https://app.example.com/cb',
  response_type: 'code',
  scope: 'openid email',
  state: 'st',
}
type Sent = Readonly<Record<string, string>>
const address = (sent: Sent = {}): string => `${AUTHORIZE}?${new URLSearchParams({ ...good, ...sent })}`

/** What came back: `code`, `error <code>` at the client, `flow <purpose>`, or `page <status> <text>`. */
const outcome = (response: WireResponse): string => {
  if (response.headers?.location === undefined) return `page ${response.status} ${response.body}`
  const url = locationOf(response)
  if (url.pathname.startsWith('/if/flow/')) return `flow ${url.pathname.split('/')[3]}`
  assert.equal(url.origin + url.pathname, good.redirect_uri)
  assert.equal(url.searchParams.get('iss'), ISSUER, 'A20: iss in every answer')
  return url.searchParams.has('code') ? 'code' : `error ${url.searchParams.get('error')}`
}
const nextOf = (response: WireResponse): string => locationOf(response).searchParams.get('next') ?? ''
const signedIn = (home: House, options = {}) => {
  const person = home.addPerson()
  return { person, session: home.signIn(person, options) }
}

test('A12 never redirects before client and address are proven', async () => {
  const home = house()
  const { session } = signedIn(home)
  const ask = async (sent: Sent) => home.get(address(sent), { session })
  for (const [sent, text] of [
    [{ client_id: 'nobody', redirect_uri: 'https://evil.example' }, 'oidc.error.client_unknown'],
    [{ redirect_uri: 'https://evil.example', prompt: 'none' }, 'oidc.error.redirect_uri_mismatch'],
    [{ redirect_uri: '' }, 'oidc.error.redirect_uri_missing'],
    [{ redirect_uri: 'javascript:alert(1)' }, 'oidc.error.redirect_uri_forbidden'],
  ] as const) {
    const response = await ask(sent)
    assert.deepEqual([response.status, response.body, response.headers?.location], [400, text, undefined])
  }
  assert.deepEqual(home.types(), Array(4).fill('oauth.request_refused'))
  assert.equal(home.codes.size, 0)
})

test('A02 registers nothing by first use', async () => {
  const home = house({ redirect_uris: [] })
  const { session } = signedIn(home)
  for (let time = 0; time < 2; time += 1) {
    assert.equal(outcome(await home.get(address(), { session })), 'page 400 oidc.error.redirect_uri_mismatch')
  }
})

test('A08 refuses doubled parameters here, towards neither address', async () => {
  const home = house()
  for (const extra of [
    'redirect_uri=https://evil.example',
    'client_id=app',
    'state=x',
    'code_challenge=a&code_challenge=b',
  ]) {
    const response = await home.get(`${address()}&${extra}`)
    assert.equal(outcome(response), 'page 400 oidc.error.parameter_twice', extra)
  }
})

test('A71 refuses a huge request', async () => {
  const home = house()
  for (const sent of [
    { state: 'x'.repeat(1024 * 1024) },
    { scope: 'openid '.repeat(10_000) },
    { ui_locales: 'x'.repeat(100_000) },
  ]) {
    assert.equal(outcome(await home.get(address(sent))), 'page 400 oidc.error.request_too_long')
  }
  // Within its own bound, but too long to travel through a flow and back.
  assert.equal(outcome(await home.get(address({ state: '"'.repeat(4000) }))), 'page 400 oidc.error.request_too_long')
})

test('sends a stranger to sign in, and leads back to the very request', async () => {
  const home = house()
  const response = await home.get(address({ login_hint: 'ana@example.com' }))
  assert.equal(outcome(response), 'flow sign_in')
  assert.equal(nextOf(response), address({ login_hint: 'ana@example.com' }))
})

test('A46 what leads back is a path of ours, whatever was asked', async () => {
  const home = house()
  const response = await home.get(address({ state: 'https://evil.example//x' }))
  assert.ok(nextOf(response).startsWith(`${AUTHORIZE}?`))
})

test('gives a code to who is signed in, and keeps what its exchange is judged by', async () => {
  const home = house()
  const { session, person } = signedIn(home)
  const response = await home.get(address({ nonce: 'n' }), { session })
  assert.equal(outcome(response), 'code')
  assert.equal(locationOf(response).searchParams.get('state'), 'st')
  const [kept] = [...home.codes.values()]
  assert.equal(kept?.expiresAt, home.clock.now + 60_000)
  assert.deepEqual(kept?.data, {
    generation: 1,
    auth_time: home.clock.now,
    proofs: [{ method: 'pwd', at: home.clock.now }],
    persistent: false,
    ip: '203.0.113.7',
    user_agent: 'test',
    nonce: 'n',
    redirect_uri: good.redirect_uri,
    challenge: null,
    scopes: ['openid', 'email'],
    user: person.user.id,
    session,
  })
  assert.deepEqual(home.types(), ['application.authorized'])
})

test('F09 answers a post by one 303 to our own GET with the same parameters', async () => {
  const home = house()
  const { session } = signedIn(home)
  const response = await home.post(
    AUTHORIZE,
    { ...good, unknown: 'x' },
    { headers: { origin: 'https://app.example.com' } },
  )
  assert.equal(response.status, 303)
  const location = locationOf(response)
  assert.equal(location.pathname + location.search, address())
  assert.equal(outcome(await home.get(location.pathname + location.search, { session })), 'code')
  const doubled = await home.post(`${AUTHORIZE}?client_id=other`, good)
  assert.equal(outcome(doubled), 'page 400 oidc.error.parameter_twice')
})

test('tells errors to the client once its address is proven', async () => {
  const home = house()
  const { session } = signedIn(home)
  const ask = async (sent: Sent) => outcome(await home.get(address(sent), { session }))
  assert.equal(await ask({ response_type: 'token' }), 'error unsupported_response_type')
  assert.equal(await ask({ scope: 'admin:all' }), 'error invalid_scope')
  assert.equal(await ask({ request: 'x' }), 'error request_not_supported')
  assert.equal(await ask({ request_uri: 'http://169.254.169.254/' }), 'error request_uri_not_supported')
  assert.equal(await ask({ prompt: 'none login' }), 'error invalid_request')
  assert.deepEqual(home.types(), Array(5).fill('oauth.request_refused'))
})

test('A56 prompt=none shows nothing: login_required without a session, a code with one', async () => {
  const home = house()
  assert.equal(outcome(await home.get(address({ prompt: 'none' }))), 'error login_required')
  assert.deepEqual(home.types(), [], 'a silent request is no news')
  const { session } = signedIn(home)
  assert.equal(outcome(await home.get(address({ prompt: 'none' }), { session })), 'code')
})

test('prompt=login asks once more, and the marker lets the answer through', async () => {
  for (const prompt of ['login', 'select_account']) {
    const home = house()
    const { session, person } = signedIn(home, { at: home.clock.now - 60_000 })
    const asked = await home.get(address({ prompt }), { session })
    assert.equal(outcome(asked), 'flow sign_in')
    assert.equal(outcome(await home.get(nextOf(asked), { session })), 'flow sign_in', 'the old sign-in is no answer')
    home.clock.now += 5000
    const fresh = home.signIn(person)
    assert.equal(outcome(await home.get(nextOf(asked), { session: fresh })), 'code')
  }
})

test('A74 a marker of another request is as good as none', async () => {
  const home = house()
  const { session, person } = signedIn(home, { at: home.clock.now - 60_000 })
  const asked = await home.get(address({ prompt: 'login' }), { session })
  const marker = new URLSearchParams(nextOf(asked).split('?')[1]).get('gatehouse_asked') ?? ''
  home.clock.now += 5000
  const fresh = home.signIn(person)
  const ask = async (sent: Sent) => outcome(await home.get(address({ prompt: 'login', ...sent }), { session: fresh }))
  assert.equal(await ask({ gatehouse_asked: marker }), 'code')
  assert.equal(await ask({ gatehouse_asked: marker, scope: 'openid' }), 'flow sign_in')
  assert.equal(await ask({ gatehouse_asked: `${marker}x` }), 'flow sign_in')
  home.clock.now += 31 * 60_000
  assert.equal(await ask({ gatehouse_asked: marker }), 'flow sign_in', 'and one that is too old as well')
})

test('max_age asks for a new sign-in once the old one is older', async () => {
  const home = house()
  const { session, person } = signedIn(home, { at: home.clock.now - 120_000 })
  assert.equal(outcome(await home.get(address({ max_age: '300' }), { session })), 'code')
  const asked = await home.get(address({ max_age: '60' }), { session })
  assert.equal(outcome(asked), 'flow sign_in')
  home.clock.now += 2000
  assert.equal(outcome(await home.get(nextOf(asked), { session: home.signIn(person) })), 'code')
  assert.equal(outcome(await home.get(address({ max_age: '60', prompt: 'none' }), { session })), 'error login_required')
})

const hintFor = (sub: string, over: object = {}, type = 'JWT') => {
  const claims = { iss: ISSUER, aud: 'app', sub, exp: 1, ...over }
  return Promise.resolve(signJws(type, claims, signerFor(RS256)))
}

test('A58 answers login_required where the hint names another person', async () => {
  const home = house({ sub_mode: 'user_username' })
  const { session } = signedIn(home)
  const ask = async (hint: string, prompt = 'none') =>
    outcome(await home.get(address({ prompt, id_token_hint: hint }), { session }))
  assert.equal(await ask(await hintFor('ben')), 'error login_required')
  assert.equal(await ask(await hintFor('ana')), 'code')
  assert.equal(await ask(await hintFor('ben'), 'consent'), 'flow sign_in')
})

test('A21 A41 refuses a hint that is unsigned, of another kind, or of another client', async () => {
  const home = house({
    sub_mode: 'user_username',
    clients: { b: { client_id: 'b', token_endpoint_auth_method: 'none' } },
  })
  const { session } = signedIn(home)
  const ask = async (hint: string) => outcome(await home.get(address({ id_token_hint: hint }), { session }))
  const [header = '', payload = ''] = (await hintFor('ana')).split('.')
  const none = Buffer.from(JSON.stringify({ alg: 'none', kid: RS256.kid })).toString('base64url')
  for (const hint of [`${none}.${payload}.`, `${header}.${payload}.`, 'rubbish', await hintFor('ana', {}, 'at+jwt')]) {
    assert.equal(await ask(hint), 'error invalid_request')
  }
  assert.equal(await ask(await hintFor('ana', { aud: 'b' })), 'error invalid_request')
})

test('shows our own page to who may not open the application, and no redirect', async () => {
  const home = house({}, { allow: { groups: ['admins'] } })
  const { session } = signedIn(home)
  assert.equal(outcome(await home.get(address(), { session })), 'page 403 denied app')
  assert.equal(outcome(await home.get(address({ prompt: 'none' }), { session })), 'error access_denied')
  assert.deepEqual(home.types(), ['application.denied'], 'the page records its own')
  assert.equal(home.codes.size, 0)
})

/** As a browser that does nothing else comes back. */
const isRequest = (next: string, asked: string): void => {
  const [left, right] = [new URL(next, ORIGIN), new URL(asked, ORIGIN)]
  left.searchParams.delete('gatehouse_asked')
  assert.equal(left.href, right.href)
}

test('asks for what the application demands on top, in the same session', async () => {
  const home = house({}, { assurance: { mfa: 'required' } })
  const { session, person } = signedIn(home)
  const asked = await home.get(address(), { session })
  assert.equal(outcome(asked), 'flow step_up')
  isRequest(nextOf(asked), address())
  assert.equal(outcome(await home.get(address({ prompt: 'none' }), { session })), 'error interaction_required')
  const strong = home.signIn(person, { methods: ['pwd', 'otp'] })
  assert.equal(outcome(await home.get(nextOf(asked), { session: strong })), 'code')
})

test('whoever stepped up and is still not strong enough is told so, and not asked in a circle', async () => {
  const home = house({}, { assurance: { methods: ['webauthn'] } })
  const { session, person } = signedIn(home)
  home.clock.now += 1000
  const asked = await home.get(address(), { session })
  assert.equal(outcome(asked), 'flow step_up')
  assert.equal(outcome(await home.get(nextOf(asked), { session })), 'flow step_up', 'not proven since')
  const weak = home.signIn(person, { methods: ['pwd', 'otp'], at: home.clock.now })
  assert.equal(outcome(await home.get(nextOf(asked), { session: weak })), 'page 403 denied app')
  assert.equal(outcome(await home.get(address(), { session: weak })), 'flow step_up', 'another try is another question')
})

const tokenAcr = async (home: House, response: WireResponse): Promise<unknown> => {
  const code = locationOf(response).searchParams.get('code') ?? ''
  const kept = [...home.codes.values()].at(-1)
  assert.ok(code)
  return kept?.data.acr
}

test('acr_values leads to the step-up, and the token tells what was reached', async () => {
  const home = house()
  const { session, person } = signedIn(home)
  home.clock.now += 1000
  const wish = { acr_values: 'phr urn:gatehouse:acr:mfa' }
  const asked = await home.get(address(wish), { session })
  assert.equal(outcome(asked), 'flow step_up')
  isRequest(nextOf(asked), address(wish))
  const weak = home.signIn(person, { at: home.clock.now })
  assert.equal(await tokenAcr(home, await home.get(nextOf(asked), { session: weak })), 'urn:gatehouse:acr:1fa')
  const strong = home.signIn(person, { methods: ['pwd', 'otp'], at: home.clock.now })
  assert.equal(await tokenAcr(home, await home.get(nextOf(asked), { session: strong })), 'urn:gatehouse:acr:mfa')
  const best = home.signIn(person, { methods: ['hwk', 'user'], at: home.clock.now })
  assert.equal(await tokenAcr(home, await home.get(address(wish), { session: best })), 'phr')
  assert.equal(await tokenAcr(home, await home.get(address(), { session: best })), undefined, 'nobody asked')
})

test('an essential acr that a step-up did not reach is refused to the client (RFC 9470 §5)', async () => {
  const home = house()
  const { session, person } = signedIn(home)
  home.clock.now += 1000
  const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:gatehouse:acr:mfa'] } } })
  const asked = await home.get(address({ claims }), { session })
  assert.equal(outcome(asked), 'flow step_up')
  const [path = '', query = ''] = nextOf(asked).split('?')
  assert.equal(home.destination(path, new URLSearchParams(query))?.demandsMfa, true, 'it is set up on the way')
  const weak = home.signIn(person, { at: home.clock.now })
  assert.equal(outcome(await home.get(nextOf(asked), { session: weak })), 'error unmet_authentication_requirements')
  assert.equal(outcome(await home.get(address({ claims: '{' }), { session })), 'error invalid_request')
  assert.equal(
    outcome(await home.get(address({ claims: '{"id_token":{"acr":{"values":5}}}' }), { session })),
    'error invalid_request',
  )
})

test('A45 a person who is switched off is a stranger', async () => {
  const home = house()
  const { session, person } = signedIn(home)
  home.change(person, { active: false })
  assert.equal(outcome(await home.get(address(), { session })), 'flow sign_in')
})

test('asks for consent once and remembers it, until more is asked for', async () => {
  const home = house({ consent: { mode: 'remember' } })
  const { session, person } = signedIn(home)
  const asked = await home.get(address(), { session })
  assert.equal(outcome(asked), 'flow consent')
  assert.equal(outcome(await home.get(address({ prompt: 'none' }), { session })), 'error consent_required')
  home.giveConsent(person, 'app', ['openid', 'email'])
  assert.equal(outcome(await home.get(nextOf(asked), { session })), 'code')
  assert.equal(outcome(await home.get(address(), { session })), 'code')
  assert.equal(outcome(await home.get(address({ scope: 'openid email profile' }), { session })), 'flow consent', 'A74')
})

test('A74 asks each time under always, and takes only the answer to this question', async () => {
  const home = house({ consent: { mode: 'always' } })
  const { session, person } = signedIn(home)
  home.giveConsent(person, 'app', ['openid', 'email'])
  home.clock.now += 1000
  const asked = await home.get(address(), { session })
  assert.equal(outcome(asked), 'flow consent')
  assert.equal(outcome(await home.get(nextOf(asked), { session })), 'flow consent')
  home.giveConsent(person, 'app', ['openid', 'email'], home.clock.now)
  assert.equal(outcome(await home.get(nextOf(asked), { session })), 'code')
  home.clock.now += 1000
  assert.equal(outcome(await home.get(address(), { session })), 'flow consent')
})

test("A74 one person's consent is not another's", async () => {
  const home = house({ consent: { mode: 'remember' } })
  const { person } = signedIn(home)
  home.giveConsent(person, 'app', ['openid', 'email'])
  const ben = home.signIn(home.addPerson({ username: 'ben' }))
  assert.equal(outcome(await home.get(address(), { session: ben })), 'flow consent')
})

const consentAt = async (home: House, session: string, sent: Sent = {}) => {
  const asked = await home.get(address(sent), { session })
  assert.equal(outcome(asked), 'flow consent')
  const [path = '', query = ''] = nextOf(asked).split('?')
  const destination = home.destination(path, new URLSearchParams(query))
  return destination?.consent?.refusedUrl ?? assert.fail('no address for a no')
}

test('a no of the person goes to the client as access_denied', async () => {
  const home = house({ consent: { mode: 'remember' } })
  const { session } = signedIn(home)
  assert.equal(outcome(await home.get(await consentAt(home, session), { session })), 'error access_denied')
})

test('a no is taken for the very request that was asked about, also after prompt=login', async () => {
  const home = house({ consent: { mode: 'remember' } })
  const { session } = signedIn(home)
  const refused = await consentAt(home, session)
  const other = `${refused}&nonce=other`
  assert.equal(outcome(await home.get(other, { session })), 'flow consent')
  const anew = await home.get(address({ prompt: 'login' }))
  home.clock.now += 1000
  const fresh = home.signIn([...home.people.values()][0] ?? assert.fail())
  const asked = await home.get(nextOf(anew), { session: fresh })
  assert.equal(outcome(asked), 'flow consent')
  const [path = '', query = ''] = nextOf(asked).split('?')
  const no = home.destination(path, new URLSearchParams(query))?.consent?.refusedUrl ?? ''
  assert.equal(outcome(await home.get(no, { session: fresh })), 'error access_denied')
})

test('offers form_post where a page for it stands, and not where none does', async () => {
  const posting = house({}, undefined, { formPost: true })
  const { session } = signedIn(posting)
  const sent = { response_mode: 'form_post' }
  const answer = JSON.parse(String((await posting.get(address(sent), { session })).body))
  assert.equal(answer.action, good.redirect_uri)
  assert.deepEqual(Object.keys(answer.fields).sort(), ['code', 'iss', 'state'])
  const plain = house()
  assert.equal(outcome(await plain.get(address(sent), { session: signedIn(plain).session })), 'error invalid_request')
})

test('every address is built from the origin that was asked for and the web path', async () => {
  const home = house()
  const { session } = signedIn(home)
  const response = await home.get(address(), { session, origin: 'https://brand.example' })
  assert.equal(locationOf(response).searchParams.get('iss'), 'https://brand.example/application/o/app/')
})

test('never throws on a soup of parameters, and never redirects to an unregistered address', async () => {
  const home = house()
  const { session } = signedIn(home)
  const names = fc.constantFrom(
    ...Object.keys(good),
    'prompt',
    'max_age',
    'code_challenge',
    'response_mode',
    'gatehouse_asked',
    'gatehouse_refused',
    'id_token_hint',
    'nonce',
    'x',
  )
  const value = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.constantFrom(...Object.values(good), 'none', 'login', 'consent', '0'),
  )
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.dictionary(names, value), fc.boolean(), async (honest, sent, known) => {
      const query = new URLSearchParams(honest ? { ...sent, client_id: 'app', redirect_uri: good.redirect_uri } : sent)
      const response = await home.get(`${AUTHORIZE}?${query}`, known ? { session } : {})
      const location = response.headers?.location
      if (location === undefined) return assert.ok(response.status >= 400)
      assert.match(location, /^(\/if\/flow\/|https:\/\/app\.example\.com\/cb[?#])/)
    }),
    { numRuns: 400 },
  )
})
