/** Transactions: all or nothing, durable before they are told, and awaiting nothing but their queries. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { Client } from 'pg'
import { anId, aSession, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine, postgresDatabase, rawRows, sqliteFile } from '../../test/support/stores.ts'
import { systemClock } from '../base/clock.ts'
import type { UserId } from '../base/ids.ts'
import { openStore } from './open-store.ts'
import { Conflict, type Store, type Tx } from './store.ts'

const insert = (store: Store, tx: Tx, username: string) => store.users.insert(tx, aUser({ username }))

forEachEngine('leaves nothing of a transaction that throws, and throws what it threw', async (open) => {
  const store = await open()
  const thrown = new Error('no')
  const failing = store.write(async (tx) => {
    await insert(store, tx, 'ana')
    throw thrown
  })
  await assert.rejects(failing, (error) => error === thrown)
  const synchronous = store.write(() => {
    throw thrown
  })
  await assert.rejects(synchronous, (error) => error === thrown)
  assert.equal(await store.users.count(store.read), 0)
  await store.write((tx) => insert(store, tx, 'ana'))
  assert.equal(await store.users.count(store.read), 1)
})

forEachEngine('takes nothing of the others with one of many that fails', async (open) => {
  const store = await open()
  await store.changes.fresh()
  const noted: string[] = []
  store.changes.follow(({ key }) => noted.push(key))
  const ids = Array.from({ length: 40 }, () => anId<UserId>())
  const asked = ids.map((id, index) =>
    store.write(async (tx) => {
      await store.users.insert(tx, aUser({ id, username: `user${index}` }))
      if (index % 3 === 0) throw new Error(`not ${index}`)
      // A statement that fails dooms its own transaction only.
      if (index % 3 === 1) await store.users.insert(tx, aUser({ id, username: `again${index}` }))
      return index
    }),
  )
  const ended = await Promise.allSettled(asked)
  await store.changes.fresh()
  for (const [index, id] of ids.entries()) {
    const done = index % 3 === 2
    assert.equal(ended[index]?.status, done ? 'fulfilled' : 'rejected', String(index))
    assert.equal((await store.users.byId(store.read, id)) !== undefined, done, String(index))
  }
  assert.deepEqual(noted.toSorted(), ids.filter((_, index) => index % 3 === 2).toSorted())
})

forEachEngine('shows a transaction its own writes, and nobody else before the commit', async (open) => {
  const store = await open()
  const [inside, outside] = await store.write(async (tx) => {
    await insert(store, tx, 'ana')
    // A read of another connection: on SQLite it answers within this turn as well.
    return [await store.users.count(tx), await store.users.count(store.read)]
  })
  assert.deepEqual([inside, outside, await store.users.count(store.read)], [1, 0, 1])
})

forEachEngine('refuses to write outside a transaction', async (open) => {
  const store = await open()
  const { read } = store
  const user = await store.write((tx) => insert(store, tx, 'ana'))
  await assert.rejects(insert(store, read, 'ben'), /store\.read cannot write/)
  await assert.rejects(store.users.recordLogin(read, user.id, 1), /store\.read cannot write/)
  await assert.rejects(
    store.keys.insertFirst(read, { id: 'a', purpose: 'b', wrapped: 'c', createdAt: 1 }),
    /cannot write/,
  )
  await assert.rejects(store.changes.note(read, 'users', 'x'), /cannot write/)
  assert.equal(await store.users.count(read), 1)
})

forEachEngine('refuses a query of a transaction that is over', async (open) => {
  const store = await open()
  const kept = await store.write(async (tx) => tx)
  await assert.rejects(insert(store, kept, 'ana'), /transaction is over/)
  await assert.rejects(store.changes.note(kept, 'users', 'x'), /transaction is over/)
  await assert.rejects(store.users.count(kept), /transaction is over/)
  assert.equal(await store.users.count(store.read), 0)
})

forEachEngine('does not pass a transaction for done that swallowed a failed statement', async (open) => {
  const store = await open()
  const swallowing = store.write(async (tx) => {
    await insert(store, tx, 'ana')
    await store.sessions.insert(tx, aSession(anId<UserId>())).catch(() => {})
  })
  await assert.rejects(swallowing, /statement of this transaction failed/)
  const going = store.write(async (tx) => {
    await store.sessions.insert(tx, aSession(anId<UserId>())).catch(() => {})
    await insert(store, tx, 'ben')
  })
  await assert.rejects(going)
  assert.equal(await store.users.count(store.read), 0)
})

forEachEngine('runs queries that a transaction asks at once one after another', async (open) => {
  const store = await open()
  await store.write(async (tx) => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => insert(store, tx, `user-${index}`)))
  })
  assert.equal(await store.users.count(store.read), 20)
  const { items } = await store.users.list(store.read, { organisation: 'main', limit: 50 })
  assert.equal(new Set(items.map((user) => user.number)).size, 20)
})

forEachEngine('runs hundreds of parallel transactions of two processes, each once', async (open) => {
  const stores = [await open(), await open()] as const
  const write = (index: number) => {
    const store = stores[index % 2 === 0 ? 0 : 1]
    return store.write((tx) => insert(store, tx, `user-${index}`))
  }
  const users = await Promise.all(Array.from({ length: 300 }, (_, index) => write(index)))
  assert.deepEqual(
    users.map((user) => user.number).sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, index) => index + 1),
  )
  assert.equal(await stores[1].users.count(stores[1].read), 300)
})

forEachEngine('refuses to write once it is closed, and closes twice without harm', async (open) => {
  const store = await open()
  const last = store.write((tx) => insert(store, tx, 'ana'))
  await last
  await store.close()
  await store.close()
  await assert.rejects(store.write((tx) => insert(store, tx, 'ben')))
})

const onSqlite = (title: string, body: (store: Store, file: string) => Promise<void>): void => {
  test(title, async () => {
    const { file, drop } = await sqliteFile()
    const store = await openStore({ file, clock: systemClock })
    try {
      await body(store, file)
    } finally {
      await store.close()
      await drop()
    }
  })
}

onSqlite(
  'fails a transaction that awaits something other than its queries, and goes on with the next',
  async (store) => {
    const waiting = store.write(async (tx) => {
      await insert(store, tx, 'ana')
      await new Promise((resolve) => setTimeout(resolve, 60_000).unref())
    })
    const next = store.write((tx) => insert(store, tx, 'ben'))
    await assert.rejects(waiting, /awaited something other than its queries/)
    await next
    assert.equal(await store.users.byUsername(store.read, 'ana'), undefined)
  },
)

onSqlite('fails a transaction that awaits another transaction, and runs the inner one', async (store) => {
  let inner: Promise<unknown> = Promise.resolve()
  const outer = store.write(async (tx) => {
    await insert(store, tx, 'ana')
    inner = store.write((other) => insert(store, other, 'ben'))
    await inner
  })
  await assert.rejects(outer, /awaited something other than its queries/)
  await inner
  assert.equal(await store.users.byUsername(store.read, 'ana'), undefined)
  assert.notEqual(await store.users.byUsername(store.read, 'ben'), undefined)
})

onSqlite('does not starve the event loop while many write', async (store) => {
  let turns = 0
  const count = (): void => {
    turns += 1
    ticking = setImmediate(count)
  }
  let ticking = setImmediate(count)
  await Promise.all(Array.from({ length: 320 }, (_, index) => store.write((tx) => insert(store, tx, `u${index}`))))
  clearImmediate(ticking)
  assert.ok(turns >= 10, `${turns} turns for 320 transactions`)
})

onSqlite('keeps the database for its owner alone', async (_store, file) => {
  for (const part of ['', '-wal', '-shm']) assert.equal(statSync(`${file}${part}`).mode & 0o777, 0o600, part)
})

onSqlite('waits for the write lock of another process without holding the thread', async (store, file) => {
  const { DatabaseSync } = await import('node:sqlite')
  const other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  const waiting = store.write((tx) => insert(store, tx, 'ana'))
  let turns = 0
  while (turns < 20) {
    await new Promise(setImmediate)
    turns += 1
  }
  assert.equal(await store.users.count(store.read), 0)
  other.exec('ROLLBACK')
  other.close()
  await waiting
  assert.equal(await store.users.count(store.read), 1)
})

test('ends in an error told once where the log cannot be synced, and promises nothing after', async () => {
  const { file, drop } = await sqliteFile()
  const fatal: Error[] = []
  let failing = false
  const store = await openStore({
    file,
    clock: systemClock,
    onFatal: (error) => fatal.push(error),
    onSync: (phase) => {
      if (failing && phase === 'begun') throw new Error('the disk is gone')
    },
  })
  failing = true
  const writes = Array.from({ length: 5 }, (_, index) => store.write((tx) => insert(store, tx, `u${index}`)))
  for (const write of writes) await assert.rejects(write, /the disk is gone/)
  failing = false
  await assert.rejects(
    store.write((tx) => insert(store, tx, 'later')),
    /the disk is gone/,
  )
  assert.deepEqual(
    fatal.map((error) => error.message),
    ['the disk is gone'],
  )
  await store.close()
  await drop()
})

test('runs a transaction again that PostgreSQL undid for a deadlock', async () => {
  const { url, drop } = await postgresDatabase()
  const store = await openStore({ url, clock: systemClock })
  const [a, b] = [aUser(), aUser()]
  await store.write(async (tx) => {
    for (const user of [a, b]) await store.users.insert(tx, user)
  })
  let runs = 0
  const crossing = (first: UserId, second: UserId, gate: { arrive(): Promise<void> }) =>
    store.write(async (tx) => {
      runs += 1
      await store.users.recordLogin(tx, first, 5)
      await gate.arrive()
      await store.users.recordLogin(tx, second, 5)
    })
  const gate = meetingOf(2)
  try {
    await Promise.all([crossing(a.id, b.id, gate), crossing(b.id, a.id, gate)])
    // On a slow machine the second run may meet the other once more: one that was undone ran again, that is the promise.
    assert.ok(runs >= 3, `${runs} runs`)
  } finally {
    await store.close()
    await drop()
  }
})

/** Holds each until all have come; whoever comes later passes. */
const meetingOf = (count: number) => {
  let open: () => void = () => {}
  const all = new Promise<void>((resolve) => {
    open = resolve
  })
  let come = 0
  return {
    arrive: (): Promise<void> => {
      come += 1
      if (come === count) open()
      return all
    },
  }
}

test('goes on after PostgreSQL dropped every connection', async () => {
  const { url, drop } = await postgresDatabase()
  const store = await openStore({ url, clock: systemClock })
  await store.write((tx) => insert(store, tx, 'ana'))
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await client.end()
  const counts = await Promise.all(Array.from({ length: 20 }, () => store.users.count(store.read)))
  assert.deepEqual(new Set(counts), new Set([1]))
  assert.equal(await store.changes.fresh(), true)
  await store.write((tx) => insert(store, tx, 'ben'))
  await store.close()
  await drop()
})

forEachEngine('holds a name for one transaction at a time', async (open, _engine, where) => {
  const store = await open()
  const key = (index: number) => ({ id: `k${index}`, purpose: 'one', wrapped: 'w', createdAt: index })
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => store.write((tx) => store.keys.insertFirst(tx, key(index)))),
  )
  assert.equal((await rawRows(where, 'select id from keys')).length, 1)
  assert.ok(!(await store.write((tx) => store.keys.insertFirst(tx, key(9)).then((kept) => kept.id === 'k9'))))
})

test('says in plain words that a store needs a place', async () => {
  await assert.rejects(openStore({ clock: systemClock }), /needs a url or a file/)
  const refused = (error: unknown) => error instanceof Error && !(error instanceof Conflict)
  await assert.rejects(openStore({ clock: systemClock, url: 'postgres://nobody@127.0.0.1:1/none' }), refused)
})
