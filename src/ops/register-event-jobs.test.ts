/** When the jobs of the audit log run, and that they do what they are for. */
import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import { testRing } from '../../test/support/test-ring.ts'
import { DAY, HOUR, MINUTE } from '../base/clock.ts'
import type { EventDraft } from '../events/event.ts'
import { verifyChain } from '../events/verify-chain.ts'
import type { JobEnd, JobKind, NewJob } from '../jobs/job-kind.ts'
import type { Job, Store } from '../store/store.ts'
import { createSealKeys } from './keys/seal-key.ts'
import type { House } from './open-house.ts'
import { registerEventJobs } from './register-event-jobs.ts'

const START = Date.UTC(2030, 0, 1)
const logout: EventDraft = { type: 'logout', actor: { kind: 'user', id: 'u', name: 'ana' } }

const keeping = async (store: Store) => {
  const at = { now: START }
  const clock = { now: () => at.now }
  const recorder = testRecorder(store, clock)
  const kinds = new Map<string, JobKind>()
  const every = new Map<string, number>()
  const asked: NewJob[] = []
  const logged: object[] = []
  const ring = await testRing()
  const sealKeys = createSealKeys({ store, ring, clock })
  registerEventJobs({
    store,
    clock,
    recorder,
    sealKeys,
    // The part of the settings that these jobs look at.
    settingsNow: () => ({ events: { retention: 30 * DAY, maxBytes: 1e9 } }) as ReturnType<House['settingsNow']>,
    jobs: {
      register: (kind, job) => void kinds.set(kind, job),
      every: (kind, interval) => void every.set(kind, interval),
      enqueue: async (_tx, job) => void asked.push(job),
    },
    log: {
      info: (_message, detail = {}) => void logged.push(detail),
      error: (message, error) => assert.fail(`${message}: ${String(error)}`),
    },
  })
  const run = async (kind: string): Promise<JobEnd> => {
    const context = { signal: new AbortController().signal, now: at.now }
    const end = await kinds.get(kind)?.run({} as Job, context)
    return end
  }
  const verify = async () => verifyChain(store.events.chain.reader(store.read), await sealKeys.verifier())
  return { at, recorder, asked, logged, every, run, verify }
}

forEachEngine('seals within a minute of what was recorded, and asks for nothing where nothing was', async (open) => {
  const { at, recorder, asked, logged, run, verify } = await keeping(await open())
  assert.deepEqual(asked, [{ kind: 'events.seal', key: 'events.seal', dueAt: START }], 'what was left at the last stop')
  at.now += HOUR
  for (let count = 0; count < 5; count += 1) await recorder.alone(logout)
  assert.equal(asked.length, 2, 'one job for all of a minute')
  assert.equal(asked[1]?.dueAt, START + HOUR + MINUTE)
  at.now += MINUTE
  assert.equal(await run('events.seal'), undefined)
  assert.equal(asked.length, 2, 'sealing records nothing that would ask for sealing')
  const { head, entries, sound } = await verify()
  assert.deepEqual([entries, sound], [5, true])
  assert.deepEqual(logged, [head], 'the head is told to the log, where the database cannot reach it')
  await recorder.alone(logout)
  assert.equal(asked.length, 3)
  // A clock that was an hour ahead and is set back.
  at.now -= HOUR
  await recorder.alone(logout)
  assert.equal(asked.at(-1)?.dueAt, at.now + MINUTE)
})

forEachEngine('purges by age and tells of counts once an hour', async (open) => {
  const store = await open()
  const { at, recorder, every, run, verify } = await keeping(store)
  assert.deepEqual(Object.fromEntries(every), { 'events.tell': HOUR, 'events.purge': HOUR })
  await recorder.alone(logout)
  await store.write((tx) =>
    recorder.counted(tx, { type: 'oauth.tokens_refreshed', actor: { kind: 'client', id: 'w' } }),
  )
  at.now += HOUR
  await run('events.purge')
  await run('events.tell')
  const types = async () => {
    const { items } = await store.events.list(store.read, { organisation: 'main', limit: 50 })
    return items.map(({ type }) => type)
  }
  assert.deepEqual(await types(), ['oauth.tokens_refreshed', 'logout'])
  at.now += 30 * DAY + 1
  await run('events.purge')
  assert.deepEqual(await types(), ['oauth.tokens_refreshed'])
  assert.ok((await verify()).sound)
})
