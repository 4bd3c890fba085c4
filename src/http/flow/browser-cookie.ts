/** The pre-session cookie: names a browser before anybody signed in, so that an attempt belongs to one (F06, H03). */
import { type Random, token } from '../../base/random.ts'
import type { SetCookie, WireRequest } from '../../base/wire.ts'

export type Browser = {
  readonly id: string /** To be set where the browser is new. */
  readonly cookie: SetCookie | null
}

const SHAPE = /^[A-Za-z0-9_-]{43}$/

export const browserOf = (request: WireRequest, random: Random): Browser => {
  const known = request.cookies.get('browser')
  if (known && SHAPE.test(known)) return { id: known, cookie: null }
  const id = token(random)
  return { id, cookie: { name: 'browser', value: id } }
}
