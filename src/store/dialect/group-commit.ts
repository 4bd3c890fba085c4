/**
 * Group commit: an answer waits for a sync of the log that began after its commit returned. All who wait share the
 * next one, so a hundred writers pay for one `fdatasync`. A sync that fails is final: the kernel may have dropped the
 * pages it could not write and would report the next sync as a success, so nothing after it can be believed.
 */
export type GroupCommit = {
  /** Resolves when a sync that began after this call has completed. */
  durable(): Promise<void>
  /** Begins a sync if any waits and none is under way. Called when a run of commits is over. */
  begin(): void
  /** Whether a commit is not known to be durable yet. */
  readonly pending: boolean
}

type Waiting = { resolve(): void; reject(error: Error): void }

export const groupCommit = (
  sync: (done: (error: Error | null) => void) => void,
  onFatal: (error: Error) => void,
): GroupCommit => {
  let waiting: Waiting[] = []
  let syncing = false
  let failed: Error | null = null

  const finish = (released: readonly Waiting[], error: Error | null): void => {
    syncing = false
    if (error) {
      failed = error
      onFatal(error)
      for (const one of [...released, ...waiting.splice(0)]) one.reject(error)
      return
    }
    for (const one of released) one.resolve()
    begin()
  }

  const begin = (): void => {
    if (syncing || waiting.length === 0) return
    syncing = true
    // Only those whose commit returned before this moment ride along; later ones wait for the next sync.
    const released = waiting
    waiting = []
    try {
      sync((error) => finish(released, error))
    } catch (error) {
      finish(released, error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    durable: () =>
      new Promise((resolve, reject) => {
        if (failed) reject(failed)
        else waiting.push({ resolve, reject })
      }),
    begin,
    get pending() {
      return syncing || waiting.length > 0
    },
  }
}
