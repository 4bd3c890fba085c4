/** npm's openid-client and oauth4webapi, end to end over the running server. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { FormBrowser } from '../../support/form-browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { signIn } from '../../support/sign-in.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const redirect = 'https://app.example.com/callback'
const start = (context: TestContext) =>
  startGatehouse(context, {
    config: `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
applications:
  app:
    name: App
    providers:
      oidc:
        client_id: app
        client_secret: { value: app-secret }
        redirect_uris: [${redirect}]
        post_logout_redirect_uris: [https://app.example.com/bye]
        signing_key: default-es256
        grant_types: [authorization_code, refresh_token, client_credentials]
`,
  })

const allowHttp = { [oauth.allowInsecureRequests]: true }

test('openid-client signs in, refreshes, introspects, revokes and logs out', async (context) => {
  const gatehouse = await start(context)
  const issuer = new URL(`${gatehouse.url}/application/o/app/`)
  const config = await client.discovery(issuer, 'app', 'app-secret', undefined, {
    execute: [client.allowInsecureRequests],
  })
  const verifier = client.randomPKCECodeVerifier()
  const [state, nonce] = [client.randomState(), client.randomNonce()]
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: 'openid email profile offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  const browser = new FormBrowser({ stopAt: (at) => at.href.startsWith(redirect) })
  await browser.open(url)
  const arrived = await signIn(browser, ana)
  const tokens = await client.authorizationCodeGrant(config, arrived.url, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  })
  const subject = tokens.claims()?.sub ?? ''
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, subject)).email, 'ana@example.com')
  assert.ok(tokens.refresh_token)
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
  assert.equal((await client.tokenIntrospection(config, refreshed.access_token)).active, true)
  await client.tokenRevocation(config, refreshed.refresh_token ?? '')
  assert.equal((await client.tokenIntrospection(config, refreshed.access_token)).active, false)
  await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token ?? ''), { error: 'invalid_grant' })

  const leave = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: 'https://app.example.com/bye',
    state: 'bye',
  })
  const leaving = new FormBrowser({ stopAt: (at) => at.href.startsWith('https://app.example.com/bye') })
  leaving.setCookie(gatehouse.url, 'gatehouse_session', browser.cookie(gatehouse.url, 'gatehouse_session') ?? '')
  assert.equal((await leaving.open(leave)).url.href, 'https://app.example.com/bye?state=bye')
})

test('oauth4webapi signs in with PKCE and takes every answer as valid', async (context) => {
  const gatehouse = await start(context)
  const issuer = new URL(`${gatehouse.url}/application/o/app/`)
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, allowHttp))
  const app: oauth.Client = { client_id: 'app' }
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const url = new URL(server.authorization_endpoint ?? '')
  const challenge = await oauth.calculatePKCECodeChallenge(verifier)
  const parameters = {
    client_id: 'app',
    redirect_uri: redirect,
    response_type: 'code',
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state,
    nonce,
  }
  url.search = new URLSearchParams(parameters).toString()
  const browser = new FormBrowser({ stopAt: (at) => at.href.startsWith(redirect) })
  await browser.open(url)
  const arrived = await signIn(browser, ana)
  const callback = oauth.validateAuthResponse(server, app, arrived.url, state)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    app,
    oauth.ClientSecretBasic('app-secret'),
    callback,
    redirect,
    verifier,
    allowHttp,
  )
  const result = await oauth.processAuthorizationCodeResponse(server, app, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(server, response, allowHttp)
  assert.equal(oauth.getValidatedIdTokenClaims(result)?.aud, 'app')
})

test('oauth4webapi gets a token for the client itself, and refusals in the shapes it knows', async (context) => {
  const gatehouse = await start(context)
  const issuer = new URL(`${gatehouse.url}/application/o/app/`)
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, allowHttp))
  const app: oauth.Client = { client_id: 'app' }
  const wrong = await oauth.clientCredentialsGrantRequest(server, app, oauth.ClientSecretBasic('wrong'), {}, allowHttp)
  assert.equal(wrong.status, 401)
  await assert.rejects(oauth.processClientCredentialsResponse(server, app, wrong))
  const right = await oauth.clientCredentialsGrantRequest(
    server,
    app,
    oauth.ClientSecretPost('app-secret'),
    {},
    allowHttp,
  )
  const result = await oauth.processClientCredentialsResponse(server, app, right)
  assert.equal(result.token_type, 'bearer')
})
