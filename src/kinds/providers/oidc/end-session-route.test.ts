import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, type House, locationOf, openHouse, RS256, signerFor } from '../../../../test/support/oidc-house.ts'
import { signJws } from '../../../protocol/jose/sign-jws.ts'

const END = '/application/o/app/end-session/'
const BYE = 'https://app.example.com/bye'
const client = (id: string) => ({
  client_id: id,
  client_secret: { value: `${id}-secret` },
  redirect_uris: [`https://${id}.example.com/cb`],
  post_logout_redirect_uris: [`https://${id}.example.com/bye`],
})
const house = (over: object = {}): House =>
  openHouse({ app: { settings: { ...client('app'), ...over } }, other: { settings: client('b') } })
type Sent = Readonly<Record<string, string>>

const signedIn = async (home: House, id = 'app') => {
  const person = [...home.people.values()][0] ?? home.addPerson()
  const session = home.signIn(person)
  const redirect_uri = `https://${id}.example.com/cb`
  const query = new URLSearchParams({ client_id: id, redirect_uri, response_type: 'code', scope: 'openid' })
  const answer = await home.get(`/application/o/authorize/?${query}`, { session })
  const code = locationOf(answer).searchParams.get('code') ?? ''
  const sent = { grant_type: 'authorization_code', code, redirect_uri, client_id: id, client_secret: `${id}-secret` }
  const tokens = bodyOf(await home.post('/application/o/token/', sent)) as Record<string, string>
  return { person, session, hint: tokens.id_token ?? '', access: tokens.access_token ?? '' }
}
const leave = async (home: House, sent: Sent, session?: string) => {
  const response = await home.get(`${END}?${new URLSearchParams(sent)}`, session === undefined ? {} : { session })
  const url = locationOf(response)
  const where = url.pathname.startsWith('/if/flow/')
    ? `flow ${url.pathname.split('/')[3]} → ${url.searchParams.get('next')}`
    : url.href
  return { where, alive: session !== undefined && home.sessions.has(session) }
}
const asked = 'flow sign_out → /if/user/'

test('A48 a link on any page ends nothing: the person is asked first', async () => {
  const home = house()
  const { session } = await signedIn(home)
  assert.deepEqual(await leave(home, {}, session), { where: asked, alive: true })
  assert.deepEqual(await leave(home, { client_id: 'app' }, session), { where: asked, alive: true })
})

test('ends the session of the hint, with its tokens, and goes where the client said', async () => {
  const home = house()
  const { session, hint, access } = await signedIn(home)
  const sent = { id_token_hint: hint, post_logout_redirect_uri: BYE, state: 'a b' }
  assert.deepEqual(await leave(home, sent, session), { where: `${BYE}?state=a+b`, alive: false })
  const bearer = { authorization: `Bearer ${access}` }
  assert.equal((await home.get('/application/o/userinfo/', { headers: bearer })).status, 401)
})

test("A48 another session's hint, or one of another person, is asked about", async () => {
  const home = house()
  const { hint, person } = await signedIn(home)
  const again = home.signIn(person)
  assert.deepEqual(await leave(home, { id_token_hint: hint }, again), { where: asked, alive: true })
  const ben = home.signIn(home.addPerson({ username: 'ben' }))
  assert.deepEqual(await leave(home, { id_token_hint: hint }, ben), { where: asked, alive: true })
})

test('A21 A41 a hint that is unsigned, altered or of another kind proves nothing', async () => {
  const home = house()
  const { session, hint, access } = await signedIn(home)
  const [header = '', payload = ''] = hint.split('.')
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT', kid: RS256.kid })).toString('base64url')
  for (const id_token_hint of [access, `${none}.${payload}.`, `${header}.${payload}.`, `${hint}x`, 'rubbish']) {
    const sent = { id_token_hint, post_logout_redirect_uri: BYE }
    assert.deepEqual(await leave(home, sent, session), { where: asked, alive: true })
  }
})

test('takes a hint of any age (RP-Initiated Logout §4)', async () => {
  const home = house()
  const { session, hint } = await signedIn(home)
  home.clock.now += 5 * 3_600_000
  assert.equal((await leave(home, { id_token_hint: hint, post_logout_redirect_uri: BYE }, session)).where, BYE)
})

test('A47 goes nowhere that this client did not register', async () => {
  const home = house()
  for (const uri of [
    'https://evil.example/',
    'https://b.example.com/bye',
    `${BYE}/`,
    'javascript:alert(1)',
    `${BYE}#x`,
  ]) {
    const { session, hint } = await signedIn(home)
    const left = await leave(home, { id_token_hint: hint, post_logout_redirect_uri: uri }, session)
    assert.deepEqual(left, { where: asked, alive: false }, uri)
  }
})

test("A47 a hint of another application's client counts for nothing here", async () => {
  const home = house()
  const { session, hint } = await signedIn(home, 'b')
  const sent = { id_token_hint: hint, post_logout_redirect_uri: 'https://b.example.com/bye' }
  assert.deepEqual(await leave(home, sent, session), { where: asked, alive: true })
})

test('comes back here after the person agreed, and then goes on', async () => {
  const home = house()
  const { session } = await signedIn(home)
  const left = await leave(home, { client_id: 'app', post_logout_redirect_uri: BYE, state: 's' }, session)
  assert.equal(left.alive, true)
  const next = left.where.split(' → ')[1] ?? ''
  assert.equal(next, `${END}?${new URLSearchParams({ client_id: 'app', post_logout_redirect_uri: BYE, state: 's' })}`)
  home.endSession(session)
  assert.equal(locationOf(await home.get(next)).href, `${BYE}?state=s`)
})

test('A47 stays here without hint and client_id, unless an administrator chose the application itself for that', async () => {
  const strict = house()
  assert.equal((await leave(strict, { post_logout_redirect_uri: BYE })).where, asked)
  const lax = house({ compatibility: { logout_by_application: true } })
  assert.equal((await leave(lax, { post_logout_redirect_uri: BYE })).where, BYE)
  const { session } = await signedIn(lax)
  assert.equal((await leave(lax, { post_logout_redirect_uri: BYE }, session)).alive, true, 'and still asks first')
})

test('A08 refuses doubled parameters, and knows no application that is not there', async () => {
  const home = house()
  assert.equal((await home.get(`${END}?state=a&state=b`)).status, 400)
  assert.equal((await home.get('/application/o/nothing/end-session/')).status, 404)
})

test('answers a post by one 303 to our own GET', async () => {
  const home = house()
  const response = await home.post(END, { client_id: 'app', post_logout_redirect_uri: BYE })
  assert.equal(response.status, 303)
  assert.equal(locationOf(response).pathname, END)
  assert.equal(locationOf(await home.get(response.headers?.location ?? '')).href, BYE)
})

test('a hint signed for the client of another issuer path is refused', async () => {
  const home = house()
  const { session } = await signedIn(home)
  const claims = { iss: 'https://auth.example.com/application/o/other/', aud: 'app', sub: 'x', exp: 1 }
  const hint = await signJws('JWT', claims, signerFor(RS256))
  assert.deepEqual(await leave(home, { id_token_hint: hint }, session), { where: asked, alive: true })
})
