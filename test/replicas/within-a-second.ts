/** What one server was told, the others know within a second (DESIGN §4): asked for that long and no longer. */
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

const SECOND = 1_000

export const withinASecond = async (what: string, look: () => Promise<boolean>): Promise<void> => {
  const began = performance.now()
  while (!(await look())) {
    assert.ok(performance.now() - began < SECOND, `${what} within a second`)
    await pause(20)
  }
}
