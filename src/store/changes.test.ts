/** The feed of changes: complete, in the order of commits, in every process. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { aGrant, aGroup, anId, aResource, aSession, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine, postgresDatabase, rawRows, sqliteFile } from '../../test/support/stores.ts'
import { systemClock } from '../base/clock.ts'
import type { CredentialId, TokenId } from '../base/ids.ts'
import type { Sealed } from '../base/secret.ts'
import { openStore } from './open-store.ts'
import type { Change, Store } from './store.ts'

const following = (store: Store) => {
  const seen: Change[] = []
  const stop = store.changes.follow((change) => seen.push(change))
  return { seen, stop, names: () => seen.map((change) => `${change.what}/${change.key}`) }
}

forEachEngine('tells what each aggregate changed, once a transaction', async (open) => {
  const store = await open()
  await store.changes.fresh()
  const { seen, names } = following(store)
  const user = aUser()
  const group = aGroup()
  const session = aSession(user.id)
  const grant = aGrant({ userId: user.id, sessionId: session.id })
  const token = {
    id: anId<TokenId>(),
    userId: user.id,
    kind: 'api',
    name: 't',
    permissions: null,
    createdAt: 1,
  } as const
  const password = anId<CredentialId>()
  const steps: [string, (tx: Parameters<Parameters<Store['write']>[0]>[0]) => Promise<unknown>, string[]][] = [
    ['a user', (tx) => store.users.insert(tx, user), [`users/${user.id}`]],
    ['a disable', (tx) => store.users.update(tx, user.id, { active: false }, 2), [`users/${user.id}`]],
    ['a password', (tx) => store.credentials.setPassword(tx, user.id, password, 'h', 1), [`users/${user.id}`]],
    ['a rehash', (tx) => store.credentials.replaceData(tx, password, { hash: 'h' }, { hash: 'i' }, 1), []],
    ['a group', (tx) => store.groups.insert(tx, group), [`groups/${group.id}`]],
    [
      'a membership',
      (tx) => store.groups.addMember(tx, { userId: user.id, groupId: group.id, until: null }),
      [`users/${user.id}`],
    ],
    [
      'the same membership',
      (tx) => store.groups.addMember(tx, { userId: user.id, groupId: group.id, until: null }),
      [],
    ],
    ['a sign-in', (tx) => store.sessions.insert(tx, session), []],
    ['a grant', (tx) => store.grants.insert(tx, grant), []],
    ['a use', (tx) => store.sessions.touch(tx, session.id, 2, 3), []],
    ['a sign-out', (tx) => store.sessions.end(tx, session.id, 4), [`grants/${grant.id}`, `sessions/${session.id}`]],
    ['a revoke', (tx) => store.grants.revokeJti(tx, 'j', 9), ['jti/j']],
    ['a token', (tx) => store.tokens.insert(tx, { ...token, expiresAt: null, lastUsedAt: null, keyHash: 'k' }), []],
    ['a token gone', (tx) => store.tokens.remove(tx, token.id), [`tokens/${token.id}`]],
    ['a resource', (tx) => store.resources.put(tx, aResource('wiki')), ['applications/wiki']],
    ['a secret', (tx) => store.secrets.put(tx, 's', 'x' as Sealed, 1), ['secrets/s']],
    ['a fact', (tx) => store.instance.set(tx, 'setup_done', true), ['instance/setup_done']],
    ['a note', (tx) => store.changes.note(tx, 'other', 'thing'), ['other/thing']],
  ]
  for (const [title, step, expected] of steps) {
    seen.length = 0
    await store.write(step)
    await store.changes.fresh()
    assert.deepEqual(names(), expected, title)
  }
  seen.length = 0
  await store.write(async (tx) => {
    for (let count = 0; count < 3; count += 1) await store.changes.note(tx, 'users', 'same')
  })
  await store.changes.fresh()
  assert.deepEqual(names(), ['users/same'])
})

forEachEngine('tells changes of other processes, in the order of commits, all of them', async (open) => {
  const watch = { now: 10_000 }
  const stores = [await open(), await open({ clock: { now: () => watch.now } })] as const
  await stores[1].changes.fresh()
  const { seen } = following(stores[1])
  const note = (index: number) => {
    const store = stores[index % 2 === 0 ? 0 : 1]
    return store.write(async (tx) => {
      // Some note early and do more, some at the end: numbers follow the commit all the same.
      await store.changes.note(tx, 'n', String(index))
      if (index % 3 === 0) await store.events.count(tx, `k${index}`, 1, 1)
    })
  }
  const asking = Array.from({ length: 30 }, async () => {
    for (let count = 0; count < 5; count += 1) await stores[1].changes.fresh()
  })
  await Promise.all([...Array.from({ length: 120 }, (_, index) => note(index)), ...asking])
  watch.now += 1_000
  await stores[1].changes.fresh()
  const numbers = seen.map((change) => change.seq)
  assert.equal(seen.length, 120)
  assert.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
  )
  assert.equal(new Set(seen.map((change) => change.key)).size, 120)
})

forEachEngine('numbers a thousand changes of one transaction in the order they were noted', async (open) => {
  const store = await open()
  await store.changes.fresh()
  const { seen } = following(store)
  await store.write(async (tx) => {
    for (let index = 0; index < 1_000; index += 1) await store.changes.note(tx, 'n', String(index))
  })
  await store.changes.fresh()
  assert.deepEqual(
    seen.map((change) => change.key),
    Array.from({ length: 1_000 }, (_, index) => String(index)),
  )
})

forEachEngine(
  'notes nothing for a transaction that was rolled back, and leaves no gap',
  async (open, _engine, where) => {
    const store = await open()
    await store.changes.fresh()
    const { names } = following(store)
    const failing = store.write(async (tx) => {
      await store.users.insert(tx, aUser())
      throw new Error('no')
    })
    await assert.rejects(failing)
    await store.write((tx) => store.changes.note(tx, 'n', 'a'))
    await store.changes.fresh()
    assert.deepEqual(names(), ['n/a'])
    const [row] = await rawRows(where, 'select count(*) as count, max(seq) - min(seq) + 1 as span from changes')
    assert.equal(row?.count, row?.span)
  },
)

forEachEngine('tells whoever missed entries that were taken away to start afresh', async (open) => {
  const watch = { now: 10_000 }
  const [reader, writer] = [await open({ clock: { now: () => watch.now } }), await open()]
  const purge = (limit: number) => writer.write((tx) => writer.changes.purge(tx, Number.MAX_SAFE_INTEGER, limit))
  await purge(1_000)
  await reader.changes.fresh()
  for (const key of ['a', 'b', 'c']) await writer.write((tx) => writer.changes.note(tx, 'n', key))
  // Some, so that what is left would pass for all there was.
  assert.equal(await purge(2), 2)
  // Only now, since where the server notifies a follower would have read them before they went.
  const { names, seen } = following(reader)
  watch.now += 1_000
  await reader.changes.fresh()
  assert.deepEqual(names(), ['*/'])
  seen.length = 0
  await writer.write((tx) => writer.changes.note(tx, 'n', 'd'))
  watch.now += 1_000
  await reader.changes.fresh()
  assert.deepEqual(names(), ['n/d'])
})

forEachEngine('knows its own change at once', async (open) => {
  const store = await open()
  const { seen } = following(store)
  for (let index = 0; index < 20; index += 1) {
    await store.changes.fresh()
    seen.length = 0
    await store.write((tx) => store.changes.note(tx, 'n', String(index)))
    await store.changes.fresh()
    assert.deepEqual(
      seen.map((change) => change.key),
      [String(index)],
    )
  }
})

test('SQLite: asks the file once in the time given, and hears of its own commits at once', async () => {
  const { drop, ...where } = await sqliteFile()
  const [mine, other] = [
    await openStore({ ...where, clock: systemClock, confirmedFor: 1e9 }),
    await openStore({ ...where, clock: systemClock }),
  ]
  try {
    while (mine.changes.fresh() !== true) await mine.changes.fresh()
    const { names } = following(mine)
    await other.write((tx) => other.changes.note(tx, 'theirs', '1'))
    assert.equal(mine.changes.fresh(), true)
    assert.deepEqual(names(), [])
    await mine.write((tx) => mine.changes.note(tx, 'mine', '2'))
    await mine.changes.fresh()
    assert.deepEqual(names(), ['theirs/1', 'mine/2'])
  } finally {
    await mine.close()
    await other.close()
    await drop()
  }
})

forEachEngine('answers at once where nothing changed', async (open) => {
  let now = 10_000
  const store = await open({ clock: { now: () => now } })
  await store.changes.fresh()
  assert.equal(store.changes.fresh(), true)
  now += 999
  assert.equal(store.changes.fresh(), true)
})

forEachEngine('stops telling whoever stopped following, and asks again after a follower threw', async (open) => {
  const store = await open()
  await store.changes.fresh()
  const { seen, stop } = following(store)
  stop()
  await store.write((tx) => store.changes.note(tx, 'n', 'a'))
  await store.changes.fresh()
  assert.equal(seen.length, 0)
  let broken = true
  store.changes.follow((change) => {
    if (broken) throw new Error('a bug')
    seen.push(change)
  })
  await store.write((tx) => store.changes.note(tx, 'n', 'b'))
  await assert.rejects(async () => store.changes.fresh(), /a bug/)
  await assert.rejects(async () => store.changes.fresh(), /a bug/)
  broken = false
  await store.changes.fresh()
  assert.deepEqual(
    seen.map((change) => change.key),
    ['b'],
  )
})

test('O08 asks the server once a second, and at once when the clock was set back', async () => {
  const { url, drop } = await postgresDatabase()
  let now = 10_000
  const store = await openStore({ url, clock: { now: () => now } })
  await store.changes.fresh()
  assert.equal(store.changes.fresh(), true)
  now += 1_000
  const asking = store.changes.fresh()
  assert.notEqual(asking, true)
  await asking
  assert.equal(store.changes.fresh(), true)
  now -= 60_000
  assert.notEqual(store.changes.fresh(), true)
  await store.changes.fresh()
  await store.close()
  await drop()
})

test('asks the server every time while it hears no notifications', async () => {
  const { url, drop } = await postgresDatabase()
  const store = await openStore({ url, clock: { now: () => 10_000 } })
  await store.changes.fresh()
  const client = new Client({ connectionString: url })
  await client.connect()
  const gone = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gatehouse changes' and datname = current_database()`
  await client.query(gone)
  while (store.changes.fresh() === true) await new Promise(setImmediate)
  await client.end()
  await store.changes.fresh()
  await store.close()
  await drop()
})

test('gives no number while a lower one may still be committed by another process', async () => {
  const { url, drop } = await postgresDatabase()
  const watch = { now: 10_000 }
  const store = await openStore({ url, clock: { now: () => watch.now } })
  await store.changes.fresh()
  const { seen } = following(store)
  const other = new Client({ connectionString: url })
  await other.connect()
  await other.query('begin')
  const { rows } = await other.query(`update counters set value = value + 1 where name = 'changes' returning value`)
  const lower = Number(rows[0].value)
  let told = false
  const higher = store
    .write((tx) => store.changes.note(tx, 'n', 'higher'))
    .then(() => {
      told = true
    })
  const blocked = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await other.query(blocked)).rowCount === 0);
  watch.now += 1_000
  await store.changes.fresh()
  assert.deepEqual([told, seen.length], [false, 0])
  await other.query(`insert into changes (seq, what, key, at) values (${lower}, 'n', 'lower', 0)`)
  await other.query('commit')
  await higher
  watch.now += 1_000
  await store.changes.fresh()
  assert.deepEqual(seen, [
    { seq: lower, what: 'n', key: 'lower' },
    { seq: lower + 1, what: 'n', key: 'higher' },
  ])
  await other.end()
  await store.close()
  await drop()
})

test('tells a follower of another process without being asked, where the server notifies', async () => {
  const { url, drop } = await postgresDatabase()
  const clock = { now: () => 10_000 }
  const [reader, writer] = [await openStore({ url, clock }), await openStore({ url, clock })]
  const told = new Promise<Change>((resolve) => {
    reader.changes.follow((change) => change.what === 'users' && resolve(change))
  })
  await writer.write((tx) => writer.changes.note(tx, 'users', 'leaver'))
  assert.equal((await told).key, 'leaver')
  await reader.close()
  await writer.close()
  await drop()
})

test('tells a follower without being asked when a peer on the same SQLite file says that it wrote', async () => {
  const { file, drop } = await sqliteFile()
  const clock = { now: () => 10_000 }
  let wakeReader = (): void => {}
  const nothing = (): void => {}
  const reader = await openStore({
    file,
    clock,
    peers: {
      tell: nothing,
      heard: (listener) => {
        wakeReader = listener
      },
    },
  })
  const writer = await openStore({ file, clock, peers: { tell: () => wakeReader(), heard: nothing } })
  const told = new Promise<Change>((resolve) => {
    reader.changes.follow((change) => change.what === 'jobs' && resolve(change))
  })
  // What the reader has just looked at would count for some milliseconds.
  await reader.changes.fresh()
  await writer.write((tx) => writer.changes.note(tx, 'jobs', 'mail.send'))
  assert.equal((await told).key, 'mail.send')
  await reader.close()
  await writer.close()
  await drop()
})
