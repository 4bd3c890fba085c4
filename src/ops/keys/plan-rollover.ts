/**
 * When the generations of a key pair change. The next key is published before it signs, so that clients which cache
 * the JWKS know it by then; a retired one stays published until nothing that it signed can be valid (OIDC Core §10.1.1).
 */
import type { SigningKey } from '../../store/store.ts'

export type RolloverPolicy = {
  /** How long a key signs, in milliseconds; `null` where it changes only by hand. */
  readonly rotateEvery: number | null
  /** How long the next key is published before it signs; longer than clients cache. */
  readonly publishAhead: number
  /** How long a retired key stays published; longer than the longest token lives. */
  readonly keepFor: number
}

export type RolloverStep =
  | { readonly do: 'create'; readonly state: 'active' | 'next'; readonly activeFrom: number }
  | { readonly do: 'retire'; readonly kid: string; readonly retiredAt: number; readonly removeAt: number }
  | { readonly do: 'activate'; readonly kid: string; readonly activeFrom: number }
  | { readonly do: 'remove'; readonly kid: string }

export type RolloverPlan = {
  /** To be taken in this order, all or none; then ask again. */
  readonly steps: readonly RolloverStep[]
  /** When to ask again; `null` while nothing will be due by itself. */
  readonly dueAt: number | null
}

type Generation = Pick<SigningKey, 'kid' | 'state' | 'createdAt' | 'activeFrom' | 'retiredAt' | 'removeAt'>

/** What is to be done about the keys of one key pair at `now`. */
export const planRollover = (keys: readonly Generation[], policy: RolloverPolicy, now: number): RolloverPlan => {
  const removals = keys.map((key) => ({ kid: key.kid, at: removalOf(key, policy) }))
  const steps: RolloverStep[] = [
    ...successionAt(keys, policy, now),
    ...removals.filter(({ at }) => at !== null && at <= now).map(({ kid }) => ({ do: 'remove', kid }) as const),
  ]
  if (steps.length > 0) return { steps, dueAt: now }
  const times = [successionDue(keys, policy), ...removals.map(({ at }) => at)].filter((at) => at !== null)
  return { steps, dueAt: times.length > 0 ? Math.min(...times) : null }
}

const inState = (keys: readonly Generation[], state: Generation['state']): Generation | undefined =>
  keys.find((key) => key.state === state)

const successionAt = (keys: readonly Generation[], policy: RolloverPolicy, now: number): RolloverStep[] => {
  const active = inState(keys, 'active')
  const next = inState(keys, 'next')
  // Nothing signs: at first start, or where a key was retired by hand. Waiting would refuse every sign-in.
  if (!active) {
    return [
      next ? { do: 'activate', kid: next.kid, activeFrom: now } : { do: 'create', state: 'active', activeFrom: now },
    ]
  }
  const dueAt = successionDue(keys, policy)
  if (dueAt === null || now < dueAt) return []
  if (next) {
    return [
      { do: 'retire', kid: active.kid, retiredAt: now, removeAt: now + policy.keepFor },
      { do: 'activate', kid: next.kid, activeFrom: now },
    ]
  }
  // After a long stop the planned time is past; the key is published ahead all the same.
  const planned = endOf(active, policy) ?? now
  return [{ do: 'create', state: 'next', activeFrom: Math.max(planned, now + policy.publishAhead) }]
}

/** When the next key is to be made, or, where it stands, to take over. */
const successionDue = (keys: readonly Generation[], policy: RolloverPolicy): number | null => {
  const active = inState(keys, 'active')
  const next = inState(keys, 'next')
  if (next) return Math.max(next.activeFrom ?? 0, next.createdAt + policy.publishAhead)
  const end = active && endOf(active, policy)
  return end ? end - policy.publishAhead : null
}

const endOf = (active: Generation, policy: RolloverPolicy): number | null =>
  policy.rotateEvery === null ? null : (active.activeFrom ?? active.createdAt) + policy.rotateEvery

const removalOf = (key: Generation, policy: RolloverPolicy): number | null => {
  if (key.state !== 'retired') return null
  if (key.removeAt !== null) return key.removeAt
  return key.retiredAt === null ? null : key.retiredAt + policy.keepFor
}
