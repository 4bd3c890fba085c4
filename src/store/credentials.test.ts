/** Credentials, tokens and attempts: what a person or a browser holds. */
import assert from 'node:assert/strict'
import { anId, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import type { AttemptId, CredentialId, TokenId, UserId } from '../base/ids.ts'
import type { Attempt, Credential, Store, Token } from './store.ts'
import { Conflict } from './store.ts'

const aCredential = (userId: UserId, given: Partial<Credential> = {}): Credential => ({
  id: anId<CredentialId>(),
  userId,
  kind: 'totp',
  name: 'phone',
  data: { seed: 'sealed', step: 1 },
  createdAt: 1,
  lastUsedAt: null,
  ...given,
})

const anAttempt = (given: Partial<Attempt> = {}): Attempt => ({
  id: anId<AttemptId>(),
  flow: 'sign-in',
  revision: 3,
  node: 'password',
  facts: { 'user.pending': 'ana' },
  browser: 'hash',
  expiresAt: 10_000,
  step: 0,
  ...given,
})

const aToken = (userId: UserId, given: Partial<Token & { keyHash: string }> = {}) => ({
  id: anId<TokenId>(),
  userId,
  kind: 'api' as const,
  name: 'ci',
  permissions: null,
  createdAt: 1,
  expiresAt: null,
  lastUsedAt: null,
  keyHash: anId<string & never>() as string,
  ...given,
})

const someone = (store: Store) => store.write((tx) => store.users.insert(tx, aUser()))

forEachEngine('E14 moves a counter on once for fifty equal answers in two processes', async (open) => {
  const stores = [await open(), await open()] as const
  const user = await someone(stores[0])
  const totp = aCredential(user.id)
  await stores[0].write((tx) => stores[0].credentials.insert(tx, totp))
  const after = { seed: 'sealed', step: 2 }
  const spend = (store: Store) =>
    // The order of members is no difference.
    store.write((tx) => store.credentials.replaceData(tx, totp.id, { step: 1, seed: 'sealed' }, after, 5))
  const won = await Promise.all(Array.from({ length: 50 }, (_, index) => spend(stores[index % 2 === 0 ? 0 : 1])))
  assert.equal(won.filter(Boolean).length, 1)
  assert.deepEqual(await stores[1].credentials.byId(stores[1].read, totp.id), { ...totp, data: after, lastUsedAt: 5 })
})

forEachEngine('gives credentials back by kind, oldest first', async (open) => {
  const store = await open()
  const user = await someone(store)
  const [totp, key] = [aCredential(user.id, { createdAt: 2 }), aCredential(user.id, { kind: 'webauthn', createdAt: 1 })]
  await store.write(async (tx) => {
    for (const one of [totp, key]) await store.credentials.insert(tx, one)
    await store.credentials.touch(tx, key.id, 7)
  })
  assert.deepEqual(await store.credentials.of(store.read, user.id), [{ ...key, lastUsedAt: 7 }, totp])
  assert.deepEqual(await store.credentials.of(store.read, user.id, 'totp'), [totp])
  const remove = () => store.write((tx) => store.credentials.remove(tx, totp.id))
  assert.deepEqual([await remove(), await remove()], [true, false])
  assert.equal(await store.credentials.byId(store.read, totp.id), undefined)
})

forEachEngine('keeps one password a person, and tells a rehash from a change', async (open) => {
  const store = await open()
  const user = await someone(store)
  const set = (hash: string, now: number) =>
    store.write((tx) => store.credentials.setPassword(tx, user.id, anId(), hash, now))
  const passwords = () => store.credentials.of(store.read, user.id, 'password')
  const state = async () => [
    (await passwords()).map(({ data }) => data),
    (await store.users.byId(store.read, user.id))?.passwordChangedAt,
  ]
  await set('first', 2)
  assert.deepEqual(await state(), [[{ hash: 'first' }], 2])
  const [kept] = await passwords()
  assert.ok(kept)
  const rehash = (before: string, after: string) =>
    store.write((tx) => store.credentials.replaceData(tx, kept.id, { hash: before }, { hash: after }, 3))
  assert.equal(await rehash('first', 'rehashed'), true)
  assert.deepEqual(await state(), [[{ hash: 'rehashed' }], 2])
  await set('second', 4)
  assert.equal(await rehash('rehashed', 'late'), false)
  assert.deepEqual(await state(), [[{ hash: 'second' }], 4])
})

forEachEngine(
  'keeps as many former passwords as it is told, the newest first, and forgets the others',
  async (open) => {
    const store = await open()
    const [user, other] = [await someone(store), await someone(store)]
    const set = (of: UserId, hash: string, now: number, keep?: number) =>
      store.write((tx) => store.credentials.setPassword(tx, of, anId(), hash, now, keep === undefined ? {} : { keep }))
    const former = (of = user.id, limit = 24) => store.credentials.formerPasswords(store.read, of, limit)
    await set(other.id, 'theirs', 1, 3)
    await set(other.id, 'theirs too', 2, 3)
    for (const [index, hash] of ['first', 'second', 'third', 'fourth'].entries()) await set(user.id, hash, index + 1, 2)
    assert.deepEqual(await former(), ['third', 'second'])
    assert.deepEqual(await former(user.id, 1), ['third'])
    assert.deepEqual(await former(other.id), ['theirs'])
    // A shorter memory takes away what is beyond it, and none leaves nothing.
    await set(user.id, 'fifth', 5, 1)
    assert.deepEqual(await former(), ['fourth'])
    await set(user.id, 'sixth', 6)
    assert.deepEqual(await former(), [])
    await store.write((tx) => store.users.remove(tx, other.id))
    assert.deepEqual(await former(other.id), [])
  },
)

forEachEngine('keeps that somebody must choose another password until one is set', async (open) => {
  const store = await open()
  const user = await someone(store)
  const must = async () => (await store.users.byId(store.read, user.id))?.mustChangePassword
  const set = (now: number, mustChange: boolean) =>
    store.write((tx) => store.credentials.setPassword(tx, user.id, anId(), 'hash', now, { mustChange }))
  await set(2, true)
  assert.equal(await must(), 2)
  // Other edits leave it, and asking again does not move it.
  await store.write((tx) => store.users.update(tx, user.id, { name: 'Other' }, 3))
  await store.write((tx) => store.users.update(tx, user.id, { mustChangePassword: true }, 4))
  assert.equal(await must(), 2)
  await store.write((tx) => store.users.update(tx, user.id, { mustChangePassword: false }, 5))
  assert.equal(await must(), undefined)
  await store.write((tx) => store.users.update(tx, user.id, { mustChangePassword: true }, 6))
  await set(7, false)
  assert.equal(await must(), undefined)
})

forEachEngine('H07 lets one of fifty equal answers move an attempt on, in two processes', async (open) => {
  const stores = [await open(), await open()] as const
  const attempt = anAttempt()
  await stores[0].write((tx) => stores[0].attempts.insert(tx, attempt))
  const next = { node: 'totp', facts: { proofs: [{ method: 'pwd', at: 1 }] } }
  const answer = (store: Store) => store.write((tx) => store.attempts.advance(tx, attempt.id, 0, next))
  const won = await Promise.all(Array.from({ length: 50 }, (_, index) => answer(stores[index % 2 === 0 ? 0 : 1])))
  assert.equal(won.filter(Boolean).length, 1)
  assert.deepEqual(await stores[1].attempts.byId(stores[1].read, attempt.id), { ...attempt, ...next, step: 1 })
  const stale = stores[0].write((tx) => stores[0].attempts.advance(tx, attempt.id, 0, next))
  assert.equal(await stale, false)
})

forEachEngine('removes and purges attempts', async (open) => {
  const store = await open()
  const attempts = [1, 2, 3, 50].map((expiresAt) => anAttempt({ expiresAt }))
  await store.write(async (tx) => {
    for (const attempt of attempts) await store.attempts.insert(tx, attempt)
  })
  const purge = () => store.write((tx) => store.attempts.purge(tx, 10, 2))
  assert.deepEqual([await purge(), await purge(), await purge()], [2, 1, 0])
  const [, , , last] = attempts
  assert.ok(last)
  const remove = () => store.write((tx) => store.attempts.remove(tx, last.id))
  assert.deepEqual([await remove(), await remove()], [true, false])
})

forEachEngine('finds a token by the hash of its key only, and none once it was removed', async (open) => {
  const store = await open()
  const user = await someone(store)
  const { keyHash, ...token } = aToken(user.id, { permissions: ['users.read'], expiresAt: 9 })
  const app = aToken(user.id, { kind: 'app_password', createdAt: 2 })
  await store.write(async (tx) => {
    for (const one of [{ keyHash, ...token }, app]) await store.tokens.insert(tx, one)
    await store.tokens.touch(tx, token.id, 5)
  })
  const used = { ...token, lastUsedAt: 5 }
  assert.deepEqual(await store.tokens.byKeyHash(store.read, keyHash), used)
  assert.equal(await store.tokens.byKeyHash(store.read, 'other'), undefined)
  assert.deepEqual(await store.tokens.byId(store.read, token.id), used)
  assert.deepEqual(await store.tokens.of(store.read, user.id, 'api'), [used])
  assert.equal((await store.tokens.of(store.read, user.id)).length, 2)
  const remove = () => store.write((tx) => store.tokens.remove(tx, token.id))
  assert.deepEqual([await remove(), await remove()], [true, false])
  assert.equal(await store.tokens.byKeyHash(store.read, keyHash), undefined)
  assert.equal(await store.write((tx) => store.tokens.removeAllOf(tx, user.id)), 1)
})

forEachEngine("lists the tokens of an organisation's people", async (open) => {
  const store = await open()
  const user = await someone(store)
  const stranger = await store.write((tx) => store.users.insert(tx, aUser({ organisation: 'elsewhere' })))
  const tokens = [aToken(user.id, { name: 'Deploy' }), aToken(user.id, { name: 'Backup', createdAt: 2 })]
  await store.write(async (tx) => {
    for (const token of [...tokens, aToken(stranger.id)]) await store.tokens.insert(tx, token)
  })
  const names = async (query: object) =>
    (await store.tokens.list(store.read, { organisation: 'main', limit: 10, ...query })).items.map((one) => one.name)
  assert.deepEqual(await names({}), ['Deploy', 'Backup'])
  assert.deepEqual(await names({ sort: 'name' }), ['Backup', 'Deploy'])
  assert.deepEqual(await names({ search: 'DEPL' }), ['Deploy'])
})

forEachEngine('refuses a second token of one key', async (open) => {
  const store = await open()
  const user = await someone(store)
  const insert = () => store.write((tx) => store.tokens.insert(tx, aToken(user.id, { keyHash: 'same' })))
  await insert()
  await assert.rejects(insert(), (error) => error instanceof Conflict && error.on === 'tokens.key')
})
