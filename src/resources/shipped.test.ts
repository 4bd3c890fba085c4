import assert from 'node:assert/strict'
import { atApi, configurationWorld } from '../../test/support/configuration-world.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { PERMISSIONS } from '../domain/permissions/permission.ts'
import { shipDefaults, shippedDefaults } from './shipped.ts'
import { roleType } from './types/role-type.ts'

forEachEngine('ships roles, key pairs, a brand, settings and the group of administrators, once', async (open) => {
  const store = await open()
  const world = await configurationWorld(store)
  const stored = await store.resources.all(store.read)
  assert.deepEqual(
    stored.map((one) => `${one.type}/${one.slug}`),
    [
      'brands/default',
      'keypairs/default-es256',
      'keypairs/default-rs256',
      'roles/administrator',
      'roles/auditor',
      'settings/instance',
    ],
  )
  assert.deepEqual((await store.groups.bySlug(store.read, 'admins'))?.roles, ['administrator'])
  const again = await shipDefaults(world.editing, shippedDefaults([]))
  assert.deepEqual(again, { ok: true, value: [] })
  assert.ok((await world.events()).every((event) => event.actor.kind === 'system'))
})

forEachEngine('administrators may do everything there is; auditors read', async (open) => {
  const { live } = await configurationWorld(await open())
  const snapshot = await live.current()
  assert.deepEqual([...(snapshot.get(roleType, 'administrator')?.permissions ?? [])], [...PERMISSIONS])
  const auditor = [...(snapshot.get(roleType, 'auditor')?.permissions ?? [])]
  assert.ok(auditor.every((one) => one.endsWith('.read') || one === 'decisions.explain'))
})

forEachEngine('O09 brings back nothing that an administrator changed or deleted', async (open) => {
  const store = await open()
  const first = await configurationWorld(store)
  assert.ok((await first.resources.delete(atApi, { type: 'keypairs', slug: 'default-es256' })).ok)
  assert.ok((await first.resources.delete(atApi, { type: 'roles', slug: 'auditor' })).ok)
  const brand = { type: 'brands', slug: 'default', patch: { title: 'Ours' } }
  assert.ok((await first.resources.patch(atApi, brand)).ok)
  await store.write(async (tx) => {
    const admins = await store.groups.bySlug(tx, 'admins')
    assert.ok(admins)
    await store.groups.remove(tx, admins.id)
  })
  first.close()
  const second = await configurationWorld(store)
  assert.equal(await second.resources.get({ type: 'keypairs', slug: 'default-es256' }), undefined)
  assert.equal(await second.resources.get({ type: 'roles', slug: 'auditor' }), undefined)
  assert.equal((await second.resources.get({ type: 'brands', slug: 'default' }))?.spec.title, 'Ours')
  assert.equal(await store.groups.bySlug(store.read, 'admins'), undefined)
})

forEachEngine('what a later version ships is added, beside what was there', async (open) => {
  const store = await open()
  const { editing, resources } = await configurationWorld(store)
  const defaults = shippedDefaults([])
  const spec = { name: 'Help desk', permissions: ['users.read'] }
  const later = { ...defaults, resources: [...defaults.resources, { type: 'roles', slug: 'help-desk', spec }] }
  assert.deepEqual(await shipDefaults(editing, later), { ok: true, value: ['roles/help-desk'] })
  assert.ok((await resources.delete(atApi, { type: 'roles', slug: 'help-desk' })).ok)
  assert.deepEqual(await shipDefaults(editing, later), { ok: true, value: [] })
})

forEachEngine('what somebody made under a shipped name stays theirs', async (open) => {
  const { editing, resources } = await configurationWorld(await open())
  const defaults = shippedDefaults([])
  const own = { name: 'Ours', permissions: ['users.read'] }
  assert.ok((await resources.put(atApi, { type: 'roles', slug: 'help-desk', spec: own })).ok)
  const spec = { name: 'Help desk', permissions: ['*'] }
  const later = { ...defaults, resources: [...defaults.resources, { type: 'roles', slug: 'help-desk', spec }] }
  assert.ok((await shipDefaults(editing, later)).ok)
  assert.equal((await resources.get({ type: 'roles', slug: 'help-desk' }))?.spec.name, 'Ours')
})

forEachEngine('two processes that start at once make each thing once', async (open) => {
  const [first, second] = [await open(), await open()]
  const worlds = await Promise.all([
    configurationWorld(first, { ship: false }),
    configurationWorld(second, { ship: false }),
  ])
  const made = await Promise.all(worlds.map((world) => shipDefaults(world.editing, shippedDefaults([]))))
  assert.ok(
    made.every((one) => one.ok),
    JSON.stringify(made),
  )
  assert.deepEqual(made.map((one) => one.ok && one.value.length).sort(), [0, 7])
})
