import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SECOND } from '../base/clock.ts'
import { retryDelay } from './retry-delay.ts'

describe('the delay before another attempt', () => {
  it('doubles from ten seconds to an hour, half of it by chance', () => {
    const least = () => new Uint8Array(4)
    const most = () => new Uint8Array(4).fill(255)
    assert.deepEqual(
      [1, 2, 3, 10, 1000].map((attempt) => retryDelay(attempt, least)),
      [5, 10, 20, 1800, 1800].map((s) => s * SECOND),
    )
    assert.deepEqual(
      [1, 2, 3, 10, 1000].map((attempt) => retryDelay(attempt, most)),
      [10, 20, 40, 3600, 3600].map((s) => s * SECOND),
    )
  })
})
