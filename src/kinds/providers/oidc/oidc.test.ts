/** The whole walk, driven by clients that others wrote: oauth4webapi and openid-client, over the handlers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { type House, locationOf, ORIGIN, openHouse } from '../../../../test/support/oidc-house.ts'
import { oidc } from './index.ts'

const CALLBACK = 'https://app.example.com/cb'
const ISSUER = new URL(`${ORIGIN}/application/o/app/`)
const settings = (over: object = {}) => ({
  client_id: 'my app',
  client_secret: { value: 'p: 100% + ü' },
  redirect_uris: [CALLBACK],
  post_logout_redirect_uris: ['https://app.example.com/bye'],
  ...over,
})

/** What a client's `fetch` does, without a socket. */
const fetchOf =
  (home: House) =>
  async (address: string | URL, options: { method: string; headers: Record<string, string>; body?: unknown }) => {
    const url = new URL(address)
    const target = url.pathname + url.search
    const headers = Object.fromEntries(
      Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    const answer =
      options.method === 'POST'
        ? await home.post(target, new URLSearchParams(String(options.body ?? '')), { headers })
        : await home.get(target, { headers })
    const body = answer.body === undefined || answer.body === '' ? null : String(answer.body)
    return new Response(body, { status: answer.status, headers: answer.headers ?? {} })
  }

test('the kind keeps its contract: id, version, defaults that validate', () => {
  assert.deepEqual([oidc.id, oidc.version], ['oidc', 1])
})

for (const [title, authentication, over] of [
  ['client_secret_basic', oauth.ClientSecretBasic('p: 100% + ü'), {}],
  ['client_secret_post', oauth.ClientSecretPost('p: 100% + ü'), {}],
  ['client_secret_basic and ES256', oauth.ClientSecretBasic('p: 100% + ü'), { signing_key: 'default-es256' }],
  ['no secret', oauth.None(), { token_endpoint_auth_method: 'none', client_secret: undefined }],
] as const) {
  test(`oauth4webapi discovers, signs in, refreshes, asks and revokes with ${title}`, async () => {
    const id = 'my-app'
    const given = Object.fromEntries(
      Object.entries({ ...settings(over), client_id: id }).filter(([, value]) => value !== undefined),
    )
    const home = openHouse({ app: { settings: given } })
    home.clock.now = Date.now()
    const options = { [oauth.customFetch]: fetchOf(home) }
    const found = await oauth.discoveryRequest(ISSUER, { ...options, algorithm: 'oidc' })
    const server = await oauth.processDiscoveryResponse(ISSUER, found)
    const client = { client_id: id }
    const verifier = oauth.generateRandomCodeVerifier()
    const address = new URL(server.authorization_endpoint ?? '')
    const nonce = oauth.generateRandomNonce()
    for (const [name, value] of Object.entries({
      client_id: id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid email profile offline_access',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: 'st',
      nonce,
      max_age: '600',
    })) {
      address.searchParams.set(name, value)
    }
    const session = home.signIn(home.addPerson())
    const answer = locationOf(await home.get(address.pathname + address.search, { session }))
    const parameters = oauth.validateAuthResponse(server, client, answer, 'st')
    const granted = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      CALLBACK,
      verifier,
      options,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, granted, {
      expectedNonce: nonce,
      maxAge: 600,
      requireIdToken: true,
    })
    await oauth.validateApplicationLevelSignature(server, granted, options)
    const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? ''
    const told = await oauth.processUserInfoResponse(
      server,
      client,
      sub,
      await oauth.userInfoRequest(server, client, tokens.access_token, options),
    )
    assert.equal(told.email, 'ana@example.com')
    const jwt = await oauth.validateJwtAccessToken(
      server,
      new Request('https://api.example.com/', { headers: { authorization: `Bearer ${tokens.access_token}` } }),
      id,
      options,
    )
    assert.equal(jwt.sub, sub)
    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token ?? '', options),
    )
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
    const revoked = await oauth.revocationRequest(
      server,
      client,
      authentication,
      refreshed.refresh_token ?? '',
      options,
    )
    await oauth.processRevocationResponse(revoked)
    const after = await oauth.userInfoRequest(server, client, refreshed.access_token, options)
    assert.equal(after.status, 401)
  })
}

test('openid-client signs someone in and out, with a secret full of signs', async () => {
  const home = openHouse({ app: { settings: settings({ client_id: 'my:app+1' }) } })
  home.clock.now = Date.now()
  const fetch = fetchOf(home)
  const config = await openid.discovery(ISSUER, 'my:app+1', undefined, openid.ClientSecretBasic('p: 100% + ü'), {
    [openid.customFetch]: fetch,
  })
  const verifier = openid.randomPKCECodeVerifier()
  const address = openid.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid email',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 'st',
  })
  const session = home.signIn(home.addPerson())
  const answer = locationOf(await home.get(address.pathname + address.search, { session }))
  const tokens = await openid.authorizationCodeGrant(config, answer, {
    pkceCodeVerifier: verifier,
    expectedState: 'st',
  })
  assert.equal(tokens.claims()?.email, 'ana@example.com')
  const active = await openid.tokenIntrospection(config, tokens.access_token)
  assert.equal(active.active, true)
  const out = openid.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: 'https://app.example.com/bye',
  })
  const left = await home.get(out.pathname + out.search, { session })
  assert.equal(left.headers?.location, 'https://app.example.com/bye')
  assert.equal(home.sessions.size, 0)
  assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, false)
})
