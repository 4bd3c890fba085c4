/**
 * Two factors where an application demands them, and nowhere else: Vaultwarden and GitLab do, Nextcloud does not. Each is
 * a client that makes the same requests with the same parameters as the real one (Vaultwarden by OpenID Connect).
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { authenticatorApp } from '../../support/authenticator-app.ts'
import { fetchJson, postForm } from '../../support/fetch-json.ts'
import { FormBrowser } from '../../support/form-browser.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const random = () => randomBytes(24).toString('base64url')
const s256 = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

const CLOUD = 'https://cloud.example.com/apps/user_oidc/code'
const GITLAB = 'https://gitlab.example.com/users/auth/openid_connect/callback'
const VAULT = 'https://vault.example.com/identity/connect/oidc-signin'

const config = `
groups:
  staff: { name: Staff }
users:
  ana: { name: Ana Example, email: ana@example.com, groups: [staff], password: { value: ${ana.password} } }
applications:
  nextcloud:
    name: Nextcloud
    access: { allow: { groups: [staff] }, assurance: { mfa: optional } }
    providers:
      oidc: { client_id: nextcloud, client_secret: { value: nextcloud-secret }, redirect_uris: [${CLOUD}] }
  gitlab:
    name: GitLab
    access: { allow: { groups: [staff] }, assurance: { mfa: required } }
    providers:
      oidc: { client_id: gitlab, client_secret: { value: gitlab-secret }, redirect_uris: [${GITLAB}] }
  vaultwarden:
    name: Vaultwarden
    access: { allow: { groups: [staff] }, assurance: { mfa: required } }
    providers:
      oidc: { client_id: vaultwarden, client_secret: { value: vaultwarden-secret }, redirect_uris: [${VAULT}] }
`

/** Where a client sends the browser, and what it makes of the code that comes back. */
type Client = {
  readonly begin: Readonly<Record<string, string>>
  finish(code: string): Promise<JWTPayload>
}

const verified = async (gatehouse: Gatehouse, slug: string, idToken: string): Promise<JWTPayload> => {
  const issuer = `${gatehouse.url}/application/o/${slug}/`
  const keys = createRemoteJWKSet(new URL('jwks/', issuer))
  return (await jwtVerify(idToken, keys, { issuer, audience: slug })).payload
}

const exchange = async (
  gatehouse: Gatehouse,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) => {
  const grant = { grant_type: 'authorization_code', ...form }
  const tokens = await postForm(`${gatehouse.url}/application/o/token/`, grant, headers)
  assert.equal(tokens.status, 200, JSON.stringify(tokens.body))
  return tokens.body
}

/** user_oidc: PKCE, the secret in the body, claims asked for by name. */
const nextcloud = (gatehouse: Gatehouse): Client => {
  const [nonce, verifier] = [random(), random() + random()]
  const claims = JSON.stringify({ id_token: { email: null }, userinfo: { email: null } })
  return {
    begin: {
      client_id: 'nextcloud',
      response_type: 'code',
      scope: 'openid email profile',
      redirect_uri: CLOUD,
      claims,
      state: random(),
      nonce,
      code_challenge: s256(verifier),
      code_challenge_method: 'S256',
    },
    finish: async (code) => {
      const form = { code, client_id: 'nextcloud', client_secret: 'nextcloud-secret', redirect_uri: CLOUD }
      const tokens = await exchange(gatehouse, { ...form, code_verifier: verifier })
      const payload = await verified(gatehouse, 'nextcloud', tokens.id_token)
      assert.equal(payload.nonce, nonce)
      return payload
    },
  }
}

/** omniauth_openid_connect with `client_auth_method: "query"`: no PKCE, the secret in the body. */
const gitlab = (gatehouse: Gatehouse): Client => {
  const nonce = randomBytes(16).toString('hex')
  return {
    begin: {
      client_id: 'gitlab',
      nonce,
      redirect_uri: GITLAB,
      response_type: 'code',
      scope: 'openid profile email',
      state: randomBytes(16).toString('hex'),
    },
    finish: async (code) => {
      const form = { code, client_id: 'gitlab', client_secret: 'gitlab-secret', redirect_uri: GITLAB }
      const tokens = await exchange(gatehouse, form)
      const payload = await verified(gatehouse, 'gitlab', tokens.id_token)
      assert.equal(payload.nonce, nonce)
      return payload
    },
  }
}

/** Rust's openidconnect crate as Vaultwarden sets it up: PKCE, Basic credentials, then the profile with a known address. */
const vaultwarden = (gatehouse: Gatehouse): Client => {
  const [nonce, verifier] = [random(), random() + random()]
  return {
    begin: {
      response_type: 'code',
      client_id: 'vaultwarden',
      state: random(),
      code_challenge: s256(verifier),
      code_challenge_method: 'S256',
      redirect_uri: VAULT,
      scope: 'openid email profile',
      nonce,
    },
    finish: async (code) => {
      const basic = Buffer.from('vaultwarden:vaultwarden-secret').toString('base64')
      const form = { code, code_verifier: verifier, redirect_uri: VAULT }
      const tokens = await exchange(gatehouse, form, { authorization: `Basic ${basic}` })
      const payload = await verified(gatehouse, 'vaultwarden', tokens.id_token)
      assert.equal(payload.nonce, nonce)
      const profile = await fetchJson<Record<string, unknown>>(`${gatehouse.url}/application/o/userinfo/`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      })
      assert.equal(profile.body.sub, payload.sub)
      assert.equal(profile.body.email, 'ana@example.com')
      return payload
    },
  }
}

const callbacks = [CLOUD, GITLAB, VAULT]
const newBrowser = () => new FormBrowser({ stopAt: (url) => callbacks.some((one) => url.href.startsWith(one)) })
const heading = ({ page }: FormBrowser): string => page?.html.querySelector('h1')?.text.trim() ?? ''

const open = (browser: FormBrowser, gatehouse: Gatehouse, { begin }: Client) =>
  browser.open(`${gatehouse.url}/application/o/authorize/?${new URLSearchParams(begin)}`)

/** The browser stands at the client's own address, with the answer to the client's own request. */
const arrive = async (browser: FormBrowser, client: Client): Promise<JWTPayload> => {
  const url = browser.page?.url ?? new URL('about:blank')
  assert.ok(url.href.startsWith(client.begin.redirect_uri ?? 'none'), `${url.href} ${heading(browser)}`)
  assert.equal(url.searchParams.get('state'), client.begin.state)
  return client.finish(url.searchParams.get('code') ?? '')
}

const sessionOf = (browser: FormBrowser, gatehouse: Gatehouse): string =>
  browser.cookie(gatehouse.url, 'gatehouse_session') ?? ''

test('Vaultwarden and GitLab demand two factors, Nextcloud does not: one person, one session, stepped up where it is asked for', async (context) => {
  const gatehouse = await startGatehouse(context, { config })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const browser = newBrowser()
  let sid: unknown
  let plain = ''

  await context.test('a person without a second factor opens Nextcloud with a password alone', async () => {
    const client = nextcloud(gatehouse)
    await open(browser, gatehouse, client)
    await browser.submit({ username: ana.username })
    await browser.submit({ password: ana.password })
    const told = await arrive(browser, client)
    assert.deepEqual(told.amr, ['pwd'])
    sid = told.sid
    assert.equal(typeof sid, 'string')
    plain = sessionOf(browser, gatehouse)
  })

  await context.test('E19 GitLab has it set up there and then, and no way round leads in without', async () => {
    const client = gitlab(gatehouse)
    await open(browser, gatehouse, client)
    // What they are signed in with is proven again first: who sits there must not choose a factor for somebody else.
    await browser.submit({ password: ana.password })
    assert.equal(heading(browser), 'Set up an authenticator app')
    await open(browser, gatehouse, vaultwarden(gatehouse))
    assert.match(browser.page?.url.pathname ?? '', /\/if\/flow\/step-up\//)
    const silent = gitlab(gatehouse)
    await browser.open(
      `${gatehouse.url}/application/o/authorize/?${new URLSearchParams({ ...silent.begin, prompt: 'none' })}`,
    )
    // OpenID Connect Core §3.1.2.6.
    assert.equal(browser.page?.url.searchParams.get('error'), 'interaction_required')
  })

  let app = authenticatorApp('AAAA')
  await context.test('GitLab opens once it is set up, in the session that Nextcloud was opened in', async () => {
    const client = gitlab(gatehouse)
    await open(browser, gatehouse, client)
    await browser.submit({ password: ana.password })
    app = authenticatorApp(browser.page?.html.querySelector('code.key')?.text ?? '')
    await browser.submit({ code: app.nextCode() })
    const told = await arrive(browser, client)
    assert.deepEqual(told.amr, ['pwd', 'otp', 'mfa'])
    assert.equal(told.sid, sid)
    // F01: the session is the same, its cookie is another.
    assert.notEqual(sessionOf(browser, gatehouse), plain)
    const old = newBrowser()
    old.setCookie(gatehouse.url, 'gatehouse_session', plain)
    await old.open(`${gatehouse.url}/if/user/`)
    assert.match(old.page?.url.pathname ?? '', /\/if\/flow\/sign-in\//)
  })

  await context.test('Vaultwarden opens in silence then, and so does Nextcloud', async () => {
    for (const client of [vaultwarden(gatehouse), nextcloud(gatehouse)]) {
      await open(browser, gatehouse, client)
      const told = await arrive(browser, client)
      assert.equal(told.sid, sid)
      assert.deepEqual(told.amr, ['pwd', 'otp', 'mfa'])
    }
  })

  await context.test('at another browser the code is asked for, at GitLab or before it', async () => {
    const other = newBrowser()
    const client = gitlab(gatehouse)
    await open(other, gatehouse, client)
    await other.submit({ username: ana.username })
    await other.submit({ password: ana.password })
    assert.equal(heading(other), 'Enter your code')
    await other.submit({ code: app.nextCode() })
    const told = await arrive(other, client)
    assert.deepEqual(told.amr, ['pwd', 'otp', 'mfa'])
    assert.notEqual(told.sid, sid)
  })
})
