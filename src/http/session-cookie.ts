/** The cookie of a session: it ends with the browser unless the person wished to stay signed in. */
import type { SetCookie } from '../base/wire.ts'
import type { Session } from '../domain/sessions/session.ts'

export const sessionCookie = (
  { session, cookie }: { readonly session: Session; readonly cookie: string },
  now: number,
): SetCookie => ({
  name: 'session',
  value: cookie,
  ...(session.persistent ? { maxAge: Math.floor((session.endsAt - now) / 1000) } : {}),
})
