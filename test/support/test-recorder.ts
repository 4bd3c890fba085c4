/** The real recorder over a store, for tests of what records. */
import assert from 'node:assert/strict'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { systemTimers } from '../../src/base/timers.ts'
import { createRecorder, type Recorder } from '../../src/core/recorder.ts'
import type { Store } from '../../src/store/store.ts'

export const testRecorder = (store: Store, clock: Clock = systemClock): Recorder =>
  createRecorder({
    store,
    clock,
    random: systemRandom,
    timers: systemTimers,
    log: { error: (message, error) => assert.fail(`${message}: ${String(error)}`) },
  })
