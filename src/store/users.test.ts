/** Users: names, numbers, lookups, lists, and what goes with them. */
import assert from 'node:assert/strict'
import { aGrant, aGroup, anEmail, anId, aSession, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import type { UserId } from '../base/ids.ts'
import { tidyEvent } from '../events/tidy-event.ts'
import { BadQuery, Conflict, type Store, type Tx, UnstorableText } from './store.ts'

const on = (name: string) => (error: unknown) => error instanceof Conflict && error.on === name

const insertAll = (store: Store, names: readonly string[]): Promise<void> =>
  store.write(async (tx) => {
    for (const username of names) await store.users.insert(tx, aUser({ username, name: `Name of ${username}` }))
  })

forEachEngine('gives a user back as it was written, with its number and generation', async (open) => {
  const store = await open()
  const given = aUser({ username: 'Ana', attributes: { team: 'α', deep: { list: [1, null, true] } }, active: false })
  const user = await store.write((tx) => store.users.insert(tx, given))
  const expected = {
    ...given,
    number: 1,
    generation: 1,
    updatedAt: given.createdAt,
    lastLoginAt: null,
    passwordChangedAt: null,
  }
  assert.deepEqual(user, expected)
  assert.deepEqual(await store.users.byId(store.read, given.id), expected)
  assert.equal(await store.users.byId(store.read, anId<UserId>()), undefined)
  assert.equal(await store.users.count(store.read), 1)
})

forEachEngine('C07 finds one person under every spelling of a user name, and refuses a second one', async (open) => {
  const store = await open()
  const ana = await store.write((tx) => store.users.insert(tx, aUser({ username: 'Ana' })))
  for (const spelling of ['ana', ' ANA ', 'ａｎａ']) {
    assert.equal((await store.users.byUsername(store.read, spelling))?.id, ana.id, spelling)
    const twin = store.write((tx) => store.users.insert(tx, aUser({ username: spelling })))
    await assert.rejects(twin, on('users.username'), spelling)
  }
})

forEachEngine('leaves a transaction usable after a refused insert', async (open) => {
  const store = await open()
  await insertAll(store, ['ana'])
  await store.write(async (tx) => {
    await assert.rejects(store.users.insert(tx, aUser({ username: 'ana' })), on('users.username'))
    await store.users.insert(tx, aUser({ username: 'ben' }))
  })
  assert.notEqual(await store.users.byUsername(store.read, 'ben'), undefined)
})

forEachEngine('refuses a user name that another takes in a parallel transaction', async (open) => {
  const store = await open()
  await insertAll(store, ['ana', 'ben'])
  const [ana, ben] = await Promise.all(['ana', 'ben'].map((name) => store.users.byUsername(store.read, name)))
  assert.ok(ana && ben)
  const rename = (id: UserId) => store.write((tx) => store.users.update(tx, id, { username: 'eve' }, 2_000))
  const done = await Promise.allSettled([rename(ana.id), rename(ben.id)])
  assert.deepEqual(done.map((one) => one.status).sort(), ['fulfilled', 'rejected'])
  const refused = done.find((one) => one.status === 'rejected')
  assert.ok(on('users.username')(refused?.reason), String(refused?.reason))
})

forEachEngine('goes on above a number that an import has set, and refuses one that is taken', async (open) => {
  const store = await open()
  const insert = (number?: number) =>
    store.write((tx) => store.users.insert(tx, aUser(number === undefined ? {} : { number })))
  await insert(40)
  assert.equal((await insert()).number, 41)
  await insert(7)
  assert.equal((await insert()).number, 42)
  await assert.rejects(insert(40), on('users.number'))
})

forEachEngine('F02 raises the generation of whoever is disabled, so that enabling gives nothing back', async (open) => {
  const store = await open()
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  const set = (active: boolean) => store.write((tx) => store.users.update(tx, user.id, { active }, 2_000))
  assert.equal((await set(false)).generation, 2)
  assert.equal((await set(false)).generation, 2)
  assert.equal((await set(true)).generation, 2)
  await store.write((tx) => store.users.bumpGeneration(tx, user.id, 3_000))
  const after = await store.users.byId(store.read, user.id)
  assert.deepEqual([after?.generation, after?.active, after?.updatedAt], [3, true, 3_000])
})

forEachEngine('refuses to change a user who is gone', async (open) => {
  const store = await open()
  const change = store.write((tx) => store.users.update(tx, anId<UserId>(), { name: 'x' }, 1))
  await assert.rejects(change, on('users.id'))
})

forEachEngine('finds a login by user name first, and by an address that exactly one person has', async (open) => {
  const store = await open()
  const [ana, ben, eve] = await store.write((tx) =>
    Promise.all(['ana', 'ben', 'eve@example.com'].map((username) => store.users.insert(tx, aUser({ username })))),
  )
  assert.ok(ana && ben && eve)
  await store.write(async (tx) => {
    await store.emails.insert(tx, anEmail(ana.id, 'Ana@Example.com'))
    await store.emails.insert(tx, anEmail(ana.id, 'shared@example.com'))
    await store.emails.insert(tx, anEmail(ben.id, 'shared@example.com'))
    await store.emails.insert(tx, anEmail(ben.id, 'eve@example.com'))
  })
  const login = async (text: string) => (await store.users.byLogin(store.read, text))?.id
  assert.equal(await login('ANA'), ana.id)
  assert.equal(await login('ana@EXAMPLE.com'), ana.id)
  assert.equal(await login('eve@example.com'), eve.id)
  assert.equal(await login('shared@example.com'), undefined)
  assert.equal(await login('nobody@example.com'), undefined)
})

forEachEngine('takes what a person holds away with them, and lets events stand', async (open) => {
  const store = await open()
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  const group = await store.write((tx) => store.groups.insert(tx, aGroup()))
  const session = aSession(user.id)
  const grant = aGrant({ userId: user.id, sessionId: session.id })
  await store.write(async (tx) => {
    await store.emails.insert(tx, anEmail(user.id, 'a@example.com'))
    await store.groups.addMember(tx, { userId: user.id, groupId: group.id, until: null })
    await store.sessions.insert(tx, session)
    await store.grants.insert(tx, grant)
    await store.users.setSubject(tx, user.id, '*', 'legacy')
    await store.credentials.setPassword(tx, user.id, anId(), '$argon2id$', 1)
    await store.events.record(tx, anId(), 1, tidyEvent({ type: 'user.created', actor: { kind: 'anonymous' } }))
  })
  assert.equal(await store.write((tx) => store.users.remove(tx, user.id)), true)
  assert.equal(await store.write((tx) => store.users.remove(tx, user.id)), false)
  const { read } = store
  assert.deepEqual(await store.emails.of(read, user.id), [])
  assert.deepEqual(await store.groups.members(read, group.id), [])
  assert.deepEqual(await store.credentials.of(read, user.id), [])
  assert.equal(await store.sessions.byTokenHash(read, session.tokenHash), undefined)
  assert.equal(await store.grants.byId(read, grant.id), undefined)
  assert.equal((await store.users.subjects(read, user.id)).size, 0)
  assert.equal((await store.events.size(read)).rows, 1)
})

forEachEngine('refuses one subject for two people in the same scope', async (open) => {
  const store = await open()
  const [ana, ben] = await store.write((tx) =>
    Promise.all([store.users.insert(tx, aUser()), store.users.insert(tx, aUser())]),
  )
  assert.ok(ana && ben)
  await store.write((tx) => store.users.setSubject(tx, ana.id, 'wiki', 's1'))
  await store.write((tx) => store.users.setSubject(tx, ana.id, 'wiki', 's2'))
  await store.write((tx) => store.users.setSubject(tx, ana.id, '*', 's1'))
  const take = (scope: string, value: string) => store.write((tx) => store.users.setSubject(tx, ben.id, scope, value))
  await assert.rejects(take('wiki', 's2'), on('subjects.value'))
  await take('wiki', 's1')
  assert.deepEqual(
    await store.users.subjects(store.read, ana.id),
    new Map([
      ['*', 's1'],
      ['wiki', 's2'],
    ]),
  )
})

forEachEngine('pages through every user once, in order, while others come and go', async (open) => {
  const store = await open()
  const names = Array.from({ length: 25 }, (_, index) => `u${String(index).padStart(2, '0')}`)
  await insertAll(store, names)
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page = await store.users.list(store.read, { organisation: 'main', limit: 10, ...(cursor ? { cursor } : {}) })
    seen.push(...page.items.map((user) => user.username))
    cursor = page.next
    if (seen.length === 10) await insertAll(store, ['a-newcomer'])
    if (seen.length === 20) await removeNamed(store, 'u19')
  } while (cursor)
  assert.deepEqual(seen, names)
})

const removeNamed = (store: Store, username: string): Promise<boolean> =>
  store.write(async (tx: Tx) => {
    const user = await store.users.byUsername(tx, username)
    return user ? store.users.remove(tx, user.id) : false
  })

forEachEngine('sorts by bytes on either engine, by each column allowed, both ways', async (open) => {
  const store = await open()
  await store.write(async (tx) => {
    await store.users.insert(tx, aUser({ username: 'b-1', name: 'Zoe', createdAt: 3 }))
    await store.users.insert(tx, aUser({ username: 'a_2', name: 'émile', createdAt: 1 }))
    await store.users.insert(tx, aUser({ username: 'ab', name: 'Anna', createdAt: 2 }))
  })
  const sorted = async (sort: string) => {
    const first = await store.users.list(store.read, { organisation: 'main', limit: 2, sort })
    const rest = await store.users.list(store.read, { organisation: 'main', limit: 2, sort, cursor: first.next ?? '' })
    return [...first.items, ...rest.items].map((user) => user.username)
  }
  assert.deepEqual(await sorted('username'), ['a_2', 'ab', 'b-1'])
  assert.deepEqual(await sorted('-username'), ['b-1', 'ab', 'a_2'])
  assert.deepEqual(await sorted('name'), ['ab', 'b-1', 'a_2'])
  assert.deepEqual(await sorted('-created_at'), ['b-1', 'ab', 'a_2'])
})

forEachEngine('M12 searches by substring in any script and case, and takes % and _ for themselves', async (open) => {
  const store = await open()
  await store.write(async (tx) => {
    const { id } = await store.users.insert(tx, aUser({ username: 'per_cent%', name: 'ÉMILE Straße' }))
    await store.emails.insert(tx, anEmail(id, 'Post@Example.com'))
    await store.users.insert(tx, aUser({ username: 'percentx', name: 'Other' }))
    await store.users.insert(tx, aUser({ username: 'foreign', name: 'émile', organisation: 'elsewhere' }))
  })
  const found = async (search: string) => {
    const { items } = await store.users.list(store.read, { organisation: 'main', limit: 10, search })
    return items.map((user) => user.username)
  }
  assert.deepEqual(await found('émile'), ['per_cent%'])
  assert.deepEqual(await found('STRASS'), [])
  assert.deepEqual(await found('straße'), ['per_cent%'])
  assert.deepEqual(await found('post@'), ['per_cent%'])
  assert.deepEqual(await found('%'), ['per_cent%'])
  assert.deepEqual(await found('r_c'), ['per_cent%'])
  assert.deepEqual(await found(`\\`), [])
  assert.deepEqual(await found(`' or 1=1 --`), [])
  assert.deepEqual((await found('percent')).length, 1)
})

forEachEngine('M11 M12 refuses a limit, sort or cursor that no list has', async (open) => {
  const store = await open()
  await insertAll(store, ['a', 'b'])
  const refused = (query: object, what: BadQuery['on']) =>
    assert.rejects(
      store.users.list(store.read, { organisation: 'main', limit: 1, ...query }),
      (error) => error instanceof BadQuery && error.on === what,
      JSON.stringify(query),
    )
  for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) await refused({ limit }, 'limit')
  for (const sort of ['password', 'username; drop table users', '__proto__', 'constructor']) {
    await refused({ sort }, 'sort')
  }
  const { next } = await store.users.list(store.read, { organisation: 'main', limit: 1 })
  assert.ok(next)
  await refused({ cursor: next, sort: 'name' }, 'cursor')
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const forged = ['', '!', made({}), made(['username', 5, 'x']), made(['username', 'x']), made(['username', 'x', null])]
  for (const cursor of forged) await refused({ cursor }, 'cursor')
  await refused({ search: 'x'.repeat(201) }, 'search')
  const capped = await store.users.list(store.read, { organisation: 'main', limit: 1e9 })
  assert.equal(capped.items.length, 2)
})

forEachEngine('M13 refuses NUL and broken surrogates before the engine sees them', async (open) => {
  const store = await open()
  const bad = ['a\0b', 'a\ud800b', '\udc00']
  for (const text of bad) {
    await assert.rejects(store.users.byLogin(store.read, text), UnstorableText)
    await assert.rejects(
      store.write((tx) => store.users.insert(tx, aUser({ name: text }))),
      UnstorableText,
    )
    const attributes = { deep: [{ text }] }
    await assert.rejects(
      store.write((tx) => store.users.insert(tx, aUser({ attributes }))),
      UnstorableText,
    )
    const key = { [text]: 1 }
    await assert.rejects(
      store.write((tx) => store.users.insert(tx, aUser({ attributes: key }))),
      UnstorableText,
    )
    await assert.rejects(store.emails.ofMany(store.read, [text as UserId]), UnstorableText)
  }
  const attributes = { path: 'C:\\u0000', pair: '\ud83d\ude00', quote: `"'\\` }
  const user = await store.write((tx) => store.users.insert(tx, aUser({ attributes })))
  assert.deepEqual((await store.users.byId(store.read, user.id))?.attributes, attributes)
})

forEachEngine('tells whom a configuration file manages, and nobody else', async (open) => {
  const store = await open()
  await store.write(async (tx) => {
    for (const [username, managedBy] of [
      ['carl', 'people.yaml'],
      ['ana', null],
      ['Ben', 'other.yaml'],
    ] as const)
      await store.users.insert(tx, aUser({ username, managedBy }))
    await store.users.insert(tx, aUser({ username: 'dora', managedBy: 'people.yaml', organisation: 'elsewhere' }))
  })
  const managed = await store.users.managed(store.read, 'main')
  assert.deepEqual(
    managed.map(({ username, managedBy }) => [username, managedBy]),
    [
      ['Ben', 'other.yaml'],
      ['carl', 'people.yaml'],
    ],
  )
})
