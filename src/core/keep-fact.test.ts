import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, ChangeFeed } from '../store/store.ts'
import { keepFact } from './keep-fact.ts'

/** A feed whose changes come when the test says so. */
const feed = () => {
  let followers: ((change: Change) => void)[] = []
  const changes: ChangeFeed = {
    note: async () => undefined,
    fresh: () => true,
    follow: (follower) => {
      followers.push(follower)
      return () => {
        followers = followers.filter((one) => one !== follower)
      }
    },
    purge: async () => 0,
  }
  return {
    changes,
    tell: (what: string) => {
      for (const follower of followers) follower({ seq: 1, what, key: 'x' })
    },
  }
}

test('keeps what was loaded until a change touches it', async () => {
  const { changes, tell } = feed()
  let loads = 0
  const kept = keepFact(
    changes,
    (what) => what === 'groups',
    async () => ++loads,
  )
  assert.equal(await kept.current(), 1)
  assert.equal(await kept.current(), 1)
  tell('users')
  assert.equal(await kept.current(), 1)
  tell('groups')
  assert.equal(await kept.current(), 2)
  tell('*')
  assert.equal(await kept.current(), 3)
})

test('does not keep what was loaded while a change came', async () => {
  const { changes, tell } = feed()
  const waiting: ((value: string) => void)[] = []
  const kept = keepFact(
    changes,
    () => true,
    () => new Promise<string>((resolve) => waiting.push(resolve)),
  )
  const first = kept.current()
  tell('groups')
  const second = kept.current()
  waiting[0]?.('before')
  waiting[1]?.('after')
  assert.equal(await first, 'before')
  assert.equal(await second, 'after')
  assert.equal(await kept.current(), 'after')
})

test('tries again after a load that failed', async () => {
  const { changes } = feed()
  let fails = true
  const kept = keepFact(
    changes,
    () => true,
    async () => {
      if (fails) throw new Error('the store is away')
      return 'here'
    },
  )
  await assert.rejects(async () => kept.current())
  fails = false
  assert.equal(await kept.current(), 'here')
})
