/** The unit that we ship, judged by systemd's own tools. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { ensureApt } from '../support/apt.ts'

const skip = ensureApt(['systemd']) ? false : 'needs the Debian package systemd'
const unit = path.resolve(import.meta.dirname, '../../deploy/systemd/gatehouse.service')

/** The unit with its program where this machine has it. */
const here = (context: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'systemd-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'gatehouse.service')
  writeFileSync(file, readFileSync(unit, 'utf8').replace(/ExecStart=\S+/, `ExecStart=${process.execPath}`))
  return file
}

test('systemd finds nothing wrong in the unit', { skip }, (context) => {
  const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', here(context)], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(status, 0)
})

test('the service is confined: systemd rates its exposure below 2 of 10', { skip }, (context) => {
  execFileSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', here(context)], { stdio: 'ignore' })
})
