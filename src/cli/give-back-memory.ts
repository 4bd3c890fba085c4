/**
 * What starting left behind is a quarter of the heap; V8 looks for it only when more is asked for, and gives the room
 * back only in the thoroughest of its collections (Node's --expose-gc). It takes twenty milliseconds, once.
 */
const STARTED_FOR = 2_000

/** Once the server has started, and a little later. */
export const giveBackMemory = (): void => {
  setTimeout(() => {
    if (typeof gc === 'function') void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  }, STARTED_FOR).unref()
}
