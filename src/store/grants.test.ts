/** Grants: what is spent is spent once, in however many processes. */
import assert from 'node:assert/strict'
import { aCode, aGrant, anId, aRefreshToken, aSession, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import type { GrantId } from '../base/ids.ts'
import type { Grant } from '../domain/grants/grant.ts'
import { Conflict, type Store } from './store.ts'

const given = async (store: Store, grant: Grant = aGrant()): Promise<Grant> => {
  await store.write((tx) => store.grants.insert(tx, grant))
  return grant
}

const tally = (outcomes: readonly string[]) => {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

forEachEngine(
  'A14 tells exactly one of fifty parallel redemptions in two processes that the code is theirs',
  async (open) => {
    const stores = [await open(), await open()] as const
    const code = aCode()
    await stores[0].write((tx) => stores[0].grants.insertCode(tx, 'hash', code))
    const redeem = (store: Store) => store.write((tx) => store.grants.redeemCode(tx, 'hash', 5_000))
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => redeem(stores[index % 2 === 0 ? 0 : 1])))
    assert.deepEqual(tally(all.map((one) => one.outcome)), { spent: 1, reused: 49 })
    for (const one of all) assert.deepEqual(one.outcome !== 'unknown' && one.code, { ...code, usedAt: 5_000 })
  },
)

forEachEngine('A14 tells a code used before from one that expired, and from none at all', async (open) => {
  const store = await open()
  const redeem = (hash: string, now: number) => store.write((tx) => store.grants.redeemCode(tx, hash, now))
  await store.write(async (tx) => {
    await store.grants.insertCode(tx, 'a', aCode({ expiresAt: 60_000 }))
    await store.grants.insertCode(tx, 'b', aCode({ expiresAt: 60_000 }))
  })
  assert.equal((await redeem('none', 1)).outcome, 'unknown')
  assert.equal((await redeem('a', 60_000)).outcome, 'expired')
  assert.equal((await redeem('b', 59_999)).outcome, 'spent')
  assert.equal((await redeem('b', 70_000)).outcome, 'reused')
})

forEachEngine(
  'tells exactly one of fifty parallel uses in two processes that the refresh token is theirs (RFC 9700 §4.14.2)',
  async (open) => {
    const stores = [await open(), await open()] as const
    const grant = await given(stores[0])
    await stores[0].write((tx) => stores[0].grants.insertRefresh(tx, 'hash', aRefreshToken(grant.id)))
    const use = (store: Store) => store.write((tx) => store.grants.useRefresh(tx, 'hash', 5_000))
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => use(stores[index % 2 === 0 ? 0 : 1])))
    assert.deepEqual(tally(all.map((one) => one.outcome)), { used: 1, reused: 49 })
  },
)

forEachEngine('refuses a refresh token that is unknown, expired, or of an ended grant', async (open) => {
  const store = await open()
  const grant = await given(store)
  const use = (hash: string, now: number) => store.write((tx) => store.grants.useRefresh(tx, hash, now))
  await store.write(async (tx) => {
    for (const hash of ['a', 'b', 'c']) await store.grants.insertRefresh(tx, hash, aRefreshToken(grant.id))
  })
  assert.equal((await use('none', 1)).outcome, 'unknown')
  assert.equal((await use('a', 100_000)).outcome, 'expired')
  assert.deepEqual(await use('a', 99_999), {
    outcome: 'used',
    token: { ...aRefreshToken(grant.id), usedAt: 99_999 },
    grant,
  })
  await store.write((tx) => store.grants.end(tx, grant.id, 6_000, 'revoked'))
  const ended = { ...grant, endedAt: 6_000 }
  assert.deepEqual(await use('b', 7_000), { outcome: 'ended', grant: ended })
  assert.deepEqual(await use('a', 7_000), { outcome: 'reused', grant: ended })
  const looked = await store.grants.refreshByHash(store.read, 'c')
  assert.deepEqual(looked, { token: aRefreshToken(grant.id), grant: ended })
  assert.equal(await store.grants.refreshByHash(store.read, 'none'), undefined)
})

forEachEngine('refuses a refresh token without its grant', async (open) => {
  const store = await open()
  const insert = store.write((tx) => store.grants.insertRefresh(tx, 'a', aRefreshToken(anId<GrantId>())))
  await assert.rejects(insert, (error) => error instanceof Conflict && error.on === 'reference')
})

forEachEngine('ends a grant once, and moves its end on but never back', async (open) => {
  const store = await open()
  const grant = await given(store, aGrant({ expiresAt: 5_000 }))
  const end = () => store.write((tx) => store.grants.end(tx, grant.id, 2_000, 'logout'))
  await store.write((tx) => store.grants.extend(tx, grant.id, 9_000))
  await store.write((tx) => store.grants.extend(tx, grant.id, 7_000))
  assert.deepEqual([await end(), await end()], [true, false])
  assert.deepEqual(await store.grants.byId(store.read, grant.id), { ...grant, expiresAt: 9_000, endedAt: 2_000 })
})

forEachEngine('ends the grants of a person, of one client or of all', async (open) => {
  const store = await open()
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  const session = aSession(user.id)
  await store.write((tx) => store.sessions.insert(tx, session))
  const wiki = await given(store, aGrant({ userId: user.id, sessionId: session.id, createdAt: 1 }))
  const git = await given(store, aGrant({ userId: user.id, clientId: 'git', createdAt: 2 }))
  const machine = await given(store)
  assert.deepEqual(await store.grants.of(store.read, user.id), [git, wiki])
  assert.deepEqual(await store.grants.ofSession(store.read, session.id), [wiki])
  const endAll = (client?: string) => store.write((tx) => store.grants.endAllOf(tx, user.id, 9, 'left', client))
  assert.deepEqual([await endAll('git'), await endAll('git'), await endAll()], [1, 0, 1])
  assert.equal((await store.grants.byId(store.read, machine.id))?.endedAt, null)
})

forEachEngine('remembers a revoked token until it would have expired anyway', async (open) => {
  const store = await open()
  await store.write((tx) => store.grants.revokeJti(tx, 'j1', 5_000))
  await store.write((tx) => store.grants.revokeJti(tx, 'j1', 5_000))
  assert.equal(await store.grants.isJtiRevoked(store.read, 'j1'), true)
  assert.equal(await store.grants.isJtiRevoked(store.read, 'j2'), false)
  assert.equal(await store.write((tx) => store.grants.purge(tx, 5_000, 10)), 0)
  assert.equal(await store.write((tx) => store.grants.purge(tx, 5_001, 10)), 1)
  assert.equal(await store.grants.isJtiRevoked(store.read, 'j1'), false)
})

forEachEngine('purges what can no longer be valid, a few at a time', async (open) => {
  const store = await open()
  const old = await given(store, aGrant({ expiresAt: 10 }))
  const live = await given(store, aGrant({ expiresAt: 100_000 }))
  await store.write(async (tx) => {
    for (const hash of ['a', 'b', 'c']) await store.grants.insertCode(tx, hash, aCode({ expiresAt: 20 }))
    await store.grants.insertRefresh(tx, 'd', aRefreshToken(old.id, { expiresAt: 90_000 }))
    await store.grants.insertRefresh(tx, 'e', aRefreshToken(live.id, { expiresAt: 20 }))
    await store.grants.insertRefresh(tx, 'f', aRefreshToken(live.id, { expiresAt: 90_000 }))
  })
  const purge = () => store.write((tx) => store.grants.purge(tx, 50, 2))
  assert.deepEqual([await purge(), await purge(), await purge()], [4, 1, 0])
  assert.equal(await store.grants.refreshByHash(store.read, 'd'), undefined)
  assert.notEqual(await store.grants.refreshByHash(store.read, 'f'), undefined)
})

forEachEngine('keeps, replaces and takes back a consent', async (open) => {
  const store = await open()
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  const consent = {
    userId: user.id,
    clientId: 'wiki',
    application: 'wiki',
    scopes: ['openid'],
    grantedAt: 1,
    expiresAt: null,
  }
  const wider = { ...consent, scopes: ['openid', 'email'], grantedAt: 2, expiresAt: 9 }
  for (const one of [consent, wider]) await store.write((tx) => store.consents.put(tx, one))
  assert.deepEqual(await store.consents.get(store.read, user.id, 'wiki'), wider)
  assert.deepEqual(await store.consents.of(store.read, user.id), [wider])
  const remove = () => store.write((tx) => store.consents.remove(tx, user.id, 'wiki'))
  assert.deepEqual([await remove(), await remove()], [true, false])
  assert.equal(await store.consents.get(store.read, user.id, 'wiki'), undefined)
})
