/** What tokens and userinfo tell of a person: who they are to the client, and the claims of the scopes granted. */
import { sha256 } from '../../../base/bytes.ts'
import type { SessionId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Result } from '../../../base/result.ts'
import type { WireRequest } from '../../../base/wire.ts'
import { type Proven, personVariables } from '../../../domain/expressions/person-variables.ts'
import { type Person, primaryEmail } from '../../../domain/people/person.ts'
import type { Profile } from '../../../protocol/oidc/claims/builtin-scopes.ts'
import { subject } from '../../../protocol/oidc/claims/subject.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import { evaluateClaims } from './compile-claims.ts'
import { userAgentOf } from './events.ts'
import type { Found, FoundClient } from './oidc-provider.ts'

/** The `sub` of a person at a provider. One that was set for the person wins: it came with them from elsewhere. */
export const subjectOf = async (ports: ProviderPorts, person: Person, { provider }: Found): Promise<string> => {
  const set = await ports.subjects(person.user.id)
  const given = set.get(provider.application) ?? set.get('*')
  if (given) return given
  const email = primaryEmail(person)
  const upn = person.user.attributes.upn
  return subject(
    provider.subMode,
    {
      number: person.user.number,
      uuid: person.user.id,
      username: person.user.username,
      verifiedEmail: email?.verifiedAt ? email.address : null,
      upn: typeof upn === 'string' ? upn : null,
    },
    ports.installId(),
  )
}

/** The session's id as clients see it; theirs to send back, and no help in finding the session's cookie. */
export const sidOf = (session: SessionId): string => sha256(session).toString('hex')

const profileOf = (person: Person): Profile => {
  const email = primaryEmail(person)
  return {
    username: person.user.username,
    name: person.user.name,
    email: email?.address ?? null,
    emailVerified: (email?.verifiedAt ?? null) !== null,
    groups: person.directGroups.map((group) => group.name),
  }
}

export type Telling = {
  readonly person: Person
  readonly proven: Proven
  readonly scopes: readonly string[]
  readonly request: Pick<WireRequest, 'ip' | 'headers' | 'origin' | 'now'>
}

/** The claims of the scopes. One that cannot be computed fails all: a claim left out may be the one that forbids. */
export const aboutPerson = (
  { provider, application, client }: FoundClient,
  { person, proven, scopes, request }: Telling,
): Result<JsonObject, { claim: string; says: string }> => {
  let made: Readonly<Record<string, unknown>> | undefined
  const variables = () => {
    made ??= {
      ...personVariables({
        person,
        session: proven,
        application,
        request: { ip: request.ip, userAgent: userAgentOf(request), origin: request.origin, at: request.now },
      }),
      client: { id: client.id },
      scopes: [...scopes],
    }
    return made
  }
  return evaluateClaims(provider.scopes, scopes, { profile: profileOf(person), variables })
}
