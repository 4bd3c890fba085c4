import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../../base/schema.ts'
import { reveal, secret } from '../../base/secret.ts'
import { compileMail, MailSpec } from './mail-spec.ts'

const judge = (given: object, password?: string) => {
  const spec = parse(MailSpec, { host: 'smtp.example.com', from: 'sso@example.com', ...given })
  return spec.ok ? compileMail(spec.value, () => (password === undefined ? undefined : secret(password))) : spec
}
const pathOf = (given: object): string => {
  const judged = judge(given)
  return judged.ok ? 'taken' : judged.error.map(({ path }) => path.replace(/^mail\./, '')).join()
}

test('asks for encryption unless told otherwise, at the port of each way', () => {
  for (const [given, port] of [
    [{}, 587],
    [{ security: 'tls' }, 465],
    [{ security: 'none', host: '127.0.0.1' }, 25],
    [{ port: 2525 }, 2525],
  ] as const) {
    const judged = judge(given)
    assert.ok(judged.ok)
    assert.equal(judged.value.port, port)
  }
})

test('sends nothing in the clear beyond this machine, unless the server is named for it', () => {
  assert.equal(pathOf({ security: 'none' }), 'security')
  assert.equal(pathOf({ security: 'none', allow_plain_to: 'other.example.com' }), 'security')
  assert.equal(pathOf({ security: 'none', allow_plain_to: 'SMTP.example.com' }), 'taken')
  for (const host of ['localhost', '127.0.0.1', '::1']) assert.equal(pathOf({ security: 'none', host }), 'taken')
  for (const host of ['127.0.0.1.evil.example', 'localhost.evil.example', '0.0.0.0']) {
    assert.equal(pathOf({ security: 'none', host }), 'security', host)
  }
})

test('takes no host, sender or certificate that is none', () => {
  for (const host of ['', 'a b', 'smtp.example.com\r\nX', 'https://smtp.example.com', 'user@host', '-x']) {
    assert.equal(pathOf({ host }), 'host', JSON.stringify(host))
  }
  for (const from of ['nobody', 'a@b@c.example', 'x <a@example.com>, <b@example.com>']) {
    assert.equal(pathOf({ from }), 'from', from)
  }
  assert.equal(pathOf({ from: 'x\r\nBcc: eve@example.com' }), 'from')
  assert.equal(pathOf({ ca: 'not a certificate' }), 'ca')
  assert.equal(pathOf({ timeout: '1h' }), 'timeout')
  assert.equal(pathOf({ password: { secret: 'id', version: 1 } }), 'password')
})

test('opens the password, and shows it nowhere', () => {
  const judged = judge({ username: 'mailer', password: { secret: 'id', version: 1 } }, 'hunter2')
  assert.ok(judged.ok && judged.value.password)
  assert.equal(reveal(judged.value.password, 'test'), 'hunter2')
  assert.ok(!JSON.stringify(judged.value).includes('hunter2'))
})
