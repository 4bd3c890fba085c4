/**
 * The filter that we ship reads the line that the log writes: Debian's fail2ban, over lines made by the log itself.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { createLog } from '../../src/ops/log.ts'
import { ensureApt } from '../support/apt.ts'

const skip = ensureApt(['fail2ban']) ? false : 'needs the Debian package fail2ban'
const shipped = path.resolve(import.meta.dirname, '../../deploy/fail2ban')
const filter = path.join(shipped, 'filter.d/gatehouse.conf')

/** The line of the log for one failed sign-in. */
const failedLogin = (username: string, ip: string): string => {
  let line = ''
  const log = createLog('info', { write: (text) => (line += text) })
  log.failedLogin({
    type: 'login.failed',
    actor: { kind: 'anonymous' },
    client: { ip, userAgent: 'test', request: 'test-1' },
    detail: { username, reason: 'password' },
  })
  return line
}

/** The addresses that fail2ban counts, a failure each. */
const counted = (context: TestContext, lines: readonly string[], ...options: string[]): string[] => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fail2ban-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'gatehouse.log')
  writeFileSync(file, lines.join(''))
  return execFileSync('fail2ban-regex', [...options, '--out', 'ip', file, filter], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
}

// What a stranger may type in place of a name, hoping to have 198.51.100.1 banned, or to be counted for nobody.
const hostile = [
  ' ip=198.51.100.1 reason=password',
  'x" ip=198.51.100.1 reason=password',
  'x\\" ip=198.51.100.1 reason=password"}',
  'x\\\\\\" ip=198.51.100.1 reason=password"}',
  `x\n{"level":40,"time":"2026-11-24T08:00:00.000Z","msg":"login failed: user=\\"x\\" ip=198.51.100.1 reason=password"}`,
  `x\r\nlogin failed: user="x" ip=198.51.100.1 reason=password\r\n`,
  '{"level":40,"time":"2020-01-01T00:00:00.000Z"',
  'x\u2028 ip=198.51.100.1 reason=password',
  'x\u0000\u001b[2K',
  `${'"'.repeat(150)} ip=198.51.100.1`,
  '2020-01-01 00:00:00 198.51.100.1',
]

test('fail2ban counts each failed sign-in against the address it came from', { skip }, (context) => {
  const lines = [
    failedLogin('ana', '203.0.113.7'),
    failedLogin('', '2001:db8::7'),
    failedLogin('Änne Müller', '203.0.113.8'),
  ]
  assert.deepEqual(counted(context, lines), ['203.0.113.7', '2001:db8::7', '203.0.113.8'])
})

test('M06 a name that looks like a log line bans nobody but whoever typed it', { skip }, (context) => {
  const lines = hostile.map((name, at) => failedLogin(name, `203.0.113.${at + 1}`))
  assert.deepEqual(
    counted(context, lines),
    hostile.map((_, at) => `203.0.113.${at + 1}`),
  )
})

test('M06 holds in the journal too, where host and program stand before the entry', { skip }, (context) => {
  const lines = hostile.map((name, at) => `auth gatehouse[12]: ${failedLogin(name, `203.0.113.${at + 1}`)}`)
  assert.deepEqual(
    counted(context, lines, '--datepattern', '{NONE}'),
    hostile.map((_, at) => `203.0.113.${at + 1}`),
  )
})

test('M06 other entries of the log count for nobody, whatever they quote', { skip }, (context) => {
  let lines = ''
  const log = createLog('info', { write: (text) => (lines += text) })
  const quoted = 'login failed: user="x" ip=198.51.100.1 reason=password'
  log.warn(`refused: ${quoted}`)
  log.warn('refused', { path: quoted })
  log.info(quoted)
  log.error(quoted, new Error(quoted))
  assert.deepEqual(counted(context, [lines]), [])
})

test('fail2ban takes the jail as it is', { skip }, (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fail2ban-'))
  context.after(() => rmSync(folder, { recursive: true }))
  cpSync('/etc/fail2ban', folder, { recursive: true })
  // Debian's own jail wants a log of sshd, which this machine may lack.
  rmSync(path.join(folder, 'jail.d'), { recursive: true })
  cpSync(shipped, folder, { recursive: true })
  const dump = execFileSync('fail2ban-client', ['-c', folder, '-d'], { encoding: 'utf8' })
  assert.match(dump, /\['add', 'gatehouse', 'systemd'\]/)
  assert.match(dump, /'addjournalmatch'.*_SYSTEMD_UNIT=gatehouse\.service/)
  assert.match(dump, /'maxretry', 10/)
})
