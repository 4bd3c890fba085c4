/**
 * Who asks (RFC 6750; DESIGN §8): whoever holds the bearer token, else whoever is signed in at the browser. A token that
 * is not accepted is refused; it never falls back to the session beside it.
 */
import { MINUTE } from '../../base/clock.ts'
import type { JsonObject } from '../../base/json.ts'
import { ok, type Result } from '../../base/result.ts'
import type { WireRequest } from '../../base/wire.ts'
import { permissionsOf } from '../../core/permissions-of.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import { clientOf } from '../../core/recorder.ts'
import type { Person } from '../../domain/people/person.ts'
import type { Permission } from '../../domain/permissions/permission.ts'
import type { Actor } from '../../events/event.ts'
import { roleType } from '../../resources/types/role-type.ts'
import type { Token } from '../../store/store.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Caller } from './caller.ts'
import { type ApiFailure, refuse } from './problem.ts'

export type Authenticate = (request: WireRequest) => Promise<Result<Caller | null, ApiFailure>>

export const createAuthenticate = (deps: ApiDeps): Authenticate => {
  const refuseToken = async (request: WireRequest, refused: Refused): Promise<Result<never, ApiFailure>> => {
    await deps.recorder.alone({
      type: 'token.refused',
      actor: refused.actor ?? { kind: 'anonymous' },
      ...(refused.token ? { target: `tokens/${refused.token.id}` } : {}),
      detail: { reason: refused.reason, path: request.path } satisfies JsonObject,
      client: clientOf(requestFacts(request)),
    })
    // One answer for all: what is wrong with a token is no business of whoever holds it wrongly.
    return refuse('token_refused', 'The token is unknown, expired, or its owner may no longer use it.')
  }

  return async (request) => {
    const authorization = request.headers.authorization
    if (authorization !== undefined) {
      const found = await byToken(deps, authorization, request.now)
      if (found.kind === 'refused') return refuseToken(request, found)
      touch(deps, found.token, request.now)
      return ok({ ...found, permissions: narrow(await held(deps, found.person), found.token) })
    }
    const cookie = request.cookies.get('session')
    const signedIn = cookie === undefined ? null : await deps.sessions.signedIn(cookie)
    if (!signedIn) return ok(null)
    const { session, person } = signedIn
    return ok({ kind: 'session', session, person, permissions: await held(deps, person) })
  }
}

type Refused = {
  readonly kind: 'refused'
  readonly reason: 'malformed' | 'unknown' | 'expired' | 'owner_inactive' | 'not_for_the_api'
  readonly token?: Token
  readonly actor?: Actor
}
type Found = { readonly kind: 'token'; readonly token: Token; readonly person: Person }

// Ours have 57 characters; a longer one is not even hashed.
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,200}=*)$/i

const byToken = async (deps: ApiDeps, authorization: string, now: number): Promise<Found | Refused> => {
  const key = BEARER.exec(authorization)?.[1]
  if (key === undefined) return { kind: 'refused', reason: 'malformed' }
  // Found by its keyed hash, so no comparison of ours tells how near a guess was (I14).
  const token = await deps.store.tokens.byKeyHash(deps.store.read, deps.ring.hash('token', key))
  if (!token) return { kind: 'refused', reason: 'unknown' }
  const person = await deps.people.byId(token.userId)
  const dead = reasonAgainst(token, person, now)
  if (person && !dead) return { kind: 'token', token, person }
  const name = person?.user.username ?? ''
  return { kind: 'refused', reason: dead ?? 'unknown', token, actor: { kind: 'user', id: token.userId, name } }
}

const reasonAgainst = (token: Token, person: Person | null, now: number): Refused['reason'] | null => {
  if (token.kind !== 'api') return 'not_for_the_api'
  if (token.expiresAt !== null && token.expiresAt <= now) return 'expired'
  return person?.user.active ? null : 'owner_inactive'
}

const held = async (deps: ApiDeps, person: Person): Promise<ReadonlySet<Permission>> =>
  permissionsOf(person.groups, (await deps.snapshot()).all(roleType))

/** What the owner lost, the token lost with it. */
const narrow = (owned: ReadonlySet<Permission>, token: Token): ReadonlySet<Permission> => {
  if (token.permissions === null) return owned
  const named = new Set<string>(token.permissions)
  return new Set([...owned].filter((permission) => named.has(permission)))
}

/** When it was last used, to the minute. Not waited for: the answer does not depend on it. */
const touch = (deps: ApiDeps, token: Token, now: number): void => {
  if (token.lastUsedAt !== null && now - token.lastUsedAt < MINUTE) return
  deps.store
    .write((tx) => deps.store.tokens.touch(tx, token.id, now))
    .catch((error) => deps.log.error('when a token was used was not noted', error))
}
