import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gate, type JobRow, jobWorld, noting, START } from '../../test/support/job-world.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../base/clock.ts'
import type { JobId } from '../base/ids.ts'
import type { Tx } from '../store/store.ts'

describe('a job that fails', () => {
  it('is tried again, later each time, and becomes a dead letter with an event after its attempts', async () => {
    const w = jobWorld()
    const kind = noting(w, () => {
      throw new Error('the mail server says no')
    })
    const runner = w.runner()
    runner.register('mail', { ...kind, maxAttempts: 4 })
    await runner.start()
    await runner.enqueue(null, { kind: 'mail' })
    await w.advance(DAY)

    assert.equal(kind.ran.length, 4)
    const gaps = kind.ran.slice(1).map((at, index) => at - (kind.ran[index] ?? 0))
    gaps.forEach((gap, index) => {
      const full = 10 * SECOND * 2 ** index
      assert(gap >= full / 2 && gap <= full + SECOND, `gap ${index} is ${gap}`)
    })
    const [row] = [...w.rows.values()]
    assert.equal(row?.state, 'dead')
    assert.equal(row?.lastError, 'the mail server says no')
    assert.deepEqual(
      w.events.map(({ type, detail }) => ({ type, detail })),
      [{ type: 'job.dead', detail: { kind: 'mail', key: null, attempts: 4, error: 'the mail server says no' } }],
    )
    assert.deepEqual(w.waiting(), [], 'something ticks for a dead letter')
  })

  it('is dead at once when its kind says that trying again is useless', async () => {
    const w = jobWorld()
    const kind = noting(w, () => ({ giveUp: 'no such mailbox' }))
    const runner = w.runner()
    runner.register('mail', kind)
    await runner.start()
    await runner.enqueue(null, { kind: 'mail' })
    await w.advance(DAY)
    assert.equal(kind.ran.length, 1)
    assert.equal(w.events[0]?.type, 'job.dead')
  })

  it('is dead without another run when it took its process down at every attempt', async () => {
    const w = jobWorld()
    const kind = noting(w)
    const runner = w.runner()
    runner.register('poison', { ...kind, maxAttempts: 3 })
    await w.jobs.add({} as Tx, { id: 'a' as JobId, kind: 'poison', key: null, payload: {}, dueAt: START }, START)
    // Three processes leased it and were killed.
    for (let life = 0; life < 3; life++) {
      await w.jobs.lease({} as Tx, w.clock.now(), MINUTE, 1, `process ${life}`)
      await w.advance(MINUTE)
    }
    await runner.start()
    await w.advance(DAY)
    assert.equal(kind.ran.length, 0)
    assert.equal(w.rows.get('a' as JobId)?.state, 'dead')
    assert.equal(w.events[0]?.detail?.error, 'the process ended while it ran')
  })

  it('keeps a job of an unknown kind for a newer process, and lets it die in the end', async () => {
    const w = jobWorld()
    const runner = w.runner()
    await runner.start()
    await runner.enqueue(null, { kind: 'from-the-future' })
    await w.advance(MINUTE)
    assert.equal([...w.rows.values()][0]?.state, 'waiting')
    await w.advance(DAY)
    assert.equal([...w.rows.values()][0]?.state, 'dead')
  })

  it('keeps no more of an error than is fit to read', async () => {
    const w = jobWorld()
    const runner = w.runner()
    runner.register('long', { run: () => Promise.reject(new Error('x'.repeat(10_000))), maxAttempts: 1 })
    runner.register('odd', { run: () => Promise.reject('not an error'), maxAttempts: 1 })
    await runner.start()
    await runner.enqueue(null, { kind: 'long' })
    await runner.enqueue(null, { kind: 'odd' })
    await w.advance(MINUTE)
    assert.deepEqual(
      [...w.rows.values()].map((row) => row.lastError),
      ['x'.repeat(500), 'not an error'],
    )
  })
})

describe('a lease', () => {
  it('is kept while the work takes long: no other process begins the job', async () => {
    const w = jobWorld()
    const { promise, open } = gate()
    const one = noting(w, () => promise)
    const two = noting(w)
    const [first, second] = [w.runner(), w.runner()]
    first.register('long', one)
    second.register('long', two)
    await first.start()
    await first.enqueue(null, { kind: 'long' })
    await w.advance(0)
    await second.start()
    await w.advance(HOUR)
    assert.deepEqual([one.ran.length, two.ran.length], [1, 0])
    open()
    await w.advance(0)
    assert.equal(w.rows.size, 0)
  })

  it('ends with its process (kill -9): another begins the job when it ran out', async () => {
    const w = jobWorld()
    await w.jobs.add({} as Tx, { id: 'a' as JobId, kind: 'work', key: null, payload: {}, dueAt: START }, START)
    await w.jobs.lease({} as Tx, START, MINUTE, 1, 'a process that was killed')
    const kind = noting(w)
    const runner = w.runner()
    runner.register('work', kind)
    await runner.start()
    await w.advance(MINUTE - 1)
    assert.deepEqual(kind.ran, [])
    await w.advance(1)
    assert.deepEqual(kind.ran, [MINUTE])
    assert.equal(w.rows.size, 0)
  })

  it('lost while the work ran fires the signal, and the result of the old holder counts for nothing', async () => {
    const w = jobWorld()
    const { promise, open } = gate()
    let signal: AbortSignal | undefined
    const runner = w.runner()
    runner.register('work', {
      run: (_job, context) => {
        signal = context.signal
        return promise
      },
    })
    await runner.start()
    await runner.enqueue(null, { kind: 'work' })
    await w.advance(0)
    // This process stood still past its lease, and another took the job.
    const [row] = [...w.rows.values()]
    w.rows.set((row as JobRow).id, { ...(row as JobRow), owner: 'another', leaseEndsAt: START + HOUR })
    await w.advance(20 * SECOND)
    assert.equal(signal?.aborted, true)
    open()
    await w.advance(0)
    assert.equal(w.rows.get((row as JobRow).id)?.owner, 'another')
    assert(w.logged.some((line) => line.startsWith('a job lost its lease')))
  })

  it('lost while the work failed for the last time leaves row and audit log to the new holder', async () => {
    const w = jobWorld()
    const { promise, open } = gate()
    const runner = w.runner()
    runner.register('work', { run: () => promise.then(() => Promise.reject(new Error('late'))), maxAttempts: 1 })
    await runner.start()
    await runner.enqueue(null, { kind: 'work' })
    await w.advance(0)
    const [row] = [...w.rows.values()]
    w.rows.set((row as JobRow).id, { ...(row as JobRow), owner: 'another', leaseEndsAt: START + HOUR })
    open()
    await w.advance(0)
    assert.equal(w.rows.get((row as JobRow).id)?.owner, 'another')
    assert.deepEqual(w.events, [])
  })

  it('is tried to be renewed again when the store was away for a moment', async () => {
    const w = jobWorld()
    const { promise, open } = gate()
    const runner = w.runner()
    runner.register('work', { run: () => promise })
    await runner.start()
    await runner.enqueue(null, { kind: 'work' })
    await w.advance(0)
    w.breakStore(true)
    await w.advance(25 * SECOND)
    w.breakStore(false)
    await w.advance(20 * SECOND)
    assert.equal([...w.rows.values()][0]?.leaseEndsAt, START + 40 * SECOND + MINUTE)
    open()
    await w.advance(0)
    assert.equal(w.rows.size, 0)
  })
})

describe('the queue', () => {
  it('ticks for nothing: no timer and no question while nothing is due', async () => {
    const w = jobWorld()
    const runner = w.runner()
    await runner.start()
    await w.advance(0)
    const before = { ...w.asked }
    await w.advance(30 * DAY)
    assert.deepEqual(w.asked, before)
    assert.deepEqual(w.waiting(), [])
  })

  it('waits for the next due time with one timer', async () => {
    const w = jobWorld()
    const kind = noting(w)
    const runner = w.runner()
    runner.register('work', kind)
    await runner.start()
    for (const hours of [5, 2, 3]) await runner.enqueue(null, { kind: 'work', dueAt: START + hours * HOUR })
    await w.advance(0)
    assert.deepEqual(w.waiting(), [2 * HOUR])
    await w.advance(DAY)
    assert.deepEqual(kind.ran, [2 * HOUR, 3 * HOUR, 5 * HOUR])
  })

  it('runs a job added in the transaction of the change that calls for it', async () => {
    const w = jobWorld()
    const kind = noting(w)
    const runner = w.runner()
    runner.register('work', kind)
    await runner.start()
    await w.store.write((tx) => runner.enqueue(tx, { kind: 'work' }))
    await w.advance(0)
    assert.deepEqual(kind.ran, [0])
  })

  it('runs it without a word from the change feed, and leaves a note there for other processes', async () => {
    const w = jobWorld()
    w.silenceFeed()
    const kind = noting(w)
    const runner = w.runner()
    runner.register('work', kind)
    await runner.start()
    await w.advance(0)
    await w.store.write((tx) => runner.enqueue(tx, { kind: 'work' }))
    await w.advance(0)
    assert.deepEqual(kind.ran, [0])
    assert.deepEqual(w.notes, ['jobs/work'])
  })

  it('looks again, without haste, for a due job that another process holds back', async () => {
    const w = jobWorld()
    const row = { kind: 'sync', key: 'ldap', payload: {}, dueAt: START }
    await w.jobs.add({} as Tx, { ...row, id: 'theirs' as JobId }, START)
    await w.jobs.lease({} as Tx, START, HOUR, 1, 'another process')
    await w.jobs.add({} as Tx, { ...row, id: 'ours' as JobId }, START)
    const kind = noting(w)
    const runner = w.runner()
    runner.register('sync', kind)
    await runner.start()
    await w.advance(10 * SECOND)
    assert.deepEqual(kind.ran, [])
    assert(w.asked.lease <= 12, `asked ${w.asked.lease} times in ten seconds`)
    await w.jobs.done({} as Tx, 'theirs' as JobId, 'another process')
    await w.advance(SECOND)
    assert.equal(kind.ran.length, 1)
  })

  it('hears of jobs that other processes add, and of a feed that starts afresh', async () => {
    const w = jobWorld()
    const kind = noting(w)
    const runner = w.runner()
    runner.register('work', kind)
    await runner.start()
    await w.advance(0)
    const [follower] = [...w.followers]
    for (const what of ['jobs', '*']) {
      await w.jobs.add({} as Tx, { id: what as JobId, kind: 'work', key: null, payload: {}, dueAt: START }, START)
      follower?.({ seq: 1, what: 'users', key: 'x' })
      await w.advance(0)
      assert.equal(w.rows.size, 1)
      follower?.({ seq: 2, what, key: 'work' })
      await w.advance(0)
      assert.equal(w.rows.size, 0)
    }
  })

  it('runs no more at once than it may, and the rest as places come free', async () => {
    const w = jobWorld()
    const gates = Array.from({ length: 5 }, gate)
    const kind = noting(w, (run) => gates[run - 1]?.promise)
    const runner = w.runner(2)
    runner.register('work', kind)
    await runner.start()
    for (let count = 0; count < 5; count++) await runner.enqueue(null, { kind: 'work' })
    await w.advance(0)
    assert.equal(kind.ran.length, 2)
    gates[0]?.open()
    await w.advance(0)
    assert.equal(kind.ran.length, 3)
    for (const one of gates) one.open()
    await w.advance(0)
    assert.equal(kind.ran.length, 5)
  })

  it('runs one job of a kind and key at a time, and one more when asked meanwhile', async () => {
    const w = jobWorld()
    const { promise, open } = gate()
    const kind = noting(w, (run) => (run === 1 ? promise : undefined))
    const runner = w.runner()
    runner.register('sync', kind)
    await runner.start()
    for (let count = 0; count < 3; count++) {
      await runner.enqueue(null, { kind: 'sync', key: 'ldap' })
      await w.advance(0)
    }
    await w.advance(10 * SECOND)
    assert.equal(kind.ran.length, 1)
    assert(w.asked.lease <= 15, `asked ${w.asked.lease} times in ten seconds`)
    open()
    await w.advance(0)
    assert.equal(kind.ran.length, 2)
    assert.equal(w.rows.size, 0)
  })

  it('goes on when the store was away', async () => {
    const w = jobWorld()
    const kind = noting(w)
    const runner = w.runner()
    runner.register('work', kind)
    await runner.start()
    await runner.enqueue(null, { kind: 'work', dueAt: START + MINUTE })
    await w.advance(0)
    w.breakStore(true)
    await w.advance(2 * MINUTE)
    assert.equal(kind.ran.length, 0)
    w.breakStore(false)
    await w.advance(5 * SECOND)
    assert.equal(kind.ran.length, 1)
  })

  it('lets a job run again at a time it names, and gives it its attempts anew', async () => {
    const w = jobWorld()
    const kind = noting(w, (run) => (run < 3 ? { again: START + run * HOUR } : undefined))
    const runner = w.runner()
    runner.register('work', { ...kind, maxAttempts: 1 })
    await runner.start()
    await runner.enqueue(null, { kind: 'work', key: 'a', payload: { kept: true } })
    await w.advance(1)
    assert.deepEqual([...w.rows.values()][0]?.payload, { kept: true })
    await w.advance(DAY)
    assert.deepEqual(kind.ran, [0, HOUR, 2 * HOUR])
    assert.equal(w.rows.size, 0)
  })
})

describe('the clock', () => {
  it('O08 set back by an hour runs nothing early, and nothing twice', async () => {
    const w = jobWorld()
    const kind = noting(w)
    const runner = w.runner()
    runner.register('work', kind)
    await runner.start()
    await runner.enqueue(null, { kind: 'work', dueAt: START + 30 * MINUTE })
    await w.advance(0)
    w.jump(-HOUR)
    await w.advance(89 * MINUTE)
    assert.deepEqual(kind.ran, [])
    await w.advance(2 * MINUTE)
    assert.equal(kind.ran.length, 1)
  })

  it('O08 set forward by an hour loses nothing', async () => {
    const w = jobWorld()
    const kind = noting(w)
    const runner = w.runner()
    runner.register('work', kind)
    await runner.start()
    await runner.enqueue(null, { kind: 'work', dueAt: START + 30 * MINUTE })
    await w.advance(0)
    w.jump(HOUR)
    runner.poke()
    await w.advance(0)
    assert.equal(kind.ran.length, 1)
  })
})

describe('stopping', () => {
  it('takes no more jobs and waits for those that run', async () => {
    const w = jobWorld()
    const { promise, open } = gate()
    const kind = noting(w, () => promise)
    const runner = w.runner(1)
    runner.register('work', kind)
    await runner.start()
    await runner.enqueue(null, { kind: 'work' })
    await runner.enqueue(null, { kind: 'work' })
    await w.advance(0)
    let stopped = false
    const stop = runner.stop(MINUTE).then(() => {
      stopped = true
    })
    await w.advance(SECOND)
    assert.equal(stopped, false)
    open()
    await w.advance(0)
    await stop
    assert.equal(kind.ran.length, 1)
    assert.deepEqual(
      [...w.rows.values()].map((row) => row.state),
      ['waiting'],
    )
    runner.poke()
    await w.advance(DAY)
    assert.equal(kind.ran.length, 1)
    assert.deepEqual(w.waiting(), [])
    assert.equal(w.followers.size, 0)
  })

  it('waits for a job that was being leased when it was asked to stop', async () => {
    const w = jobWorld()
    const { promise: leasing, open: leased } = gate()
    const { promise: working, open: worked } = gate()
    const { lease } = w.jobs
    w.jobs.lease = async (...input) => {
      await leasing
      return lease(...input)
    }
    const runner = w.runner()
    runner.register('work', { run: () => working })
    await runner.start()
    await runner.enqueue(null, { kind: 'work' })
    await w.advance(0)
    let stopped = false
    const stop = runner.stop(MINUTE).then(() => {
      stopped = true
    })
    await w.advance(0)
    leased()
    await w.advance(SECOND)
    assert.equal(stopped, false)
    worked()
    await w.advance(0)
    await stop
    assert.equal(w.rows.size, 0)
  })

  it('fires the signals after its grace, and leaves what still runs to its lease', async () => {
    const w = jobWorld()
    let heard = false
    const runner = w.runner()
    runner.register('polite', {
      run: (_job, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            heard = true
            reject(signal.reason)
          })
        }),
    })
    runner.register('deaf', { run: () => new Promise(() => {}) })
    await runner.start()
    await runner.enqueue(null, { kind: 'polite' })
    await runner.enqueue(null, { kind: 'deaf' })
    await w.advance(0)
    const stop = runner.stop(10 * SECOND)
    await w.advance(9 * SECOND)
    assert.equal(heard, false)
    await w.advance(2 * SECOND)
    await stop
    assert.equal(heard, true)
    const states = Object.fromEntries([...w.rows.values()].map((row) => [row.kind, row.state]))
    assert.deepEqual(states, { polite: 'waiting', deaf: 'running' })
    assert(w.logged.some((line) => /^a job still runs at the end: .*"deaf"/.test(line)))
  })
})
