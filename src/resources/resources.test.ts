import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationsWith, atApi, configurationWorld, testTypes } from '../../test/support/configuration-world.ts'
import { guardThat } from '../../test/support/guard-that.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { type CompiledToy, toyKinds } from '../../test/support/toy-provider.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { err, ok } from '../base/result.ts'
import { Closed, Ref, Type } from '../base/schema.ts'
import { reveal } from '../base/secret.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import type { Author } from './edit/author.ts'
import type { EditResult } from './edit/edit-one.ts'
import { giversFirst } from './edit/givers-first.ts'

const app = (members: JsonObject = {}, name = 'Cloud'): JsonObject => ({
  name,
  providers: { toy: { client_id: 'cloud', client_secret: { value: 'hunter2' }, ...members } },
})
const cloud = { type: 'applications', slug: 'cloud' }
const applications = applicationsWith()

/** What stands at a path of a spec, for members that the schema makes sure of. */
const at = (spec: JsonObject | undefined, ...steps: string[]): Json | undefined =>
  steps.reduce<Json | undefined>((value, step) => (value as JsonObject | undefined)?.[step], spec)

const done = async (edited: EditResult) => {
  const result = await edited
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
const refused = async (edited: EditResult) => {
  const result = await edited
  assert.ok(!result.ok, 'was not refused')
  return result.error
}

forEachEngine(
  'creates, replaces and deletes, each with a revision and an event that says who and what',
  async (open) => {
    const { resources, events } = await configurationWorld(await open())
    assert.equal((await done(resources.put(atApi, { ...cloud, spec: app() }))).outcome, 'created')
    const replaced = await done(
      resources.put({ ...atApi, why: 'a better name' }, { ...cloud, spec: app({}, 'Nextcloud') }),
    )
    assert.equal(replaced.outcome, 'updated')
    assert.deepEqual(replaced.changes, [{ path: 'name', before: 'Cloud', after: 'Nextcloud' }])
    assert.equal((await done(resources.delete(atApi, cloud))).outcome, 'deleted')
    assert.equal(await resources.get(cloud), undefined)
    const told = (await events()).filter((event) => event.target === 'applications/cloud')
    assert.deepEqual(
      told.map((event) => [event.type, event.actor, event.detail?.revision, event.detail?.why]),
      [
        ['resource.created', atApi.actor, 1, undefined],
        ['resource.updated', atApi.actor, 2, 'a better name'],
        ['resource.deleted', atApi.actor, 3, undefined],
      ],
    )
    assert.deepEqual(told[1]?.detail?.changes, [{ path: 'name', before: 'Cloud', after: 'Nextcloud' }])
  },
)

forEachEngine('M08 keeps secrets out of specs, history, events and answers', async (open) => {
  const store = await open()
  const { resources } = await configurationWorld(store)
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  await done(resources.put(atApi, { ...cloud, spec: app({ client_secret: { value: 'hunter3' } }) }))
  const seen = JSON.stringify([
    await resources.get(cloud),
    await resources.history(cloud, 10),
    await resources.diff(cloud, 0, 2),
    await resources.diff(cloud, 1, 2),
    (await store.events.list(store.read, { organisation: 'main', limit: 200 })).items,
    await store.resources.all(store.read),
    await store.secrets.all(store.read),
  ])
  assert.ok(!/hunter/.test(seen))
  assert.deepEqual(await resources.diff(cloud, 1, 2), {
    ok: true,
    value: [{ path: 'providers.toy.client_secret', before: '[secret, version 1]', after: '[secret, version 2]' }],
  })
})

forEachEngine('gives what was read back as it was: the secret stays, and nothing is written', async (open) => {
  const { resources, events } = await configurationWorld(await open())
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  const read = await resources.get(cloud)
  assert.equal((await done(resources.put(atApi, { ...cloud, spec: read?.spec }))).outcome, 'unchanged')
  assert.equal((await events('resource.updated')).length, 0)
})

forEachEngine('undo brings the old spec back with the secret of today', async (open) => {
  const { resources, live } = await configurationWorld(await open())
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  await done(resources.put(atApi, { ...cloud, spec: app({ client_secret: { value: 'today' } }, 'Renamed') }))
  const undone = await done(resources.undo(atApi, { ...cloud, revision: 1 }))
  assert.deepEqual(undone.changes, [{ path: 'name', before: 'Renamed', after: 'Cloud' }])
  const [revision] = await resources.history(cloud, 1)
  assert.equal(revision?.why, 'undo to revision 1')
  const snapshot = await live.current()
  const toy = snapshot.get(applications, 'cloud')?.providers.get('toy')?.compiled as CompiledToy
  assert.equal(toy.secret && reveal(toy.secret, 'test'), 'today')
})

forEachEngine('undo of a delete asks for the secret, which went with it', async (open) => {
  const store = await open()
  const { resources } = await configurationWorld(store)
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  await done(resources.delete(atApi, cloud))
  assert.deepEqual(await store.secrets.all(store.read), [])
  const failure = await refused(resources.undo(atApi, { ...cloud, revision: 1 }))
  assert.deepEqual(failure.issues, [
    { path: 'providers.toy.client_secret', message: 'the secret is gone; give a value' },
  ])
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  assert.equal((await resources.get(cloud))?.revision, 3)
})

forEachEngine('patches by JSON merge patch (RFC 7396)', async (open) => {
  const { resources } = await configurationWorld(await open())
  await done(resources.put(atApi, { ...cloud, spec: { ...app(), group: 'Files' } }))
  const patch = { group: null, providers: { toy: { validity: '2h', client_secret: { value: 'new' } } } }
  const patched = await done(resources.patch(atApi, { ...cloud, patch }))
  assert.deepEqual(
    patched.changes.map((change) => change.path),
    ['group', 'providers.toy.client_secret', 'providers.toy.validity'],
  )
  assert.equal((await refused(resources.patch(atApi, { ...cloud, slug: 'none', patch: {} }))).code, 'not_found')
})

forEachEngine('H11 refuses a patch that reaches an object prototype', async (open) => {
  const { resources } = await configurationWorld(await open())
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  const patch = JSON.parse('{"providers":{"__proto__":{"admin":true}}}')
  assert.equal((await refused(resources.patch(atApi, { ...cloud, patch }))).code, 'invalid')
})

forEachEngine('refuses an edit made from an older revision (If-Match)', async (open) => {
  const { resources } = await configurationWorld(await open())
  assert.equal((await refused(resources.put(atApi, { ...cloud, spec: app(), expected: 1 }))).code, 'conflict')
  await done(resources.put(atApi, { ...cloud, spec: app(), expected: 0 }))
  assert.equal((await refused(resources.put(atApi, { ...cloud, spec: app(), expected: 0 }))).code, 'conflict')
  await done(resources.put(atApi, { ...cloud, spec: app({}, 'Two'), expected: 1 }))
  assert.equal((await refused(resources.delete(atApi, { ...cloud, expected: 1 }))).code, 'conflict')
})

forEachEngine('of edits made at once from one revision, one wins', async (open) => {
  const { resources } = await configurationWorld(await open())
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  const edits = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      resources.put(atApi, { ...cloud, spec: app({}, `Name ${index}`), expected: 1 }),
    ),
  )
  assert.equal(edits.filter((edit) => edit.ok).length, 1)
  assert.ok(edits.every((edit) => edit.ok || edit.error.code === 'conflict'))
})

forEachEngine('an edit that does not compile changes nothing and leaves no event', async (open) => {
  const { resources, events, live } = await configurationWorld(await open())
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  const before = (await events()).length
  const failure = await refused(resources.put(atApi, { ...cloud, spec: app({ client_id: 'does-not-compile' }) }))
  assert.equal(failure.code, 'invalid')
  assert.deepEqual(failure.issues, [{ path: 'providers.toy.client_id', message: 'does not compile' }])
  assert.equal((await resources.get(cloud))?.revision, 1)
  assert.equal((await events()).length, before)
  assert.ok((await live.current()).lookup('client_id', 'cloud'))
})

forEachEngine('H08 refuses a condition that CEL cannot read, and says where', async (open) => {
  const { resources } = await configurationWorld(await open())
  const spec = { ...app(), access: { allow: { when: 'user.nme == "ana"' } } }
  const failure = await refused(resources.put(atApi, { ...cloud, spec }))
  assert.equal(failure.issues[0]?.path, 'access.allow.when')
})

forEachEngine('refuses names of what does not stand, groups too', async (open) => {
  const { resources } = await configurationWorld(await open())
  const spec = { ...app(), access: { allow: { groups: ['staff'] } } }
  const failure = await refused(resources.put(atApi, { ...cloud, spec }))
  assert.deepEqual(failure.issues, [{ path: 'access.allow.groups[0]', message: 'there is no "staff" among groups' }])
  const flows = { name: 'A', flows: { sign_in: 'nowhere' } }
  assert.equal((await refused(resources.put(atApi, { ...cloud, spec: flows }))).issues[0]?.path, 'flows.sign_in')
})

forEachEngine('refuses to delete what others use, and says who', async (open) => {
  const { resources } = await configurationWorld(await open())
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  const failure = await refused(resources.delete(atApi, { type: 'keypairs', slug: 'default-rs256' }))
  assert.equal(failure.code, 'in_use')
  assert.match(failure.message, /applications\/cloud/)
  const role = await refused(resources.delete(atApi, { type: 'roles', slug: 'administrator' }))
  assert.match(role.message, /groups\/admins/)
  await done(resources.delete(atApi, { type: 'keypairs', slug: 'default-es256' }))
})

forEachEngine('refuses a unique key that another holds, and says who', async (open) => {
  const { resources } = await configurationWorld(await open())
  await done(resources.put(atApi, { ...cloud, spec: app() }))
  const failure = await refused(resources.put(atApi, { type: 'applications', slug: 'other', spec: app() }))
  assert.equal(failure.code, 'conflict')
  assert.match(failure.message, /client_id "cloud" is taken by applications\/cloud/)
  const second = await refused(resources.put(atApi, { type: 'brands', slug: 'second', spec: { default: true } }))
  assert.equal(second.code, 'conflict')
})

forEachEngine('refuses the slugs that are addresses of ours, and a second of what there is one of', async (open) => {
  const { resources } = await configurationWorld(await open())
  for (const slug of ['authorize', 'token', 'userinfo', 'introspect', 'revoke', 'device', 'par']) {
    assert.equal((await refused(resources.put(atApi, { type: 'applications', slug, spec: app() }))).code, 'reserved')
  }
  assert.equal((await refused(resources.put(atApi, { type: 'settings', slug: 'two', spec: {} }))).code, 'reserved')
  assert.equal((await refused(resources.delete(atApi, { type: 'settings', slug: 'instance' }))).code, 'reserved')
  assert.equal((await refused(resources.put(atApi, { type: 'nothing', slug: 'two', spec: {} }))).code, 'not_found')
  assert.equal((await refused(resources.put(atApi, { ...cloud, slug: 'No Slug', spec: app() }))).code, 'invalid')
})

forEachEngine('a dry run answers with the difference and writes nothing', async (open) => {
  const { resources, events } = await configurationWorld(await open())
  const before = (await events()).length
  const tried = await done(resources.put(atApi, { ...cloud, spec: app(), dryRun: true }))
  assert.equal(tried.outcome, 'created')
  assert.ok(tried.changes.some((change) => change.path === 'providers.toy.client_id' || change.path === 'providers'))
  assert.equal(await resources.get(cloud), undefined)
  assert.equal((await events()).length, before)
})

forEachEngine('what a file manages is read-only for everybody else, and says which file', async (open) => {
  const store = await open()
  const { resources } = await configurationWorld(store)
  const written = await done(resources.put(atApi, { ...cloud, spec: app() }))
  const { id = '', spec = {} } = written.resource ?? {}
  await store.write((tx) =>
    store.resources.put(tx, {
      ...cloud,
      id,
      spec,
      schema: 1,
      expected: 1,
      organisation: 'main',
      managedBy: 'gatehouse.yaml',
      lookups: [{ kind: 'client_id', key: 'cloud' }],
      refs: [],
      actor: {},
      why: null,
      now: 1,
    }),
  )
  for (const edited of [
    resources.put(atApi, { ...cloud, spec: app({}, 'Other') }),
    resources.patch(atApi, { ...cloud, patch: { name: 'Other' } }),
    resources.undo(atApi, { ...cloud, revision: 1 }),
    resources.delete(atApi, cloud),
  ]) {
    const failure = await refused(edited)
    assert.equal(failure.code, 'managed_by_file')
    assert.match(failure.message, /gatehouse\.yaml/)
  }
  const file: Author = { ...atApi, file: { env: () => undefined, file: () => ({ ok: false, error: 'no' }) } }
  await done(resources.put(file, { ...cloud, spec: app({}, 'Other') }))
})

forEachEngine('I12 reads no environment and no file for a caller of the API', async (open) => {
  const { resources } = await configurationWorld(await open())
  for (const given of [{ env: 'PATH' }, { file: '/etc/passwd' }, { file: '../../etc/passwd' }, { sealed: 'a:b' }]) {
    const failure = await refused(resources.put(atApi, { ...cloud, spec: app({ client_secret: given }) }))
    assert.equal(failure.issues[0]?.path, 'providers.toy.client_secret')
  }
})

/** A type that others lean on: `boards` hold `weight`, `shelves` stand on a board that bears it. */
const boards: ResourceType<{ weight: number }, { weight: number }> = {
  type: 'boards',
  singular: 'board',
  schema: Closed({ weight: Type.Integer() }),
  version: 1,
  read: 'settings.read',
  write: 'settings.write',
  compile: (spec) => ok(spec),
}
const shelves: ResourceType<{ board: string }, number> = {
  type: 'shelves',
  singular: 'shelf',
  schema: Closed({ board: Ref('boards') }),
  version: 1,
  read: 'settings.read',
  write: 'settings.write',
  compile: (spec, _, context) => {
    const weight = context.get(boards, spec.board)?.weight ?? 0
    return weight > 9 ? err([{ path: 'board', message: 'is too heavy' }]) : ok(weight)
  },
}

forEachEngine('an edit that breaks another resource is refused, and names that one', async (open) => {
  const { resources, live } = await configurationWorld(await open(), { types: [boards, shelves], ship: false })
  await done(resources.put(atApi, { type: 'boards', slug: 'oak', spec: { weight: 5 } }))
  await done(resources.put(atApi, { type: 'shelves', slug: 'top', spec: { board: 'oak' } }))
  const failure = await refused(resources.put(atApi, { type: 'boards', slug: 'oak', spec: { weight: 10 } }))
  assert.deepEqual(failure.issues, [{ path: 'shelves.top.board', message: 'is too heavy' }])
  assert.equal((await live.current()).get(shelves, 'top'), 5)
})

forEachEngine('I19 the guard sees everything as it will be, and its no rolls everything back', async (open) => {
  const store = await open()
  const { resources } = await configurationWorld(store, {
    guard: guardThat(async (_, snapshot) => snapshot.lookup('client_id', 'cloud') !== undefined),
  })
  for (const dryRun of [true, false]) {
    const failure = await refused(resources.put(atApi, { ...cloud, spec: app(), dryRun }))
    assert.equal(failure.code, 'locked_out')
    assert.deepEqual(failure.issues, [{ path: '', message: 'root would stay outside.' }])
  }
  assert.equal(await resources.get(cloud), undefined)
  assert.deepEqual(await store.secrets.all(store.read), [])
})

forEachEngine('a renamed group is found again by whatever names it', async (open) => {
  const store = await open()
  const { resources } = await configurationWorld(store)
  const spec = { ...app(), access: { allow: { groups: ['admins'] } } }
  await done(resources.put(atApi, { ...cloud, spec }))
  await store.write(async (tx) => {
    const group = await store.groups.bySlug(tx, 'admins')
    assert.ok(group)
    await store.groups.update(tx, group.id, { slug: 'bosses' }, 1)
    assert.deepEqual(await resources.groupRenamed(tx, atApi, 'admins', 'bosses'), { ok: true, value: 1 })
  })
  const read = await resources.get(cloud)
  assert.deepEqual(at(read?.spec, 'access', 'allow'), { groups: ['bosses'] })
})

forEachEngine('reads specs of older versions as today’s, and leaves history as it was written', async (open) => {
  const store = await open()
  const { resources } = await configurationWorld(store)
  const old = { name: 'Old', providers: { toy: { kind: 'toy', client: 'old' } } }
  const spec = await done(resources.put(atApi, { ...cloud, spec: old }))
  assert.equal(at(spec.resource?.spec, 'providers', 'toy', 'client_id'), 'old')
  await store.write((tx) =>
    store.resources.put(tx, {
      ...cloud,
      id: spec.resource?.id ?? '',
      spec: old,
      schema: 1,
      expected: 1,
      organisation: 'main',
      managedBy: null,
      lookups: [],
      refs: [],
      actor: {},
      why: null,
      now: 1,
    }),
  )
  const read = await resources.get(cloud)
  assert.deepEqual(at(read?.spec, 'providers', 'toy'), {
    kind: 'toy',
    version: 2,
    client_id: 'old',
    signing_key: 'default-rs256',
    validity: '1h',
    scopes: {},
  })
  const [newest] = await resources.history(cloud, 1)
  assert.deepEqual(newest?.spec, old)
})

forEachEngine('a resource that no longer compiles does not stop the repair of others', async (open) => {
  const store = await open()
  const first = await configurationWorld(store)
  await done(first.resources.put(atApi, { ...cloud, spec: app() }))
  first.close()
  const [, bare] = toyKinds
  assert.ok(bare)
  const { resources, live } = await configurationWorld(store, { types: testTypes([bare]) })
  assert.equal(live.problems()[0]?.serving, false)
  const other = { type: 'applications', slug: 'other', spec: { name: 'Other', providers: { bare: {} } } }
  await done(resources.put(atApi, other))
  await done(resources.delete(atApi, cloud))
})

test('whoever gives a key up goes first, along chains of any length; a circle ends', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => index)
  assert.deepEqual(
    giversFirst(chain, (step) => (step + 1 < chain.length ? [step + 1] : [])),
    chain.toReversed(),
  )
  assert.deepEqual(
    giversFirst(['a', 'b'], (step) => (step === 'a' ? ['b'] : ['a'])),
    ['b', 'a'],
  )
})
