import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationsWith, atApi, configurationWorld, testTypes } from '../../../test/support/configuration-world.ts'
import { forEachEngine } from '../../../test/support/stores.ts'
import { testRing } from '../../../test/support/test-ring.ts'
import { type CompiledToy, toy, toyKinds } from '../../../test/support/toy-provider.ts'
import type { JsonObject } from '../../base/json.ts'
import { err, ok } from '../../base/result.ts'
import { Closed, Type } from '../../base/schema.ts'
import { reveal } from '../../base/secret.ts'
import type { ProviderKind } from '../../kinds/contract/provider.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import { compileExpression } from '../../policy/expression/compile-expression.ts'
import type { StoredResource } from '../../store/store.ts'
import { keypairType } from '../types/keypair-type.ts'
import { type CompiledSet, compileSet } from './compile-set.ts'
import { providerSnapshotOf } from './provider-snapshot.ts'
import { snapshotOf } from './snapshot.ts'

/** Links of a chain: each asks for the next and counts how often it was compiled. */
const chain = () => {
  const compiled: string[] = []
  const links: ResourceType<{ next?: string; fails?: boolean }, { slug: string; next: unknown }> = {
    type: 'links',
    singular: 'link',
    schema: Closed({ next: Type.Optional(Type.String()), fails: Type.Optional(Type.Boolean()) }),
    version: 1,
    read: 'settings.read',
    write: 'settings.write',
    lookups: () => [],
    compile: (spec, { slug }, context) => {
      compiled.push(slug)
      if (spec.fails) return err([{ path: 'fails', message: 'fails' }])
      return ok({ slug, next: spec.next === undefined ? null : (context.get(links, spec.next) ?? 'nothing') })
    },
  }
  const stored = (slug: string, spec: JsonObject, revision = 1): StoredResource => ({
    id: slug,
    type: 'links',
    slug,
    schema: 1,
    spec,
    revision,
    organisation: 'main',
    managedBy: null,
    updatedAt: 0,
  })
  const run = (resources: readonly StoredResource[], previous: CompiledSet | null = null) => {
    compiled.length = 0
    const types = new Map<string, ResourceType>([['links', links]])
    const set = compileSet({
      types,
      stored: resources,
      expression: compileExpression,
      secret: () => undefined,
      previous,
    })
    return { set, compiled: [...compiled] }
  }
  return { links, stored, run }
}

test('a change compiles that resource and its dependents again, and shares the rest', () => {
  const { links, stored, run } = chain()
  const a = stored('a', { next: 'b' })
  const b = stored('b', { next: 'c' })
  const c = stored('c', {})
  const d = stored('d', {})
  const first = run([a, b, c, d])
  assert.deepEqual(first.compiled, ['a', 'b', 'c', 'd'])
  assert.deepEqual(run([a, b, c, d], first.set).compiled, [])
  const second = run([a, { ...b, revision: 2 }, c, d], first.set)
  assert.deepEqual(second.compiled, ['b', 'a'])
  const before = snapshotOf(first.set, 1)
  const after = snapshotOf(second.set, 2)
  assert.equal(after.get(links, 'c'), before.get(links, 'c'))
  assert.equal(after.get(links, 'd'), before.get(links, 'd'))
  assert.notEqual(after.get(links, 'a'), before.get(links, 'a'))
  assert.equal(run([a, b, c, d], first.set).set.byType.get('links'), first.set.byType.get('links'))
})

test('a resource that comes or goes compiles again what asked for it', () => {
  const { stored, run } = chain()
  const a = stored('a', { next: 'b' })
  const alone = run([a])
  const joined = run([a, stored('b', {})], alone.set)
  assert.deepEqual(joined.compiled.sort(), ['a', 'b'])
  assert.deepEqual(run([a], joined.set).compiled, ['a'])
})

test('resources that name each other in a circle end, each with nothing in the other’s place', () => {
  const { stored, run } = chain()
  const { set, compiled } = run([stored('a', { next: 'b' }), stored('b', { next: 'a' })])
  assert.deepEqual(compiled, ['a', 'b'])
  assert.deepEqual(set.problems, [])
})

test('what no longer compiles leaves its last good form serving, and is told', () => {
  const { links, stored, run } = chain()
  const good = run([stored('a', {})])
  const bad = run([stored('a', { fails: true }, 2)], good.set)
  assert.equal(snapshotOf(bad.set, 2).get(links, 'a'), snapshotOf(good.set, 1).get(links, 'a'))
  assert.deepEqual(bad.set.problems, [
    { type: 'links', slug: 'a', revision: 2, issues: [{ path: 'fails', message: 'fails' }], serving: true },
  ])
  const never = run([stored('a', { fails: true })])
  assert.equal(snapshotOf(never.set, 1).get(links, 'a'), undefined)
  assert.equal(never.set.problems[0]?.serving, false)
})

test('the last good form of a deleted resource never serves for its successor of the same name', () => {
  const { links, stored, run } = chain()
  const good = run([stored('a', {})])
  const successor = { ...stored('a', { fails: true }, 3), id: 'another' }
  assert.equal(snapshotOf(run([successor], good.set).set, 2).get(links, 'a'), undefined)
})

test('H11 a slug that is a word of JavaScript finds nothing', () => {
  const { links, stored, run } = chain()
  const snapshot = snapshotOf(run([stored('a', {})]).set, 1)
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.equal(snapshot.get(links, name), undefined)
    assert.equal(snapshot.lookup(name, name), undefined)
  }
})

const cloud = { type: 'applications', slug: 'cloud' }
const spec = (clientId: string, secret = 'one') => ({
  name: 'Cloud',
  providers: { toy: { client_id: clientId, client_secret: { value: secret } }, extra: { kind: 'bare' } },
})

forEachEngine('every process sees a change, on SQLite with the next request', async (open, engine) => {
  const first = await configurationWorld(await open())
  const ring = first.ring
  const second = await configurationWorld(await open(), { ring })
  const applications = applicationsWith()
  /** PostgreSQL tells other processes by a message, which may be a moment away. */
  const current = async ({ live }: typeof first, client: string) => {
    let snapshot = await live.current()
    while (engine === 'postgres' && !snapshot.lookup('client_id', client)) {
      await new Promise(setImmediate)
      snapshot = await live.current()
    }
    return snapshot
  }
  assert.ok((await first.resources.put(atApi, { ...cloud, spec: spec('one') })).ok)
  for (const world of [first, second]) {
    const snapshot = await current(world, 'one')
    const toyOf = snapshot.get(applications, 'cloud')?.providers.get('toy')?.compiled as CompiledToy
    assert.equal(toyOf.secret && reveal(toyOf.secret, 'test'), 'one')
  }
  assert.ok((await second.resources.put(atApi, { ...cloud, spec: spec('two', 'two') })).ok)
  for (const world of [second, first]) {
    const snapshot = await current(world, 'two')
    assert.equal(snapshot.lookup('client_id', 'one'), undefined)
    assert.deepEqual(snapshot.lookup('client_id', 'two'), cloud)
  }
})

forEachEngine('asking again while nothing changed gives the same snapshot', async (open) => {
  const { live, resources } = await configurationWorld(await open())
  const snapshot = await live.current()
  assert.equal(await live.current(), snapshot)
  assert.equal(live.last(), snapshot)
  assert.ok((await resources.put(atApi, { ...cloud, spec: spec('one') })).ok)
  const next = await live.current()
  assert.ok(next.revision > snapshot.revision)
  assert.equal(next.get(keypairType, 'default-rs256'), snapshot.get(keypairType, 'default-rs256'))
})

forEachEngine('requests during a change are all answered with a snapshot that has it', async (open) => {
  const { live, resources } = await configurationWorld(await open())
  assert.ok((await resources.put(atApi, { ...cloud, spec: spec('one') })).ok)
  const answers = await Promise.all(Array.from({ length: 20 }, () => live.current()))
  assert.ok(answers.every((snapshot) => snapshot.lookup('client_id', 'one')))
})

forEachEngine(
  'O03 after an upgrade that a resource does not survive, it is told and nothing looser serves',
  async (open) => {
    const store = await open()
    const before = await configurationWorld(store)
    assert.ok((await before.resources.put(atApi, { ...cloud, spec: spec('one') })).ok)
    before.close()
    const stricter: ProviderKind = {
      ...(toy as ProviderKind),
      compile: () => err([{ path: '', message: 'no longer' }]),
    }
    const after = await configurationWorld(store, {
      ring: before.ring,
      types: testTypes([stricter, ...toyKinds.slice(1)]),
    })
    assert.equal((await after.live.current()).lookup('client_id', 'one'), undefined)
    assert.deepEqual(
      after.problems.map((one) => [one.type, one.slug, one.serving, one.issues[0]?.path]),
      [['applications', 'cloud', false, 'providers.toy']],
    )
  },
)

forEachEngine('M08 a secret that does not open takes its resource out of service, not the process', async (open) => {
  const store = await open()
  const before = await configurationWorld(store)
  assert.ok((await before.resources.put(atApi, { ...cloud, spec: spec('one') })).ok)
  before.close()
  const after = await configurationWorld(store, { ring: await testRing() })
  assert.equal(after.problems[0]?.issues[0]?.path, 'providers.toy.client_secret')
})

forEachEngine('providers are found by their unique keys, among those of their application', async (open) => {
  const { live, resources } = await configurationWorld(await open())
  assert.ok((await resources.put(atApi, { ...cloud, spec: spec('one') })).ok)
  assert.ok((await resources.put(atApi, { type: 'brands', slug: 'b', spec: { domains: ['one.example.com'] } })).ok)
  const snapshot = await live.current()
  const view = providerSnapshotOf(snapshot, applicationsWith())
  assert.equal(view.lookup('client_id', 'one')?.name, 'toy')
  assert.equal(view.lookup('client_id', 'one')?.application, 'cloud')
  assert.equal(view.lookup('client_id', 'two'), undefined)
  // A brand's host is no provider's.
  assert.deepEqual(snapshot.lookup('host', 'one.example.com'), { type: 'brands', slug: 'b' })
  assert.equal(view.lookup('host', 'one.example.com'), undefined)
  assert.equal(providerSnapshotOf(snapshot, applicationsWith()), view)
})
