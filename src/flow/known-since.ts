/** When a browser first signed somebody in, as its cookie says; null where it never did. */
import type { KnownDevice } from './ports.ts'

/** A cookie that was made before instants were kept counts from now on. */
export const knownSince = (device: KnownDevice | null, user: string, now: number): number | null => {
  if (!device?.people.includes(user)) return null
  const since = Object.hasOwn(device.since, user) ? device.since[user] : undefined
  return since === undefined ? now : Math.min(since, now)
}
