import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import type { Store } from './store.ts'

const add = (store: Store, keys: readonly string[], now: number) =>
  store.write(async (tx) => {
    for (const [key, count] of await store.guesses.lock(tx, keys, now))
      await store.guesses.set(tx, key, { failures: count.failures + 1, lastAt: now })
  })

forEachEngine('counts every one of many tries at once, of two processes, also the first ones', async (open) => {
  const stores = [await open(), await open()]
  await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      add(stores[index % 2] as Store, index % 3 === 0 ? ['b', 'a'] : ['a', 'b'], index),
    ),
  )
  const store = stores[0] as Store
  const counts = await store.write((tx) => store.guesses.lock(tx, ['a', 'b', 'c'], 99))
  assert.deepEqual(
    [...counts].map(([key, { failures }]) => [key, failures]),
    [
      ['a', 60],
      ['b', 60],
      ['c', 0],
    ],
  )
})

forEachEngine('takes a count away, and purges what lies long behind', async (open) => {
  const store = await open()
  await add(store, ['old'], 10)
  await add(store, ['new', 'gone'], 20)
  await store.write((tx) => store.guesses.set(tx, 'gone', null))
  assert.equal(await store.write((tx) => store.guesses.purge(tx, 15, 10)), 1)
  const counts = await store.write((tx) => store.guesses.lock(tx, ['old', 'new', 'gone'], 30))
  assert.deepEqual(Object.fromEntries([...counts].map(([key, { failures }]) => [key, failures])), {
    old: 0,
    new: 1,
    gone: 0,
  })
})
