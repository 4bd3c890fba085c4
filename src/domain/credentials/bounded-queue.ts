/** A queue with an end: so much work at once, so much waiting, and a plain no beyond that. */

export type BoundedQueue = {
  /** Runs `work` when its turn comes, or answers `busy` at once where the queue is full. */
  run<T>(work: () => Promise<T>): Promise<T | 'busy'>
}

export const boundedQueue = ({ concurrency, limit }: { concurrency: number; limit: number }): BoundedQueue => {
  const waiting: (() => void)[] = []
  let running = 0

  /** A place that comes free is handed on: nobody who comes later gets in between. */
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running--
  }

  return {
    async run(work) {
      if (running < concurrency) running++
      else if (waiting.length >= limit) return 'busy'
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
