/** Who asks: a person by the session of their browser, or by one of their tokens, with what they may do. */

import type { TokenId } from '../../base/ids.ts'
import { userActor } from '../../core/recorder.ts'
import type { Person } from '../../domain/people/person.ts'
import type { Permission } from '../../domain/permissions/permission.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { Actor } from '../../events/event.ts'
import type { AuthorizedActor } from '../../policy/authorize.ts'
import type { Token } from '../../store/store.ts'

type By =
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'token'; readonly token: Token & { readonly id: TokenId } }

export type Caller = By & {
  readonly person: Person
  /** For a token, at most what its list names (I17). */
  readonly permissions: ReadonlySet<Permission>
}

/** As events name them: what a token does is told of the token, and its owner is found by it. */
export const actorOfCaller = (caller: Caller): Actor => {
  const { user } = caller.person
  return caller.kind === 'token'
    ? { kind: 'token', id: caller.token.id, name: caller.token.name, user: user.id }
    : userActor(user)
}

export const authorizedActor = (caller: Caller): AuthorizedActor => ({
  kind: caller.kind === 'token' ? 'token' : 'user',
  userId: caller.person.user.id,
  permissions: caller.permissions,
})

/** A token that names its permissions reaches the routes of these, and nothing of its owner's own (I17). */
export const isBounded = (caller: Caller): boolean => caller.kind === 'token' && caller.token.permissions !== null
