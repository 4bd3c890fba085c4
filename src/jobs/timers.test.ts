import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DAY } from '../base/clock.ts'
import { systemTimers } from '../base/timers.ts'

it('a timer that is called off does not fire, however it was ordered; another does', async () => {
  const fired: string[] = []
  const off = systemTimers.after(0, () => fired.push('called off'))
  off()
  off()
  // Node would fire at once what is further away than it can count; here it waits.
  const far = systemTimers.after(400 * DAY, () => fired.push('far'))
  // Timers of the product keep no process alive; this one does until the test has seen it.
  const alive = setInterval(() => {}, 1_000)
  await new Promise<void>((resolve) => systemTimers.after(0, resolve))
  clearInterval(alive)
  far()
  assert.deepEqual(fired, [])
})
