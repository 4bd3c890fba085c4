/**
 * The cookie by which a browser is known to have signed somebody in before: sealed, so that nobody makes one up. It
 * opens nothing. It only keeps strangers' failed tries from holding up whoever has it (M16).
 */

import { DAY } from '../../base/clock.ts'
import type { UserId } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import { type Random, token } from '../../base/random.ts'
import type { SetCookie, WireRequest } from '../../base/wire.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import { knownSince } from '../../flow/known-since.ts'
import type { KnownDevice } from '../../flow/ports.ts'

// As long as browsers keep a cookie at most.
const KEPT_FOR = 400 * DAY
// A shared computer knows its latest few people.
const MOST_PEOPLE = 10

/** Null for a browser that is new, and for a cookie that is not of ours. */
export const readDevice = (request: WireRequest, ring: Pick<KeyRing, 'unsealValue'>): KnownDevice | null => {
  const cookie = request.cookies.get('device')
  const value = cookie === undefined ? null : ring.unsealValue('device', cookie, request.now)
  if (typeof value?.id !== 'string' || !Array.isArray(value.people)) return null
  const people = value.people.filter((one) => typeof one === 'string')
  return { id: value.id, people, since: sinceOf(value.since) }
}

/** What was sealed before instants were kept has none. */
const sinceOf = (value: Json | undefined): Record<string, number> => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {}
  const known = Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return Object.fromEntries(known)
}

/** The cookie once `user` has signed in. */
export const knownDevice = (
  before: KnownDevice | null,
  user: UserId,
  now: number,
  { ring, random }: { ring: Pick<KeyRing, 'sealValue'>; random: Random },
): SetCookie => {
  const people = [user, ...(before?.people ?? []).filter((one) => one !== user)].slice(0, MOST_PEOPLE)
  const since = Object.fromEntries(people.map((one) => [one, knownSince(before, one, now) ?? now]))
  const value = { id: before?.id ?? token(random), people, since }
  return { name: 'device', value: ring.sealValue('device', value, now + KEPT_FOR), maxAge: KEPT_FOR / 1000 }
}
