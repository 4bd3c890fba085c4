import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { jobWorld, noting, START } from '../../test/support/job-world.ts'
import { HOUR, MINUTE } from '../base/clock.ts'
import type { JobEnd } from './job-kind.ts'

describe('a recurring job', () => {
  const recurring = (w: ReturnType<typeof jobWorld>, interval = HOUR, end?: (run: number) => JobEnd) => {
    const kind = noting(w, end)
    const runner = w.runner()
    runner.register('purge', { ...kind, maxAttempts: 2 })
    runner.every('purge', interval)
    return { ...kind, runner }
  }

  it('runs once an interval, however many processes ask for it', async () => {
    const w = jobWorld()
    const [one, two] = [recurring(w), recurring(w)]
    await Promise.all([one.runner.start(), two.runner.start()])
    assert.equal(w.rows.size, 1)
    await w.advance(5 * HOUR + MINUTE)
    assert.deepEqual(
      [...one.ran, ...two.ran].sort((a, b) => a - b),
      [1, 2, 3, 4, 5].map((hours) => hours * HOUR),
    )
  })

  it('survives restarts more frequent than its interval', async () => {
    const w = jobWorld()
    const ran: number[] = []
    for (let life = 0; life < 12; life++) {
      const one = recurring(w)
      await one.runner.start()
      await w.advance(10 * MINUTE)
      ran.push(...one.ran)
      await one.runner.stop()
    }
    assert.equal(ran.length, 2)
  })

  it('goes on after a run that failed for good, and says so', async () => {
    const w = jobWorld()
    const one = recurring(w, HOUR, (run) => {
      if (run <= 2) throw new Error('disk full')
      return undefined
    })
    await one.runner.start()
    await w.advance(3 * HOUR)
    assert.deepEqual(
      w.events.map((event) => event.type),
      ['job.dead'],
    )
    assert.equal(one.ran.length, 3)
    assert.deepEqual(
      [...w.rows.values()].map((row) => row.state),
      ['waiting'],
    )
  })

  it('is brought forward by a job of its kind, and may name its next time itself', async () => {
    const w = jobWorld()
    const one = recurring(w, HOUR, (run) => (run === 1 ? { again: START + 10 * MINUTE } : undefined))
    await one.runner.start()
    await one.runner.enqueue(null, { kind: 'purge' })
    await w.advance(HOUR + 11 * MINUTE)
    assert.deepEqual(one.ran, [0, 10 * MINUTE, HOUR + 10 * MINUTE])
    assert.equal(w.rows.size, 1)
  })

  it('is refused when unknown, too frequent, or added after the start', async () => {
    const w = jobWorld()
    const runner = w.runner()
    assert.throws(() => runner.every('purge', HOUR), /not registered/)
    runner.register('purge', noting(w))
    assert.throws(() => runner.register('purge', noting(w)), /twice/)
    for (const interval of [0, 10, -HOUR, Number.NaN])
      assert.throws(() => runner.every('purge', interval), /cannot recur/)
    await runner.start()
    assert.throws(() => runner.every('purge', HOUR), /after the start/)
    await assert.rejects(runner.start(), /once/)
  })
})
