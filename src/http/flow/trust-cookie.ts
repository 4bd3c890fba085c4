/**
 * The cookie by which a browser shows that it was trusted: for each person a token, apart from any session. Sealed, so
 * that whoever reads it learns neither whose they are nor one of them. The tokens alone count, and the store judges them.
 */
import { DAY, SECOND } from '../../base/clock.ts'
import { reveal } from '../../base/secret.ts'
import type { SetCookie, WireRequest } from '../../base/wire.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { Trust } from '../../flow/ports.ts'

// As long as browsers keep a cookie at most.
const KEPT_FOR = 400 * DAY
// A shared computer that several people trust.
const MOST_PEOPLE = 5

export const readTrust = (
  request: Pick<WireRequest, 'cookies' | 'now'>,
  ring: Pick<KeyRing, 'unsealValue'>,
): Readonly<Record<string, string>> => {
  const cookie = request.cookies.get('trust')
  const value = cookie === undefined ? null : ring.unsealValue('trust', cookie, request.now)
  const tokens = Object.entries(value ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(tokens)
}

/** The cookie once the browser is trusted for one person more. */
export const trustCookie = (
  before: Readonly<Record<string, string>>,
  { user, token }: Trust,
  now: number,
  ring: Pick<KeyRing, 'sealValue'>,
): SetCookie => {
  const others = Object.entries(before).filter(([id]) => id !== user)
  const tokens = Object.fromEntries([[user, reveal(token, 'keep in a cookie')], ...others].slice(0, MOST_PEOPLE))
  return { name: 'trust', value: ring.sealValue('trust', tokens, now + KEPT_FOR), maxAge: KEPT_FOR / SECOND }
}
