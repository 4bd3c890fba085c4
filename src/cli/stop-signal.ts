/**
 * When to stop, and when to end at once. The first SIGINT or SIGTERM stops the server: requests under way end, the store
 * is closed. One Ctrl-C may arrive twice, from the terminal and from npm, so a second signal only says that the stop is
 * under way; the Ctrl-C after that ends the process. Supervisors that repeat SIGTERM cut nothing off: they have SIGKILL.
 */
import type { Output } from './command.ts'

/** Ends the process should closing hang; below the half minute that systemd waits. */
const STOPS_WITHIN = 20_000
/** As a shell tells of a process that SIGINT ended. */
const INTERRUPTED = 130

/** Resolves at the first signal; those that follow are answered here, until the process ends. */
export const stopSignal = (out: Output, end: (code: number) => void): Promise<void> =>
  new Promise((resolve) => {
    let stopping = false
    let insisted = 0
    const stop = (): void => {
      stopping = true
      out.line('Stopping: requests under way have ten seconds to end.')
      // What was acknowledged is on disk already; only the requests under way would be lost.
      setTimeout(() => {
        out.error('Something did not stop in time; ending without it.')
        end(1)
      }, STOPS_WITHIN).unref()
      resolve()
    }
    process.on('SIGTERM', () => {
      if (!stopping) stop()
    })
    process.on('SIGINT', () => {
      if (!stopping) return stop()
      insisted += 1
      if (insisted > 1) return end(INTERRUPTED)
      out.line('Still stopping; press Ctrl-C again to end at once.')
    })
  })
