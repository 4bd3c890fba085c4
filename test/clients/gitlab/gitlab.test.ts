/**
 * The gem that GitLab signs in by (Debian's ruby-omniauth-openid-connect), configured as in `gitlab.rb`: discovery,
 * the application's issuer, `client_auth_method: "query"`. The gem's discovery speaks https only.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { ensureApt } from '../../support/apt.ts'
import { FormBrowser } from '../../support/form-browser.ts'
import { freePort, startGatehouse } from '../../support/gatehouse.ts'
import { signIn } from '../../support/sign-in.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const available = ensureApt(['ruby-omniauth-openid-connect', 'ruby-webrick'])

const startGitLab = async (
  context: TestContext,
  port: number,
  issuer: string,
  certificate: string,
  args: object,
): Promise<string> => {
  const own = `http://localhost:${port}`
  const provider = {
    name: 'openid_connect',
    args: {
      name: 'openid_connect',
      scope: ['openid', 'profile', 'email'],
      response_type: 'code',
      issuer,
      discovery: true,
      client_auth_method: 'query',
      uid_field: 'preferred_username',
      send_scope_to_token_endpoint: false,
      client_options: {
        identifier: 'gitlab-client',
        secret: 'gitlab secret: 100% real',
        redirect_uri: `${own}/users/auth/openid_connect/callback`,
      },
      ...args,
    },
  }
  const child = spawn('ruby', [path.join(import.meta.dirname, 'gitlab.rb')], {
    env: {
      ...process.env,
      PORT: String(port),
      OMNIAUTH_PROVIDERS: JSON.stringify([provider]),
      SSL_CERT_FILE: certificate,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.after(() => child.kill('SIGTERM'))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => String(chunk).includes('listening') && resolve())
    child.on('exit', () => reject(new Error('the application ended')))
  })
  return own
}

const config = (callback: string) => `
users:
  ana: { name: Ana Example, email: ana@example.com, groups: [staff], password: { value: ${ana.password} } }
groups:
  staff: { name: Staff }
applications:
  gitlab:
    name: GitLab
    providers:
      oidc:
        client_id: gitlab-client
        client_secret: { value: "gitlab secret: 100% real" }
        redirect_uris: [${callback}]
`

const start = async (context: TestContext, args: object = {}) => {
  const port = await freePort()
  const ports = { http: await freePort(), https: await freePort(), metrics: await freePort() }
  const gatehouse = await startGatehouse(context, {
    config: config(`http://localhost:${port}/users/auth/openid_connect/callback`),
    environment: { GATEHOUSE_PUBLIC_URL: `https://localhost:${ports.https}` },
    ports,
  })
  const certificate = await gatehouse.certificate()
  const issuer = `${gatehouse.httpsUrl}/application/o/gitlab/`
  return { gatehouse, gitlab: await startGitLab(context, port, issuer, certificate, args) }
}

test('signs someone in with the gem that GitLab uses, configured as in gitlab.rb', {
  skip: !available && 'needs Debian packages',
}, async (context) => {
  const { gitlab } = await start(context)
  const browser = new FormBrowser()
  await browser.open(gitlab)
  await browser.submit()
  const page = await signIn(browser, ana)
  assert.equal(page.url.pathname, '/users/auth/openid_connect/callback', page.text.slice(0, 1000))
  const answer = JSON.parse(page.text)
  assert.equal(answer.uid, 'ana')
  assert.equal(answer.info.email, 'ana@example.com')
  assert.equal(answer.info.name, 'Ana Example')
  assert.match(answer.raw.sub, /^[0-9a-f]{64}$/)
  assert.deepEqual(answer.raw.groups, ['Staff'])
})

for (const [name, args] of [
  ['basic client authentication', { client_auth_method: 'basic' }],
  ['PKCE', { pkce: true }],
  ['the scope sent to the token endpoint', { send_scope_to_token_endpoint: true }],
] as const) {
  test(`signs someone in with the same gem and ${name}`, {
    skip: !available && 'needs Debian packages',
  }, async (context) => {
    const { gitlab } = await start(context, args)
    const browser = new FormBrowser()
    await browser.open(gitlab)
    await browser.submit()
    const page = await signIn(browser, ana)
    assert.equal(JSON.parse(page.text).uid, 'ana', page.text)
  })
}
