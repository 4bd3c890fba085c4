/**
 * Nextcloud's user_oidc, Grafana's generic OAuth and Portainer's OAuth, each as a client that makes the same requests
 * in the same order with the same parameters. What they check of the answers is checked here.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { fetchJson, postForm } from '../../support/fetch-json.ts'
import { FormBrowser, type Page } from '../../support/form-browser.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'
import { signIn } from '../../support/sign-in.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const random = () => randomBytes(24).toString('base64url')
const s256 = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

const config = `
groups:
  staff: { name: Staff }
users:
  ana: { name: Ana Example, email: ana@example.com, groups: [staff], password: { value: ${ana.password} } }
applications:
  nextcloud:
    name: Nextcloud
    launch_url: https://cloud.example.com
    access: { allow: { groups: [staff] } }
    providers:
      oidc:
        client_id: nextcloud
        client_secret: { value: nextcloud-secret }
        redirect_uris: [https://cloud.example.com/apps/user_oidc/code]
        post_logout_redirect_uris: [https://cloud.example.com/]
  grafana:
    name: Grafana
    providers:
      oidc:
        client_id: grafana
        client_secret: { value: "grafana+secret/with=signs" }
        redirect_uris: [https://grafana.example.com/login/generic_oauth]
  portainer:
    name: Portainer
    providers:
      oidc:
        client_id: portainer
        client_secret: { value: portainer-secret }
        redirect_uris: [https://portainer.example.com/]
`

const start = (context: TestContext) => startGatehouse(context, { config })

type Discovery = Record<
  'issuer' | 'authorization_endpoint' | 'token_endpoint' | 'userinfo_endpoint' | 'end_session_endpoint' | 'jwks_uri',
  string
> & {
  code_challenge_methods_supported: string[]
}

const profileOf = async (url: string, token: string): Promise<Record<string, unknown>> =>
  (await fetchJson<Record<string, unknown>>(url, { headers: { authorization: `Bearer ${token}` } })).body

const stopsAt = (prefix: string) => new FormBrowser({ stopAt: (url) => url.href.startsWith(prefix) })

const authorize = async (
  browser: FormBrowser,
  gatehouse: Gatehouse,
  parameters: Record<string, string>,
): Promise<URLSearchParams> => {
  await browser.open(`${gatehouse.url}/application/o/authorize/?${new URLSearchParams(parameters)}`)
  const page: Page = await signIn(browser, ana)
  assert.ok(browser.stopAt(page.url), `${page.url} ${page.status} ${page.text.slice(0, 800)}`)
  assert.equal(page.url.searchParams.get('state'), parameters.state)
  return page.url.searchParams
}

test('Nextcloud: user_oidc signs someone in, reads the profile, and signs out', async (context) => {
  const gatehouse = await start(context)
  const base = `${gatehouse.url}/application/o/nextcloud`
  const discovery = (await fetchJson<Discovery>(`${base}/.well-known/openid-configuration`)).body
  assert.equal(discovery.issuer, `${base}/`)
  assert.equal(discovery.authorization_endpoint, `${gatehouse.url}/application/o/authorize/`)
  assert.equal(discovery.token_endpoint, `${gatehouse.url}/application/o/token/`)
  assert.equal(discovery.userinfo_endpoint, `${gatehouse.url}/application/o/userinfo/`)
  assert.equal(discovery.end_session_endpoint, `${base}/end-session/`)
  assert.ok(discovery.code_challenge_methods_supported.includes('S256'))

  const redirect = 'https://cloud.example.com/apps/user_oidc/code'
  const browser = stopsAt(redirect)
  const [state, nonce, verifier] = [random(), random(), random() + random()]
  const claims = {
    id_token: { email: null, name: null, quota: null, groups: null },
    userinfo: { email: null, name: null, quota: null, groups: null },
  }
  const answer = await authorize(browser, gatehouse, {
    client_id: 'nextcloud',
    response_type: 'code',
    scope: 'openid email profile',
    redirect_uri: redirect,
    claims: JSON.stringify(claims),
    state,
    nonce,
    code_challenge: s256(verifier),
    code_challenge_method: 'S256',
  })
  assert.equal(answer.get('iss'), discovery.issuer)
  const tokens = await postForm(discovery.token_endpoint, {
    code: answer.get('code') ?? '',
    client_id: 'nextcloud',
    client_secret: 'nextcloud-secret',
    redirect_uri: redirect,
    grant_type: 'authorization_code',
    code_verifier: verifier,
  })
  assert.equal(tokens.status, 200, JSON.stringify(tokens.body))
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri))
  const { payload } = await jwtVerify(tokens.body.id_token, keys, { issuer: discovery.issuer, audience: 'nextcloud' })
  assert.equal(payload.nonce, nonce)
  assert.equal(payload.email, 'ana@example.com')

  const profile = await profileOf(discovery.userinfo_endpoint, tokens.body.access_token)
  assert.equal(profile.sub, payload.sub)
  assert.equal(profile.name, 'Ana Example')
  assert.deepEqual(profile.groups, ['Staff'])

  const leaving = stopsAt('https://cloud.example.com/')
  leaving.setCookie(gatehouse.url, 'gatehouse_session', browser.cookie(gatehouse.url, 'gatehouse_session') ?? '')
  const logout = {
    id_token_hint: tokens.body.id_token,
    post_logout_redirect_uri: 'https://cloud.example.com/',
    client_id: 'nextcloud',
  }
  const left = await leaving.open(`${discovery.end_session_endpoint}?${new URLSearchParams(logout)}`)
  assert.equal(left.url.href, 'https://cloud.example.com/')
  const silent = await browser.open(`${gatehouse.url}/if/user/`)
  assert.match(silent.url.pathname, /\/if\/flow\/sign-in\//)
})

test('Grafana: generic OAuth signs someone in with Basic credentials and PKCE, and signs on again in silence', async (context) => {
  const gatehouse = await start(context)
  const redirect = 'https://grafana.example.com/login/generic_oauth'
  const browser = stopsAt(redirect)
  const verifier = random() + random()
  const parameters = {
    client_id: 'grafana',
    code_challenge: s256(verifier),
    code_challenge_method: 'S256',
    redirect_uri: redirect,
    response_type: 'code',
    scope: 'openid profile email groups',
    state: random(),
  }
  const answer = await authorize(browser, gatehouse, parameters)
  // Go's oauth2 package sends both parts form-encoded.
  const credentials = [encodeURIComponent('grafana'), encodeURIComponent('grafana+secret/with=signs')].join(':')
  const tokens = await postForm(
    `${gatehouse.url}/application/o/token/`,
    {
      grant_type: 'authorization_code',
      code: answer.get('code') ?? '',
      redirect_uri: redirect,
      code_verifier: verifier,
    },
    { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  )
  assert.equal(tokens.status, 200, JSON.stringify(tokens.body))
  assert.equal(tokens.body.token_type, 'Bearer')
  const userinfo = `${gatehouse.url}/application/o/userinfo/`
  const profile = await profileOf(userinfo, tokens.body.access_token)
  assert.equal(profile.preferred_username, 'ana')
  assert.equal(profile.email, 'ana@example.com')
  assert.deepEqual(profile.groups, ['Staff'])

  const again = await browser.open(
    `${gatehouse.url}/application/o/authorize/?${new URLSearchParams({ ...parameters, state: 'second' })}`,
  )
  assert.ok(again.url.searchParams.get('code'), 'signed on without a page')
})

test('Portainer: OAuth signs someone in with the secret in the body and reads the user identifier', async (context) => {
  const gatehouse = await start(context)
  const redirect = 'https://portainer.example.com/'
  const browser = stopsAt(redirect)
  const answer = await authorize(browser, gatehouse, {
    client_id: 'portainer',
    redirect_uri: redirect,
    response_type: 'code',
    scope: 'email openid profile',
    state: random(),
  })
  const endpoint = `${gatehouse.url}/application/o/token/`
  const exchange = { grant_type: 'authorization_code', code: answer.get('code') ?? '', redirect_uri: redirect }
  const tokens = await postForm(endpoint, { ...exchange, client_id: 'portainer', client_secret: 'portainer-secret' })
  assert.equal(tokens.status, 200, JSON.stringify(tokens.body))
  const profile = await profileOf(`${gatehouse.url}/application/o/userinfo/`, tokens.body.access_token)
  assert.equal(profile.preferred_username, 'ana')
})
