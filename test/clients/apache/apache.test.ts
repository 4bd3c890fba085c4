/** Apache with Debian's mod_auth_openidc in front of a page: sign-in, identity in the environment, logout. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { ensureApt } from '../../support/apt.ts'
import { FormBrowser } from '../../support/form-browser.ts'
import { freePort, startGatehouse } from '../../support/gatehouse.ts'
import { signIn } from '../../support/sign-in.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const skip = !ensureApt(['apache2', 'libapache2-mod-auth-openidc']) && 'needs Debian packages'

const apacheConf = (folder: string, port: number, provider: { metadata: string; ca: string }) => `
ServerRoot "${folder}"
ServerName localhost
Listen 127.0.0.1:${port}
PidFile "${folder}/httpd.pid"
DefaultRuntimeDir "${folder}"
Mutex file:${folder}
ErrorLog "${folder}/error.log"
User www-data
Group www-data
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule auth_openidc_module /usr/lib/apache2/modules/mod_auth_openidc.so
DocumentRoot "${folder}/htdocs"
DirectoryIndex index.html
OIDCProviderMetadataURL ${provider.metadata}
OIDCCABundlePath ${provider.ca}
OIDCClientID apache
OIDCClientSecret apache-secret
OIDCRedirectURI http://localhost:${port}/oidc/callback
OIDCCryptoPassphrase a-passphrase-of-the-test
OIDCScope "openid email profile"
OIDCRemoteUserClaim preferred_username
OIDCPKCEMethod S256
OIDCCookieSameSite On
<Location />
  AuthType openid-connect
  Require valid-user
  Header set X-Seen-User expr=%{REMOTE_USER}
  Header set X-Seen-Email "expr=%{env:OIDC_CLAIM_email}"
</Location>
`

const start = async (context: TestContext) => {
  const port = await freePort()
  const own = `http://localhost:${port}`
  const ports = { http: await freePort(), https: await freePort(), metrics: await freePort() }
  const gatehouse = await startGatehouse(context, {
    ports,
    environment: { GATEHOUSE_PUBLIC_URL: `https://localhost:${ports.https}` },
    config: `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
applications:
  intranet:
    name: Intranet
    providers:
      oidc:
        client_id: apache
        client_secret: { value: apache-secret }
        redirect_uris: [${own}/oidc/callback]
        post_logout_redirect_uris: [${own}/bye]
`,
  })
  const folder = mkdtempSync(path.join(tmpdir(), 'apache-'))
  mkdirSync(path.join(folder, 'htdocs'), { mode: 0o755 })
  writeFileSync(path.join(folder, 'htdocs', 'index.html'), 'the intranet')
  const metadata = `${gatehouse.httpsUrl}/application/o/intranet/.well-known/openid-configuration`
  // Apache's own user reads it: the server's folder is closed to everyone else.
  const ca = path.join(folder, 'ca.pem')
  copyFileSync(await gatehouse.certificate(), ca)
  const conf = path.join(folder, 'httpd.conf')
  writeFileSync(conf, apacheConf(folder, port, { metadata, ca }))
  spawnSync('chown', ['-R', 'www-data', folder])
  const apache = spawn('/usr/sbin/apache2', ['-f', conf, '-DFOREGROUND'], { stdio: 'inherit' })
  context.after(async () => {
    const ended = new Promise((resolve) => apache.on('exit', resolve))
    apache.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  await answers(own)
  return { gatehouse, own }
}

/** Apache prints nothing when it listens; it is asked until it answers. */
const answers = async (url: string): Promise<void> => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const up = await fetch(url, { redirect: 'manual' }).then(
      () => true,
      () => false,
    )
    if (up) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('Apache does not answer')
}

test('Apache with mod_auth_openidc signs someone in and sees who it is', { skip }, async (context) => {
  const { own } = await start(context)
  const browser = new FormBrowser()
  await browser.open(`${own}/`)
  const page = await signIn(browser, ana)
  assert.equal(page.status, 200, page.text.slice(0, 800))
  assert.equal(page.text, 'the intranet')
  assert.equal(page.headers['x-seen-user'], 'ana')
  assert.equal(page.headers['x-seen-email'], 'ana@example.com')
})

test('Apache with mod_auth_openidc logs out at the provider too', { skip }, async (context) => {
  const { own, gatehouse } = await start(context)
  const browser = new FormBrowser({ stopAt: (url) => url.href.startsWith(`${own}/bye`) })
  await browser.open(`${own}/`)
  await signIn(browser, ana)
  const bye = await browser.open(`${own}/oidc/callback?logout=${encodeURIComponent(`${own}/bye`)}`)
  assert.equal(bye.url.href, `${own}/bye`)
  const after = await browser.open(`${gatehouse.httpsUrl}/if/user/`)
  assert.match(after.url.pathname, /^\/if\/flow\/sign-in\//)
})
