import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { testRing } from '../../../test/support/test-ring.ts'
import type { JsonObject } from '../../base/json.ts'
import { err, ok } from '../../base/result.ts'
import { Closed, SlugMap } from '../../base/schema.ts'
import { reveal } from '../../base/secret.ts'
import { SecretReference } from '../../base/secret-reference.ts'
import { serverSecrets } from './server-secrets.ts'
import { carriedSecret, type HeldSecret, type SecretSources, settleSecrets } from './settle-secrets.ts'
import { secretPlace, storedSecrets } from './stored-secrets.ts'

const Spec = Closed({ keys: SlugMap(SecretReference()) })
const ring = await testRing()

const sources: SecretSources = {
  env: (name) => ({ CLIENT_SECRET: 'from the environment' })[name],
  file: (name) => (name === 'secret.txt' ? ok('from a file') : err('cannot be read')),
}

/** A resource with secrets of its own, edited again and again. */
const world = () => {
  const rows = new Map<string, HeldSecret>()
  const formerly = new Set<string>()
  let before: JsonObject | null = null
  let made = 0
  const settle = (keys: JsonObject, from: SecretSources | null = sources) =>
    settleSecrets({
      schema: Spec,
      spec: { keys },
      before,
      formerly,
      held: (id) => rows.get(id),
      sources: from,
      ring,
      newId: () => `id-${++made}`,
    })
  const edit = (keys: JsonObject, from: SecretSources | null = sources) => {
    const settled = settle(keys, from)
    assert.ok(settled.ok, JSON.stringify(settled))
    for (const write of settled.value.writes) {
      rows.set(write.id, write)
      formerly.add(write.id)
    }
    before = settled.value.spec
    return { keys: settled.value.spec.keys as JsonObject, writes: settled.value.writes.length }
  }
  const plain = (id: string) => {
    const row = rows.get(id)
    return row && reveal(ring.unseal(row.sealed, secretPlace(id)), 'test')
  }
  return { rows, edit, settle, plain }
}

const refusal = (settled: ReturnType<ReturnType<typeof world>['settle']>): string => {
  assert.equal(settled.ok, false)
  return settled.ok ? '' : settled.error.map((issue) => `${issue.path}: ${issue.message}`).join('\n')
}

test('keeps a secret out of the spec, and its source in it', () => {
  const { edit, plain } = world()
  const { keys } = edit({ a: { value: 'plain' }, b: { env: 'CLIENT_SECRET' }, c: { file: 'secret.txt' } })
  assert.deepEqual(keys, {
    a: { secret: 'id-1', version: 1 },
    b: { secret: 'id-2', version: 1, env: 'CLIENT_SECRET' },
    c: { secret: 'id-3', version: 1, file: 'secret.txt' },
  })
  assert.deepEqual(['id-1', 'id-2', 'id-3'].map(plain), ['plain', 'from the environment', 'from a file'])
})

test('makes no new version of the same value, and one of another', () => {
  const { edit, plain } = world()
  edit({ a: { value: 'one' } })
  assert.deepEqual(edit({ a: { value: 'one' } }), { keys: { a: { secret: 'id-1', version: 1 } }, writes: 0 })
  assert.deepEqual(edit({ a: { value: 'two' } }), { keys: { a: { secret: 'id-1', version: 2 } }, writes: 1 })
  assert.equal(plain('id-1'), 'two')
})

test('undo keeps the secret of today', () => {
  const { edit } = world()
  edit({ a: { value: 'one' } })
  edit({ a: { value: 'two' } })
  assert.deepEqual(edit({ a: { secret: 'id-1', version: 1 } }).keys, { a: { secret: 'id-1', version: 2 } })
  edit({})
  assert.deepEqual(edit({ a: { secret: 'id-1', version: 1 } }).keys, { a: { secret: 'id-1', version: 2 } })
})

test('refuses a secret of another resource', () => {
  const { settle, rows } = world()
  rows.set('other', { sealed: ring.seal('x', secretPlace('other')), version: 1 })
  assert.match(refusal(settle({ a: { secret: 'other', version: 1 } })), /^keys\.a: names a secret that is not/)
})

test('I12 reads no variable, file or sealed text for a caller of the API', () => {
  const { settle } = world()
  for (const given of [{ env: 'CLIENT_SECRET' }, { file: 'secret.txt' }, { sealed: 'x:y' }]) {
    assert.match(refusal(settle({ a: given }, null)), /give a value/)
  }
})

test('I12 hands out none of the server’s own variables', () => {
  const { settle } = world()
  const everything: SecretSources = { ...sources, env: () => 'the secret key' }
  for (const env of ['GATEHOUSE_SECRET_KEY', 'AUTHENTIK_SECRET_KEY', 'GATEHOUSE_DATABASE_URL', 'PG_PASS']) {
    assert.match(refusal(settle({ a: { env } }, everything)), /serves nothing else/)
  }
})

test('tells which variable is not set', () => {
  assert.match(refusal(world().settle({ a: { env: 'NOT_THERE' } })), /NOT_THERE is not set/)
})

test('takes sealed text back with its id and bytes, and under a new id where that one is taken', () => {
  const { edit, rows, plain } = world()
  const sealed = ring.seal('carried', secretPlace('origin'))
  assert.deepEqual(edit({ a: { sealed: carriedSecret('origin', sealed) } }).keys, {
    a: { secret: 'origin', version: 1 },
  })
  assert.equal(rows.get('origin')?.sealed, sealed)
  const again = edit({ a: { secret: 'origin', version: 1 }, b: { sealed: carriedSecret('origin', sealed) } })
  assert.deepEqual(again.keys.b, { secret: 'id-1', version: 1 })
  assert.equal(plain('id-1'), 'carried')
})

test('refuses sealed text that was altered or moved', () => {
  const { settle } = world()
  const sealed = ring.seal('carried', secretPlace('origin'))
  for (const text of [
    carriedSecret('elsewhere', sealed),
    carriedSecret('origin', `${sealed}A` as typeof sealed),
    'nonsense',
  ]) {
    assert.match(refusal(settle({ a: { sealed: text } })), /does not open/)
  }
})

test('finds the secrets of a spec by their paths', () => {
  const { edit } = world()
  const { keys } = edit({ a: { value: 'x' } })
  assert.deepEqual([...storedSecrets(Spec, { keys })], [['keys.a', { secret: 'id-1', version: 1 }]])
})

test('I12 reads files below its folders only, by where they really lie', (context) => {
  const root = mkdtempSync(path.join(tmpdir(), 'secrets-'))
  context.after(() => rmSync(root, { recursive: true }))
  mkdirSync(path.join(root, 'config'))
  writeFileSync(path.join(root, 'outside'), 'outside')
  writeFileSync(path.join(root, 'config', 'inside'), 'inside\n')
  symlinkSync('../outside', path.join(root, 'config', 'link'))
  symlinkSync('inside', path.join(root, 'config', 'good-link'))
  const folder = path.join(root, 'config')
  writeFileSync(path.join(folder, 'secret.key'), 'of the house')
  symlinkSync('secret.key', path.join(folder, 'key-link'))
  const { file } = serverSecrets({}, { folder, roots: [], never: [path.join(folder, 'secret.key')] })
  assert.equal(serverSecrets({}, { folder: '/', roots: [] }).file('etc/passwd').ok, false)
  assert.deepEqual(file('inside'), ok('inside'))
  assert.deepEqual(file('good-link'), ok('inside'))
  for (const name of [
    '../outside',
    'link',
    path.join(root, 'outside'),
    '/etc/passwd',
    '../../etc/passwd',
    '.',
    'secret.key',
    'key-link',
  ]) {
    assert.equal(file(name).ok, false, name)
  }
  assert.equal(file('missing').ok, false)
})
