/** Who runs, who comes back when, and when to give up; with processes and a clock of the test's own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE, SECOND } from '../../base/clock.ts'
import { DISK_FAILED } from '../../store/disk-failed.ts'
import { type Crew, type Ending, startCrew } from './crew.ts'
import type { ToPrimary, ToWorker } from './messages.ts'
import { restartDelay } from './restart-delay.ts'

type Started = {
  readonly told: ToWorker[]
  killed: boolean
  says(message: ToPrimary): void
  ends(how: Partial<Ending>): void
}

const world = (size: number) => {
  let now = 0
  const started: Started[] = []
  const waiting = new Set<{ at: number; run(): void }>()
  const lines: { message: string; detail: object }[] = []
  const note = (message: string, detail: object) => lines.push({ message, detail })
  const crew: Crew = startCrew({
    size,
    clock: { now: () => now },
    timers: {
      after: (milliseconds, run) => {
        const one = { at: now + milliseconds, run }
        waiting.add(one)
        return () => waiting.delete(one)
      },
    },
    log: { info: note, warn: note },
    heard: () => {},
    left: () => {},
    spawn: (heard, ended) => {
      const one: Started = {
        told: [],
        killed: false,
        says: heard,
        ends: ({ code = null, signal = null }) => ended({ code, signal }),
      }
      started.push(one)
      return {
        send: (message) => one.told.push(message),
        kill: () => {
          one.killed = true
        },
      }
    },
  })
  return {
    crew,
    lines,
    /** The processes in the order they were started. */
    process: (index: number): Started => {
      const one = started[index]
      assert.ok(one, `no process ${index} was started`)
      return one
    },
    count: () => started.length,
    delays: () => [...waiting].map(({ at }) => at - now),
    pass: (milliseconds: number) => {
      now += milliseconds
      for (const one of [...waiting]) {
        if (one.at > now) continue
        waiting.delete(one)
        one.run()
      }
    },
    /** The process starts as it should. */
    stand: (index: number) => {
      started[index]?.says({ say: 'here' })
      started[index]?.says({ say: 'ready' })
    },
  }
}

/** Whether the promise has resolved by now, and to what. */
const soFar = async <T>(promise: Promise<T>): Promise<T | 'waiting'> => {
  await new Promise(setImmediate)
  return Promise.race([promise, Promise.resolve('waiting' as const)])
}

test('a first worker that cannot start is told once, and no other is started', async () => {
  const { crew, process, count } = world(4)
  process(0).says({ say: 'here' })
  process(0).says({ say: 'failed', message: 'The database does not answer.' })
  process(0).ends({ code: 1 })
  assert.equal(await crew.over, 'The database does not answer.')
  assert.equal(count(), 1)
})

test('a first worker that dies without a word is told with how it died', async () => {
  const { crew, process } = world(2)
  process(0).ends({ signal: 'SIGSEGV' })
  assert.equal(await crew.over, 'The first worker ended while it started (signal SIGSEGV).')
})

test('where every worker ends within seconds of the start, it gives up', async () => {
  const { crew, process, stand } = world(2)
  stand(0)
  stand(1)
  process(0).ends({ code: 134 })
  assert.equal(await soFar(crew.over), 'waiting')
  process(1).ends({ code: 134 })
  assert.equal(await crew.over, 'Every worker ended within seconds of the start (exit code 134).')
})

test('a house that has stood for long is not given up: its database may be away for a moment', async () => {
  const { crew, process, pass, stand, count } = world(2)
  stand(0)
  stand(1)
  pass(MINUTE)
  process(0).ends({ code: 1 })
  process(1).ends({ code: 1 })
  pass(restartDelay(1))
  assert.equal(count(), 4)
  assert.equal(await soFar(crew.over), 'waiting')
})

test('a disk that failed one worker ends the house, for the others share what it wrote to', async () => {
  const { crew, process, stand } = world(2)
  stand(0)
  stand(1)
  process(1).ends({ code: DISK_FAILED })
  assert.match(await crew.over, /could not write to the disk/)
})

test('the first worker leads and greets; one that takes its place leads and says nothing', () => {
  const { process, pass, stand } = world(2)
  assert.deepEqual(process(0).told, [])
  stand(0)
  assert.deepEqual(process(0).told, [{ say: 'begin', worker: 1, leads: true, greets: true }])
  stand(1)
  assert.deepEqual(process(1).told, [{ say: 'begin', worker: 2, leads: false, greets: false }])
  process(0).ends({ signal: 'SIGKILL' })
  pass(restartDelay(1))
  process(2).says({ say: 'here' })
  assert.deepEqual(process(2).told, [{ say: 'begin', worker: 1, leads: true, greets: false }])
})

test('the others follow only once the first one stands', () => {
  const { process, count, stand } = world(3)
  process(0).says({ say: 'here' })
  assert.equal(count(), 1)
  stand(0)
  assert.equal(count(), 3)
})

test('a worker that dies again and again comes back more and more slowly, and soon after it has lived a while', () => {
  const { process, pass, stand, delays, count } = world(2)
  stand(0)
  stand(1)
  const waits: number[] = []
  for (let deaths = 0; deaths < 9; deaths += 1) {
    process(count() - 1).ends({ code: 1 })
    waits.push(...delays())
    pass(10 * SECOND)
  }
  assert.deepEqual(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
  pass(MINUTE)
  process(count() - 1).ends({ code: 1 })
  assert.deepEqual(delays(), [100])
})

test('what one worker committed the others are told, also where it died before it could tell', () => {
  const { process, stand } = world(3)
  for (const index of [0, 1, 2]) stand(index)
  const changes = () => [0, 1, 2].map((index) => process(index).told.filter(({ say }) => say === 'changed').length)
  process(1).says({ say: 'changed' })
  assert.deepEqual(changes(), [1, 0, 1])
  process(1).ends({ signal: 'SIGKILL' })
  assert.deepEqual(changes(), [2, 0, 2])
})

test('stopping tells all, waits for the last, and starts nobody again', async () => {
  const { crew, process, pass, stand, count } = world(2)
  stand(0)
  stand(1)
  process(1).ends({ code: 1 })
  const stopped = crew.stop()
  assert.deepEqual(process(0).told.at(-1), { say: 'stop' })
  pass(MINUTE)
  assert.equal(count(), 2)
  assert.equal(await soFar(stopped.then(() => 'stopped')), 'waiting')
  process(0).ends({ code: 0 })
  await stopped
  assert.equal(await soFar(crew.over), 'waiting')
})

test('one that hears nothing yet is told to stop as soon as it does', async () => {
  const { crew, process } = world(2)
  const stopped = crew.stop()
  process(0).says({ say: 'here' })
  assert.deepEqual(process(0).told.at(-1), { say: 'stop' })
  process(0).ends({ code: 0 })
  await stopped
})

test('ending kills all that run', () => {
  const { crew, process, stand } = world(2)
  stand(0)
  stand(1)
  crew.end()
  assert.deepEqual([process(0).killed, process(1).killed], [true, true])
})
