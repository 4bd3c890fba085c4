/** Resources: every change is a revision, made on the newest one only. */
import assert from 'node:assert/strict'
import { aResource } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { Conflict, type ResourceWrite, type Store } from './store.ts'

const on = (name: string) => (error: unknown) => error instanceof Conflict && error.on === name

const put = (store: Store, write: ResourceWrite) => store.write((tx) => store.resources.put(tx, write))

forEachEngine('keeps every revision whole, newest first', async (open) => {
  const store = await open()
  const spec = { name: 'Wiki', list: [1, { deep: null }], text: 'ü"\\' }
  const first = aResource('wiki', { spec, why: 'set up' })
  const made = await put(store, first)
  const { id, type, slug, schema, organisation, managedBy } = first
  assert.deepEqual(made, { id, type, slug, schema, spec, revision: 1, organisation, managedBy, updatedAt: 1_000 })
  assert.deepEqual(await store.resources.get(store.read, type, slug), made)
  const changed = await put(store, {
    ...first,
    spec: { name: 'New' },
    expected: 1,
    schema: 2,
    now: 2_000,
    id: 'unused',
  })
  assert.deepEqual([changed?.id, changed?.revision, changed?.schema], [id, 2, 2])
  const history = await store.resources.revisions(store.read, type, slug, 10)
  assert.deepEqual(
    history.map(({ seq: _, ...revision }) => revision),
    [
      {
        resource: id,
        type,
        slug,
        revision: 2,
        schema: 2,
        spec: { name: 'New' },
        actor: first.actor,
        why: 'set up',
        at: 2_000,
      },
      { resource: id, type, slug, revision: 1, schema: 1, spec, actor: first.actor, why: 'set up', at: 1_000 },
    ],
  )
  assert.deepEqual(await store.resources.revision(store.read, type, slug, 1), history[1])
  assert.equal(await store.resources.revision(store.read, type, slug, 3), undefined)
  assert.equal((await store.resources.revisions(store.read, type, slug, 1)).length, 1)
})

forEachEngine('refuses a change made on another revision than the newest', async (open) => {
  const store = await open()
  await assert.rejects(put(store, aResource('wiki', { expected: 1 })), on('resources.revision'))
  await put(store, aResource('wiki'))
  for (const expected of [0, 2]) {
    await assert.rejects(put(store, aResource('wiki', { expected })), on('resources.revision'), String(expected))
  }
  await assert.rejects(put(store, aResource('none', { spec: null })), on('resources.revision'))
})

forEachEngine('lets one of fifty parallel changes of a revision through, in two processes', async (open) => {
  const stores = [await open(), await open()] as const
  await put(stores[0], aResource('wiki'))
  const change = (index: number) =>
    put(stores[index % 2 === 0 ? 0 : 1], aResource('wiki', { expected: 1, spec: { name: `v${index}` } }))
  const done = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => change(index)))
  const refused = done.filter((one) => one.status === 'rejected')
  assert.equal(refused.length, 49)
  for (const one of refused) assert.ok(on('resources.revision')(one.reason), String(one.reason))
  assert.equal((await stores[1].resources.revisions(stores[1].read, 'applications', 'wiki', 9)).length, 2)
})

forEachEngine('goes on counting when a deleted resource is made anew', async (open) => {
  const store = await open()
  const first = aResource('wiki', { lookups: [{ kind: 'client_id', key: 'wiki' }] })
  await put(store, first)
  assert.equal(await put(store, { ...first, spec: null, expected: 1 }), undefined)
  assert.equal(await store.resources.get(store.read, 'applications', 'wiki'), undefined)
  assert.equal(await store.resources.byLookup(store.read, 'client_id', 'wiki'), undefined)
  const again = await put(store, { ...first, id: 'second', expected: 0 })
  assert.deepEqual([again?.revision, again?.id], [3, 'second'])
  const history = await store.resources.revisions(store.read, 'applications', 'wiki', 10)
  assert.deepEqual(
    history.map((one) => [one.revision, one.spec]),
    [
      [3, first.spec],
      [2, null],
      [1, first.spec],
    ],
  )
})

forEachEngine('refuses a lookup key that another resource holds, naming it', async (open) => {
  const store = await open()
  const lookups = [{ kind: 'client_id', key: 'wiki' }]
  const wiki = await put(store, aResource('wiki', { lookups }))
  await assert.rejects(put(store, aResource('other', { lookups })), on('lookup:client_id:wiki'))
  assert.deepEqual(await store.resources.byLookup(store.read, 'client_id', 'wiki'), wiki)
  await put(store, aResource('wiki', { expected: 1, lookups: [...lookups, ...lookups] }))
  await put(store, aResource('wiki', { expected: 2, lookups: [] }))
  await put(store, aResource('other', { lookups }))
  assert.equal((await store.resources.byLookup(store.read, 'client_id', 'wiki'))?.slug, 'other')
})

forEachEngine('changes nothing where a part of the write is refused', async (open) => {
  const store = await open()
  await put(store, aResource('wiki', { lookups: [{ kind: 'host', key: 'a' }] }))
  const write = aResource('other', {
    lookups: [
      { kind: 'host', key: 'b' },
      { kind: 'host', key: 'a' },
    ],
  })
  await assert.rejects(put(store, write), on('lookup:host:a'))
  assert.equal(await store.resources.get(store.read, 'applications', 'other'), undefined)
  assert.equal(await store.resources.byLookup(store.read, 'host', 'b'), undefined)
  assert.deepEqual(await store.resources.revisions(store.read, 'applications', 'other', 9), [])
})

forEachEngine('tells who names a resource, and forgets who is gone', async (open) => {
  const store = await open()
  const refs = [{ type: 'flows', slug: 'login' }]
  await put(store, aResource('wiki', { refs: [...refs, { type: 'groups', slug: 'staff' }] }))
  await put(store, aResource('main', { type: 'brands', refs }))
  const users = () => store.resources.usedBy(store.read, 'flows', 'login')
  assert.deepEqual(await users(), [
    { type: 'applications', slug: 'wiki' },
    { type: 'brands', slug: 'main' },
  ])
  await put(store, aResource('wiki', { expected: 1, refs: [] }))
  await put(store, aResource('main', { type: 'brands', expected: 1, spec: null, refs }))
  assert.deepEqual(await users(), [])
  assert.deepEqual(await store.resources.usedBy(store.read, 'groups', 'staff'), [])
})

forEachEngine('lists the resources of a type and organisation, and all of them for a snapshot', async (open) => {
  const store = await open()
  for (const slug of ['c', 'a', 'b']) await put(store, aResource(slug, { spec: { name: `The ${slug.toUpperCase()}` } }))
  await put(store, aResource('elsewhere', { organisation: 'other' }))
  await put(store, aResource('flow', { type: 'flows' }))
  const list = async (query: object) => {
    const given = { organisation: 'main', limit: 10, ...query }
    return (await store.resources.list(store.read, 'applications', given)).items.map((one) => one.slug)
  }
  assert.deepEqual(await list({}), ['a', 'b', 'c'])
  assert.deepEqual(await list({ search: 'THE b' }), ['b'])
  assert.equal((await store.resources.all(store.read)).length, 5)
})
