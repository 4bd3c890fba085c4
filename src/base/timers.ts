/** Waiting comes in as an argument, as time does: tests move a clock, they never sleep. */
export type Timers = {
  /** Calls `run` once, after `milliseconds` or a little later. Answers how to call it off. */
  after(milliseconds: number, run: () => void): () => void
}

// Beyond 2^31 - 1 Node fires at once; whoever waits longer is woken daily and looks again.
const LONGEST = 24 * 60 * 60 * 1_000

export const systemTimers: Timers = {
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.min(milliseconds, LONGEST))
    // What waits to be done does not keep a process alive that has nothing else to do.
    timer.unref()
    return () => clearTimeout(timer)
  },
}
