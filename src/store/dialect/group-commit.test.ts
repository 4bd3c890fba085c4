/** Group commit: released only by a sync that began after the commit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupCommit } from './group-commit.ts'

/** A disk whose syncs end when the test says so. */
const disk = () => {
  const begun: ((error: Error | null) => void)[] = []
  return { begun, sync: (done: (error: Error | null) => void) => void begun.push(done) }
}

const watched = (promise: Promise<void>) => {
  const seen = { state: 'waiting' }
  promise.then(
    () => {
      seen.state = 'durable'
    },
    () => {
      seen.state = 'failed'
    },
  )
  return seen
}

const settled = () => new Promise(setImmediate)

test('does not release a commit by a sync that began before it', async () => {
  const { begun, sync } = disk()
  const commits = groupCommit(sync, assert.fail)
  const first = watched(commits.durable())
  commits.begin()
  const second = watched(commits.durable())
  commits.begin()
  assert.equal(begun.length, 1)
  begun[0]?.(null)
  await settled()
  assert.deepEqual([first.state, second.state, begun.length], ['durable', 'waiting', 2])
  assert.equal(commits.pending, true)
  begun[1]?.(null)
  await settled()
  assert.deepEqual([second.state, commits.pending], ['durable', false])
})

test('shares one sync between all who wait', async () => {
  const { begun, sync } = disk()
  const commits = groupCommit(sync, assert.fail)
  const all = Array.from({ length: 64 }, () => watched(commits.durable()))
  commits.begin()
  commits.begin()
  begun[0]?.(null)
  await settled()
  assert.ok(all.every((one) => one.state === 'durable'))
  assert.equal(begun.length, 1)
})

test('begins nothing while nobody waits', () => {
  const { begun, sync } = disk()
  const commits = groupCommit(sync, assert.fail)
  commits.begin()
  assert.deepEqual([begun.length, commits.pending], [0, false])
})

test('fails all who wait and all who come after a sync failed, and tells it once', async () => {
  const { begun, sync } = disk()
  const fatal: Error[] = []
  const commits = groupCommit(sync, (error) => fatal.push(error))
  const first = watched(commits.durable())
  commits.begin()
  const second = watched(commits.durable())
  begun[0]?.(new Error('EIO'))
  const third = watched(commits.durable())
  commits.begin()
  await settled()
  assert.deepEqual([first.state, second.state, third.state], ['failed', 'failed', 'failed'])
  assert.deepEqual([fatal.length, begun.length], [1, 1])
})
