import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../../../test/support/oidc-house.ts'

const AUTHORIZE = '/application/o/authorize/'
const settings = {
  client_id: 'app',
  client_secret: { value: 's' },
  redirect_uris: ['https://app.example.com:8443/cb', 'app.immich:///cb'],
  post_logout_redirect_uris: ['https://app.example.com:8443/bye'],
  consent: { mode: 'remember', validity: '30d' },
  scopes: { nextcloud: { description: 'Your storage quota', claims: {} } },
}
const home = openHouse({ app: { settings, name: 'The App' } })
const good = {
  client_id: 'app',
  redirect_uri: 'https://app.example.com:8443/cb',
  response_type: 'code',
  scope: 'openid email nextcloud',
}
const of = (sent: Readonly<Record<string, string>> = {}, path = AUTHORIZE) =>
  home.destination(path, new URLSearchParams({ ...good, ...sent }))

test('tells the flow where a request will end, and what is asked for', () => {
  assert.deepEqual(of({ login_hint: 'ana', ui_locales: 'de en', gatehouse_asked: 'sealed' }), {
    application: 'app',
    applicationName: 'The App',
    formAction: ['https://app.example.com:8443'],
    loginHint: 'ana',
    uiLocales: ['de', 'en'],
    consent: {
      clientId: 'app',
      clientName: 'The App',
      host: 'app.example.com:8443',
      scopes: [
        { name: 'openid', description: '' },
        { name: 'email', description: 'Email address' },
        { name: 'nextcloud', description: 'Your storage quota' },
      ],
      validFor: 30 * 86_400_000,
      refusedUrl: `${AUTHORIZE}?${new URLSearchParams({ ...good, login_hint: 'ana', ui_locales: 'de en', gatehouse_refused: 'sealed' })}`,
    },
  })
})

test('names the scheme where a native app has one of its own', () => {
  const native = of({ redirect_uri: 'app.immich:///cb' })
  assert.deepEqual(native?.formAction, ['app.immich:'])
  assert.equal(native?.consent?.host, 'app.immich:')
})

test('says when who is signed in must prove it again', () => {
  assert.equal(of()?.reauthenticate, undefined)
  for (const sent of [{ prompt: 'login' }, { prompt: 'select_account' }, { max_age: '60' }, { id_token_hint: 'x' }]) {
    assert.equal(of(sent)?.reauthenticate, true)
  }
})

test('names no place for a request that would be refused', () => {
  assert.equal(of({ client_id: 'nobody' }), null)
  assert.equal(of({ redirect_uri: 'https://evil.example/' }), null)
  assert.equal(of({ scope: 'nothing' }), null)
  assert.equal(of({}, '/application/o/token/'), null)
  const doubled = new URLSearchParams([...Object.entries(good), ['state', 'a'], ['state', 'b']])
  assert.equal(home.destination(AUTHORIZE, doubled), null)
})

test('a sign-out may end at a registered address of the client, and at no other', () => {
  const end = (sent: Readonly<Record<string, string>>, slug = 'app') =>
    home.destination(`/application/o/${slug}/end-session/`, new URLSearchParams(sent))
  const bye = { post_logout_redirect_uri: 'https://app.example.com:8443/bye' }
  assert.deepEqual(end({ client_id: 'app', ...bye }), {
    application: 'app',
    applicationName: 'The App',
    formAction: ['https://app.example.com:8443'],
  })
  assert.deepEqual(end(bye)?.formAction, [])
  assert.deepEqual(end({ client_id: 'app', post_logout_redirect_uri: 'https://evil.example/' })?.formAction, [])
  assert.equal(end({}, 'nothing'), null)
})
