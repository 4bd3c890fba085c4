import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { reveal } from '../base/secret.ts'
import { type Config, readConfig } from './config.ts'

const read = (environment: Record<string, string>): Config => {
  const config = readConfig(environment)
  if (!config.ok) throw new Error(config.error.message)
  return config.value
}
const refusal = (environment: Record<string, string>): string => {
  const config = readConfig(environment)
  return config.ok ? 'accepted' : config.error.message
}

test('serves on 9000, 9443 and 9300 from ./data with SQLite when nothing is set', () => {
  const config = read({})
  assert.deepEqual(config.listen.http, { host: '::', port: 9000 })
  assert.deepEqual(config.listen.https, { host: '::', port: 9443 })
  assert.equal(config.databaseUrl, null)
  assert.equal(config.dataDir, path.resolve('data'))
  assert.deepEqual(config.trustedProxies, [])
})

test('D05 refuses a trusted proxy that cannot be read, or that is everybody', () => {
  for (const text of ['proxy', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/0x8', '0.0.0.0/0', '::/0']) {
    assert.match(refusal({ GATEHOUSE_TRUSTED_PROXIES: `127.0.0.1,${text}` }), /GATEHOUSE_TRUSTED_PROXIES/, text)
  }
  assert.deepEqual(read({ GATEHOUSE_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies, ['10.0.0.0/8', '::1'])
})

test('one process serves unless more are asked for, 64 at most', () => {
  assert.equal(read({}).workers, 1)
  assert.equal(read({ GATEHOUSE_WORKERS: '64' }).workers, 64)
})

test('names the nearest right name of a setting it does not know', () => {
  assert.match(refusal({ GATEHOUSE_PUBLICURL: 'x' }), /did you mean "GATEHOUSE_PUBLIC_URL"/)
})

test("takes authentik's names as they are", () => {
  const config = read({
    PG_PASS: 'p@ss/word',
    AUTHENTIK_POSTGRESQL__HOST: 'postgresql',
    AUTHENTIK_SECRET_KEY: 'k'.repeat(50),
    AUTHENTIK_BOOTSTRAP_PASSWORD: 'first',
    AUTHENTIK_BOOTSTRAP_EMAIL: 'root@example.com',
    AUTHENTIK_BOOTSTRAP_TOKEN: 'tok',
    AUTHENTIK_LISTEN__HTTP: '0.0.0.0:9010',
    AUTHENTIK_ERROR_REPORTING__ENABLED: 'true',
    AUTHENTIK_LOG_LEVEL: 'warning',
  })
  assert.equal(
    config.databaseUrl && reveal(config.databaseUrl, 'test'),
    'postgres://authentik:p%40ss%2Fword@postgresql:5432/authentik',
  )
  assert.deepEqual(config.listen.http, { host: '0.0.0.0', port: 9010 })
  assert.equal(config.bootstrap.password && reveal(config.bootstrap.password, 'test'), 'first')
  assert.equal(config.logLevel, 'warn')
})

test("follows authentik's env:// and file:// values", () => {
  const config = read({ AUTHENTIK_SECRET_KEY: 'env://KEY?none', KEY: 'x'.repeat(50) })
  assert.equal(config.secretKey && reveal(config.secretKey, 'test'), 'x'.repeat(50))
})

test('reads each setting from a file too, and refuses both at once', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'config-'))
  const file = path.join(folder, 'key')
  writeFileSync(file, `${'s'.repeat(40)}\n`)
  const config = read({ GATEHOUSE_SECRET_KEY_FILE: file })
  assert.equal(config.secretKey && reveal(config.secretKey, 'test'), 's'.repeat(40))
  assert.match(refusal({ GATEHOUSE_SECRET_KEY_FILE: file, GATEHOUSE_SECRET_KEY: 'b' }), /both set/)
  assert.match(refusal({ GATEHOUSE_SECRET_KEY_FILE: `${file}x` }), /cannot be read \(ENOENT\)/)
  rmSync(folder, { recursive: true })
})

test('refuses what cannot be used, without printing its value', () => {
  for (const [name, value] of [
    ['GATEHOUSE_PUBLIC_URL', 'ftp://s3cret'],
    ['GATEHOUSE_PUBLIC_URL', 'https://a.example/s3cret'],
    ['GATEHOUSE_DATABASE_URL', 'mysql://s3cret'],
    ['GATEHOUSE_LISTEN__HTTP', 's3cret:x'],
    ['GATEHOUSE_DATABASE_POOL_SIZE', 's3cret'],
    ['GATEHOUSE_DATABASE_POOL_SIZE', '1001'],
    ['GATEHOUSE_WORKERS', 's3cret'],
    ['GATEHOUSE_WORKERS', '0'],
    ['GATEHOUSE_WORKERS', '65'],
    ['GATEHOUSE_WORKERS', '1.5'],
    ['GATEHOUSE_ALLOW_HTTP', 's3cret'],
    ['GATEHOUSE_LOG_LEVEL', 's3cret'],
    ['GATEHOUSE_WEB__PATH', 's3cret?'],
    ['GATEHOUSE_TLS__CERT', 's3cret'],
  ] as const) {
    const message = refusal({ [name]: value })
    assert.match(message, /GATEHOUSE_/, name)
    assert.doesNotMatch(message, /s3cret/)
  }
})

test('reads host and port, also of IPv6, and off', () => {
  assert.deepEqual(read({ GATEHOUSE_LISTEN__HTTP: '[::1]:80' }).listen.http, { host: '::1', port: 80 })
  assert.deepEqual(read({ GATEHOUSE_LISTEN__HTTP: '127.0.0.1:0' }).listen.http, { host: '127.0.0.1', port: 0 })
  assert.equal(read({ GATEHOUSE_LISTEN__METRICS: 'off' }).listen.metrics, null)
})

test("takes a mail server by our names and by authentik's, and none where none is named", () => {
  assert.equal(read({}).mail, null)
  const mail = (environment: Record<string, string>) => read(environment).mail
  const authentik = {
    AUTHENTIK_EMAIL__HOST: 'smtp.example.com',
    AUTHENTIK_EMAIL__PORT: '2465',
    AUTHENTIK_EMAIL__USERNAME: 'mailer',
    AUTHENTIK_EMAIL__PASSWORD: 'hunter2',
    AUTHENTIK_EMAIL__USE_SSL: 'true',
    AUTHENTIK_EMAIL__TIMEOUT: '30',
    AUTHENTIK_EMAIL__FROM: 'authentik@example.com',
  }
  const moved = mail(authentik)
  assert.deepEqual(
    [moved?.host, moved?.port, moved?.security, moved?.timeout],
    ['smtp.example.com', 2465, 'tls', 30_000],
  )
  assert.equal(moved?.password && reveal(moved.password, 'test'), 'hunter2')
  assert.equal(mail({ ...authentik, GATEHOUSE_MAIL__SECURITY: 'starttls' })?.security, 'starttls')
  assert.equal(mail({ AUTHENTIK_EMAIL__HOST: 'relay', AUTHENTIK_EMAIL__USE_TLS: 'true' })?.security, 'starttls')
  assert.equal(mail({ AUTHENTIK_EMAIL__HOST: 'localhost' })?.security, 'none')
  // Without a word on it authentik sends in the clear; a link that signs in does not travel so.
  assert.equal(mail({ AUTHENTIK_EMAIL__HOST: 'relay' })?.security, 'starttls')
  const plain = { GATEHOUSE_MAIL__HOST: 'relay', GATEHOUSE_MAIL__SECURITY: 'none' }
  assert.match(refusal(plain), /GATEHOUSE_MAIL__SECURITY: "none" is for this machine alone/)
  assert.equal(mail({ ...plain, GATEHOUSE_MAIL__ALLOW_PLAIN_TO: 'relay' })?.security, 'none')
  assert.match(refusal({ GATEHOUSE_MAIL__HOST: 'relay', GATEHOUSE_MAIL__FROM: 'nobody' }), /GATEHOUSE_MAIL__FROM/)
  assert.match(refusal({ GATEHOUSE_MAIL__HOST: 'relay', GATEHOUSE_MAIL__PORT: 'many' }), /GATEHOUSE_MAIL__PORT/)
})
