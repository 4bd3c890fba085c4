import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import type { UserId } from '../base/ids.ts'
import type { Change, ChangeFeed } from '../store/store.ts'
import { keepByKey } from './keep-by-key.ts'

/** A feed whose changes come when the test says so. */
const feed = () => {
  const followers = new Set<(change: Change) => void>()
  const changes: ChangeFeed = {
    note: async () => undefined,
    fresh: () => true,
    follow: (follower) => {
      followers.add(follower)
      return () => followers.delete(follower)
    },
    purge: async () => 0,
  }
  const tell = (what: string, key = 'x') => {
    for (const follower of followers) follower({ seq: 1, what, key })
  }
  return { changes, tell, followers }
}
const ofUsers = (change: Change) =>
  change.what === 'users' ? change.key : change.what === 'groups' ? 'all' : ('none' as const)

test('keeps each row until a change touches it, and the others when it does', async () => {
  const { changes, tell } = feed()
  const loads: string[] = []
  const kept = keepByKey(changes, {
    touched: ofUsers,
    load: async (key: string) => {
      loads.push(key)
      return { key, number: loads.length }
    },
  })
  const ana = await kept.of('ana')
  await kept.of('ben')
  assert.equal(kept.of('ana'), ana)
  tell('users', 'ben')
  tell('grants', 'ana')
  assert.equal(kept.of('ana'), ana)
  assert.equal((await kept.of('ben'))?.number, 3)
  tell('groups')
  assert.equal((await kept.of('ana'))?.number, 4)
  tell('*')
  assert.equal((await kept.of('ana'))?.number, 5)
  assert.deepEqual(loads, ['ana', 'ben', 'ben', 'ana', 'ana'])
})

test('does not keep a row whose change came while it was read', async () => {
  const { changes, tell } = feed()
  const waiting: ((value: { says: string }) => void)[] = []
  const kept = keepByKey(changes, {
    touched: ofUsers,
    load: (_key: string) => new Promise<{ says: string }>((resolve) => waiting.push(resolve)),
  })
  const first = kept.of('ana')
  assert.equal(kept.of('ana'), first)
  tell('users', 'ana')
  const second = kept.of('ana')
  waiting[1]?.({ says: 'after' })
  assert.deepEqual(await second, { says: 'after' })
  waiting[0]?.({ says: 'before' })
  assert.deepEqual(await first, { says: 'before' })
  assert.deepEqual(await kept.of('ana'), { says: 'after' })
  assert.equal(waiting.length, 2)
})

test('keeps nothing of a load that failed or found nothing', async () => {
  const { changes } = feed()
  const answers = [new Error('the store is away'), null, { here: true }]
  const kept = keepByKey(changes, {
    touched: ofUsers,
    load: async (_key: string) => {
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer ?? null
    },
  })
  await assert.rejects(async () => kept.of('ana'), /away/)
  assert.equal(await kept.of('ana'), null)
  assert.deepEqual(await kept.of('ana'), { here: true })
})

test('loads again what time has ended', async () => {
  const { changes } = feed()
  let now = 10
  const kept = keepByKey(changes, {
    touched: ofUsers,
    load: async (_key: string) => ({ until: now + 5 }),
    holds: ({ until }) => until > now,
  })
  assert.deepEqual(await kept.of('ana'), { until: 15 })
  now = 14
  assert.deepEqual(await kept.of('ana'), { until: 15 })
  now = 15
  assert.deepEqual(await kept.of('ana'), { until: 20 })
})

test('lets go of what nobody asked for longest, and of everything when closed', async () => {
  const { changes, followers } = feed()
  let loads = 0
  const kept = keepByKey(changes, {
    touched: ofUsers,
    most: 3,
    load: async (key: string) => {
      loads += 1
      return { key }
    },
  })
  for (const key of ['a', 'b', 'c', 'd', 'a', 'e', 'f', 'g', 'a']) await kept.of(key)
  assert.equal(loads, 7)
  await kept.of('b')
  assert.equal(loads, 8)
  kept.close()
  assert.equal(followers.size, 0)
  await kept.of('a')
  assert.equal(loads, 9)
})

forEachEngine('tells of a row what another process wrote before the question', async (open) => {
  const [mine, other] = [await open(), await open()]
  const user = aUser()
  await mine.write((tx) => mine.users.insert(tx, user))
  const kept = keepByKey(mine.changes, {
    touched: ofUsers,
    load: async (id: string) => (await mine.users.byId(mine.read, id as UserId)) ?? null,
  })
  assert.equal((await kept.of(user.id))?.active, true)
  assert.equal(await kept.of(anId()), null)
  for (const [writer, active] of [
    [mine, false],
    [other, true],
    [other, false],
  ] as const) {
    await writer.write((tx) => writer.users.update(tx, user.id, { active }, 2))
    // PostgreSQL tells by a message, which may be a moment away.
    while ((await kept.of(user.id))?.active !== active) await new Promise(setImmediate)
    assert.equal((await kept.of(user.id))?.active, active)
  }
})
