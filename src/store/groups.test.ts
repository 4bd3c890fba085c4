/** Groups and memberships. */
import assert from 'node:assert/strict'
import { aGroup, anId, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import type { GroupId } from '../base/ids.ts'
import { Conflict, type ListQuery } from './store.ts'

const on = (name: string) => (error: unknown) => error instanceof Conflict && error.on === name

forEachEngine('gives a group back as it was written, and refuses a second one of its slug', async (open) => {
  const store = await open()
  const given = aGroup({ slug: 'staff', roles: ['auditor'], attributes: { a: [1] }, managedBy: 'file.yaml' })
  const group = await store.write((tx) => store.groups.insert(tx, given))
  assert.deepEqual(group, { ...given, updatedAt: given.createdAt })
  assert.deepEqual(await store.groups.bySlug(store.read, 'staff'), group)
  assert.deepEqual(await store.groups.byId(store.read, given.id), group)
  assert.deepEqual(await store.groups.all(store.read), [group])
  await assert.rejects(
    store.write((tx) => store.groups.insert(tx, aGroup({ slug: 'staff' }))),
    on('groups.slug'),
  )
  const other = await store.write((tx) => store.groups.insert(tx, aGroup({ slug: 'other' })))
  const rename = store.write((tx) => store.groups.update(tx, other.id, { slug: 'staff' }, 2))
  await assert.rejects(rename, on('groups.slug'))
  await assert.rejects(
    store.write((tx) => store.groups.update(tx, anId<GroupId>(), {}, 2)),
    on('groups.id'),
  )
})

forEachEngine('keeps the id when a group is renamed, and finds it by the new slug', async (open) => {
  const store = await open()
  const group = await store.write((tx) => store.groups.insert(tx, aGroup({ slug: 'old' })))
  await store.write((tx) => store.groups.update(tx, group.id, { slug: 'new', name: 'New' }, 2_000))
  const renamed = await store.groups.bySlug(store.read, 'new')
  assert.deepEqual(renamed, { ...group, slug: 'new', name: 'New', updatedAt: 2_000 })
  assert.equal(await store.groups.bySlug(store.read, 'old'), undefined)
  const { items } = await store.groups.list(store.read, { organisation: 'main', limit: 5, search: 'NEW' })
  assert.deepEqual(items, [renamed])
})

forEachEngine('tells whether adding or removing a member changed anything', async (open) => {
  const store = await open()
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  const group = await store.write((tx) => store.groups.insert(tx, aGroup()))
  const add = (until: number | null) =>
    store.write((tx) => store.groups.addMember(tx, { userId: user.id, groupId: group.id, until }))
  assert.deepEqual(
    [await add(null), await add(null), await add(5), await add(5), await add(null)],
    [true, false, true, false, true],
  )
  const membership = { userId: user.id, groupId: group.id, until: null }
  assert.deepEqual(await store.groups.memberships(store.read, user.id), [membership])
  assert.deepEqual(await store.groups.membershipsOfMany(store.read, [user.id]), [membership])
  assert.deepEqual(await store.groups.membershipsOfMany(store.read, []), [])
  assert.deepEqual(await store.groups.members(store.read, group.id), [membership])
  const drop = () => store.write((tx) => store.groups.removeMember(tx, user.id, group.id))
  assert.deepEqual([await drop(), await drop()], [true, false])
})

forEachEngine('refuses a member or a group that does not stand', async (open) => {
  const store = await open()
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  const add = store.write((tx) =>
    store.groups.addMember(tx, { userId: user.id, groupId: anId<GroupId>(), until: null }),
  )
  await assert.rejects(add, on('reference'))
})

forEachEngine('takes a removed group from its members and from the groups below it', async (open) => {
  const store = await open()
  const top = await store.write((tx) => store.groups.insert(tx, aGroup({ slug: 'top', roles: ['administrator'] })))
  const below = await store.write((tx) => store.groups.insert(tx, aGroup({ slug: 'below', parents: [top.id] })))
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  await store.write((tx) => store.groups.addMember(tx, { userId: user.id, groupId: top.id, until: null }))
  assert.deepEqual(await store.resources.usedBy(store.read, 'roles', 'administrator'), [
    { type: 'groups', slug: 'top' },
  ])
  assert.equal(await store.write((tx) => store.groups.remove(tx, top.id)), true)
  assert.equal(await store.write((tx) => store.groups.remove(tx, top.id)), false)
  assert.deepEqual(await store.groups.memberships(store.read, user.id), [])
  assert.deepEqual((await store.groups.byId(store.read, below.id))?.parents, [])
  assert.deepEqual(await store.resources.usedBy(store.read, 'roles', 'administrator'), [])
})

forEachEngine('lists the members of a group by user name, page by page', async (open) => {
  const store = await open()
  const group = aGroup()
  const people = ['dora', 'Ana', 'carl', 'ben'].map((username) => aUser({ username, name: `Name of ${username}` }))
  const stranger = aUser({ username: 'aaron', organisation: 'elsewhere' })
  await store.write(async (tx) => {
    await store.groups.insert(tx, group)
    for (const user of [...people, stranger]) {
      await store.users.insert(tx, user)
      await store.groups.addMember(tx, {
        userId: user.id,
        groupId: group.id,
        until: user.username === 'ben' ? 9 : null,
      })
    }
    await store.users.insert(tx, aUser({ username: 'not in it' }))
  })
  const list = (query: Partial<ListQuery> = {}) =>
    store.groups.listMembers(store.read, group.id, { organisation: 'main', limit: 50, ...query })
  const names = async (query: Partial<ListQuery> = {}) => (await list(query)).items.map(({ username }) => username)
  assert.deepEqual(await names(), ['Ana', 'ben', 'carl', 'dora'])
  assert.deepEqual(await names({ sort: '-username', limit: 2 }), ['dora', 'carl'])
  assert.deepEqual(await names({ search: 'name of B' }), ['ben'])
  const page = await list({ limit: 3 })
  assert.equal(page.items[1]?.until, 9)
  assert.deepEqual(await names({ limit: 3, ...(page.next ? { cursor: page.next } : {}) }), ['dora'])
  assert.equal((await list()).next, null)
})
