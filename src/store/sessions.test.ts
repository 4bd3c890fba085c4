/** Sessions: found by the newest cookie only, gone for everyone once they ended. */
import assert from 'node:assert/strict'
import { aGrant, anId, aSession, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { newId, type SessionId, type UserId } from '../base/ids.ts'
import { Conflict, type NewSession, type SessionQuery, type Store } from './store.ts'

const signedIn = async (store: Store, given: Partial<NewSession> = {}) => {
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  const session = aSession(user.id, given)
  await store.write((tx) => store.sessions.insert(tx, session))
  return { user, session }
}

const stored = ({ tokenHash: _, ...session }: NewSession) => session

forEachEngine('gives a session back as it was written', async (open) => {
  const store = await open()
  const { session } = await signedIn(store, { persistent: true, proofs: [{ method: 'hwk', at: 3 }] })
  assert.deepEqual(await store.sessions.byTokenHash(store.read, session.tokenHash), stored(session))
  assert.deepEqual(await store.sessions.byId(store.read, session.id), stored(session))
  assert.equal(await store.sessions.byTokenHash(store.read, 'another'), undefined)
})

forEachEngine('refuses a session of a person who is gone', async (open) => {
  const store = await open()
  const insert = store.write((tx) => store.sessions.insert(tx, aSession(anId<UserId>())))
  await assert.rejects(insert, (error) => error instanceof Conflict && error.on === 'reference')
})

forEachEngine('F01 finds a rotated session by its new cookie only', async (open) => {
  const store = await open()
  const { session } = await signedIn(store)
  const facts = { proofs: [...session.proofs, { method: 'otp', at: 2_000 }], authTime: 2_000 }
  await store.write((tx) => store.sessions.rotate(tx, session.id, 'fresh', facts, 2_000))
  assert.equal(await store.sessions.byTokenHash(store.read, session.tokenHash), undefined)
  const rotated = await store.sessions.byTokenHash(store.read, 'fresh')
  assert.deepEqual(rotated, { ...stored(session), ...facts, lastSeenAt: 2_000 })
})

forEachEngine('F01 refuses to rotate a session that ended meanwhile', async (open) => {
  const store = await open()
  const { session } = await signedIn(store)
  await store.write((tx) => store.sessions.end(tx, session.id, 2_000))
  const facts = { proofs: [], authTime: 3_000 }
  await assert.rejects(
    store.write((tx) => store.sessions.rotate(tx, session.id, 'x', facts, 3_000)),
    (error) => error instanceof Conflict && error.on === 'sessions.id',
  )
})

forEachEngine('F02 finds an ended session no more, and ends its grants but those that outlive it', async (open) => {
  const store = await open()
  const { user, session } = await signedIn(store)
  const bound = aGrant({ userId: user.id, sessionId: session.id })
  const offline = aGrant({ userId: user.id, sessionId: session.id, scopes: ['openid', 'offline_access'] })
  await store.write(async (tx) => {
    for (const grant of [bound, offline]) await store.grants.insert(tx, grant)
  })
  const end = () => store.write((tx) => store.sessions.end(tx, session.id, 2_000))
  assert.deepEqual([await end(), await end()], [true, false])
  assert.equal(await store.sessions.byTokenHash(store.read, session.tokenHash), undefined)
  assert.equal(await store.sessions.byId(store.read, session.id), undefined)
  assert.deepEqual(await store.sessions.of(store.read, user.id, 0), [])
  assert.equal((await store.grants.byId(store.read, bound.id))?.endedAt, 2_000)
  assert.equal((await store.grants.byId(store.read, offline.id))?.endedAt, null)
})

forEachEngine('ends all sessions of a person but the one they sit at', async (open) => {
  const store = await open()
  const { user, session } = await signedIn(store)
  const others = [aSession(user.id), aSession(user.id)]
  const stranger = (await signedIn(store)).session
  await store.write(async (tx) => {
    for (const other of others) await store.sessions.insert(tx, other)
  })
  assert.equal(await store.write((tx) => store.sessions.endAllOf(tx, user.id, 2_000, session.id)), 2)
  assert.deepEqual(await store.sessions.of(store.read, user.id, 3_000), [stored(session)])
  assert.notEqual(await store.sessions.byId(store.read, stranger.id), undefined)
  assert.equal(await store.write((tx) => store.sessions.endAllOf(tx, user.id, 2_000)), 1)
})

forEachEngine('lists what lives: neither idle too long nor past its end', async (open) => {
  const store = await open()
  const { user, session } = await signedIn(store, { idleEndsAt: 10_000, endsAt: 15_000 })
  const live = async (now: number) => (await store.sessions.of(store.read, user.id, now)).length
  assert.deepEqual([await live(9_999), await live(10_000)], [1, 0])
  await store.write((tx) => store.sessions.touch(tx, session.id, 9_000, 20_000))
  assert.deepEqual([await live(14_999), await live(15_000)], [1, 0])
  assert.equal((await store.sessions.byId(store.read, session.id))?.idleEndsAt, 20_000)
})

forEachEngine('purges sessions that are over, a few at a time, and no others', async (open) => {
  const store = await open()
  const { user, session } = await signedIn(store, { idleEndsAt: 50_000 })
  const over = [1_000, 2_000, 3_000].map((idleEndsAt) => aSession(user.id, { idleEndsAt }))
  const ended = aSession(user.id)
  await store.write(async (tx) => {
    for (const one of [...over, ended]) await store.sessions.insert(tx, one)
    await store.sessions.end(tx, ended.id, 4_000)
  })
  const purge = () => store.write((tx) => store.sessions.purge(tx, 10_000, 3))
  assert.deepEqual([await purge(), await purge(), await purge()], [3, 1, 0])
  assert.notEqual(await store.sessions.byId(store.read, session.id), undefined)
})

forEachEngine('lists sessions newest first, by person and by whether they go on, page by page', async (open) => {
  const store = await open()
  const [ana, ben] = [aUser({ username: 'ana' }), aUser({ username: 'ben' })]
  const now = 50_000
  const random = (length: number) => new Uint8Array(length)
  const at = (createdAt: number, userId: UserId, given: Partial<NewSession> = {}) =>
    aSession(userId, { id: newId<SessionId>(createdAt, random), createdAt, ...given })
  const live = at(40_000, ana.id, { ip: '2001:db8::7' })
  const ended = at(30_000, ana.id)
  const idle = at(20_000, ana.id, { idleEndsAt: 49_000 })
  const older = at(10_000, ana.id, { generation: 0 })
  const bens = at(45_000, ben.id)
  const elsewhere = at(46_000, ben.id, { organisation: 'elsewhere' })
  await store.write(async (tx) => {
    await store.users.insert(tx, ana)
    await store.users.insert(tx, ben)
    for (const one of [live, ended, idle, older, bens, elsewhere]) await store.sessions.insert(tx, one)
    await store.sessions.end(tx, ended.id, 35_000)
  })
  const list = (query: Partial<SessionQuery> = {}) =>
    store.sessions.list(store.read, { organisation: 'main', limit: 50, now, ...query })
  const found = async (query: Partial<SessionQuery> = {}) => (await list(query)).items.map(({ id }) => id)
  assert.deepEqual(await found(), [bens.id, live.id, ended.id, idle.id, older.id])
  assert.deepEqual(await found({ sort: 'created_at', user: ana.id }), [older.id, idle.id, ended.id, live.id])
  assert.deepEqual(await found({ active: true }), [bens.id, live.id])
  assert.deepEqual(await found({ active: false }), [ended.id, idle.id, older.id])
  assert.deepEqual(await found({ search: 'AN' }), [live.id, ended.id, idle.id, older.id])
  assert.deepEqual(await found({ search: 'DB8::7' }), [live.id])
  const [first, , third] = (await list()).items
  assert.deepEqual(first, { ...stored(bens), username: 'ben', endedAt: null, active: true })
  assert.deepEqual([third?.endedAt, third?.active], [35_000, false])
  const page = await list({ limit: 2 })
  assert.equal(page.items.length, 2)
  assert.deepEqual(await found({ limit: 2, ...(page.next ? { cursor: page.next } : {}) }), [ended.id, idle.id])
  // A leaver is signed in nowhere, whatever their sessions say.
  await store.write((tx) => store.users.update(tx, ben.id, { active: false }, 60_000))
  assert.deepEqual(await found({ active: true }), [live.id])
})
