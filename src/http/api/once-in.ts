/** Lets each thing through once in a span of time: for what strangers could otherwise make us write without end. */

// Beyond it the oldest are forgotten: memory is bounded, and what is forgotten is told once more.
const MOST = 5_000

export const onceIn = (span: number): ((key: string, now: number) => boolean) => {
  const last = new Map<string, number>()
  return (key, now) => {
    const before = last.get(key)
    if (before !== undefined && now - before < span && now >= before) return false
    last.delete(key)
    const [oldest] = last.keys()
    if (last.size >= MOST && oldest !== undefined) last.delete(oldest)
    last.set(key, now)
    return true
  }
}
