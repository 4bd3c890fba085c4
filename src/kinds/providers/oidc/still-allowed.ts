/**
 * Whether the person of a grant may still have what it gives (A32): active, of the generation that it was given to, and
 * let in by the application's rules as they stand now. Asked at each exchange and refresh; a grant that fails ends.
 */
import { err, ok, type Result } from '../../../base/result.ts'
import type { WireRequest } from '../../../base/wire.ts'
import type { Grant } from '../../../domain/grants/grant.ts'
import type { Person } from '../../../domain/people/person.ts'
import { isLive, type Session } from '../../../domain/sessions/session.ts'
import { oauthFail } from '../../../protocol/oidc/errors.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import { clientActor, from } from './events.ts'
import { asPerson, dataOf, provenOf } from './grant-data.ts'
import { type GrantFailure, recorded } from './oauth-response.ts'
import type { FoundClient } from './oidc-provider.ts'

export type StillAllowed = {
  readonly grant: Grant
  /** A code belongs to its session: signing out within its minute takes it back. */
  readonly needsSession: boolean
}

export const stillAllowed = async (
  ports: ProviderPorts,
  request: WireRequest,
  found: FoundClient,
  { grant, needsSession }: StillAllowed,
): Promise<Result<Person, GrantFailure>> => {
  const judged = await judge(ports, request, found, grant, needsSession)
  if (judged.ok) return judged
  const { why, keep } = judged.error
  const refused = oauthFail('invalid_grant', 'The person may no longer open this application.', why)
  // Of a code nothing has been handed out yet that could be kept.
  if (keep && !needsSession) return refused
  await endGrant(ports, request, found, grant, why)
  return recorded(refused)
}

/** Ends everything that was issued from a grant. */
export const endGrant = (
  ports: ProviderPorts,
  request: WireRequest,
  { application, client }: FoundClient,
  grant: Grant,
  why: string,
): Promise<void> =>
  ports.grants.end(grant.id, why, {
    type: 'oauth.grant_ended',
    actor: clientActor(client.id),
    target: `grants/${grant.id}`,
    detail: { why, application: application.slug, ...(grant.userId ? { user: grant.userId } : {}) },
    client: from(request),
    organisation: application.organisation,
  })

/** `keep`: the person can put it right by signing in once more, so what they granted stands. */
type No = { readonly why: string; readonly keep: boolean }

const judge = async (
  ports: ProviderPorts,
  request: WireRequest,
  { application }: FoundClient,
  grant: Grant,
  needsSession: boolean,
): Promise<Result<Person, No>> => {
  const data = dataOf(grant)
  const person = grant.userId ? await ports.person(grant.userId) : null
  if (!person) return err({ why: 'the person is gone', keep: false })
  if (!person.user.active) return err({ why: 'the person is switched off', keep: false })
  if (person.user.generation !== data.generation)
    return err({ why: 'the person was signed out everywhere', keep: false })
  const session = await liveSession(ports, grant, person, request.now)
  if (needsSession && !session) return err({ why: 'the session has ended', keep: false })
  const decision = await ports.decide({
    person,
    // More may have been proven since, in the same session.
    session: session ?? provenOf(data),
    channel: 'oidc',
    application: application.slug,
    request: asPerson(request, data),
    renews: true,
  })
  if (decision.outcome === 'allow') return ok(person)
  const said = decision.reasons.find((reason) => !reason.holds)
  return err({ why: said?.says ?? 'the rules do not allow it', keep: decision.outcome !== 'deny' })
}

const liveSession = async (
  ports: ProviderPorts,
  grant: Grant,
  person: Person,
  now: number,
): Promise<Session | null> => {
  const session = grant.sessionId ? await ports.session(grant.sessionId) : null
  return session && session.userId === person.user.id && isLive(session, person.user, now) ? session : null
}
