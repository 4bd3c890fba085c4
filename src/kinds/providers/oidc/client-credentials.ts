/** `grant_type=client_credentials`, and authentik's `password`: a token for a machine (RFC 6749 §4.4, contracts §1.9). */
import { type GrantId, newId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { secret } from '../../../base/secret.ts'
import type { WireRequest } from '../../../base/wire.ts'
import type { Grant } from '../../../domain/grants/grant.ts'
import type { Person } from '../../../domain/people/person.ts'
import type { EventDraft } from '../../../events/event.ts'
import { oauthFail } from '../../../protocol/oidc/errors.ts'
import { type Acting, judgeClientCredentials } from '../../../protocol/oidc/token/grant-client-credentials.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import type { ClientRequest } from './client-request.ts'
import { clientActor, from, userAgentOf } from './events.ts'
import { type GrantData, toJson } from './grant-data.ts'
import { describe, issueTokens, signerOf } from './issue-tokens.ts'
import { type GrantFailure, recorded } from './oauth-response.ts'
import type { FoundClient } from './oidc-provider.ts'

export const clientCredentials = async (
  ports: ProviderPorts,
  request: WireRequest,
  { found, parameters }: ClientRequest,
): Promise<Result<JsonObject, GrantFailure>> => {
  const acting = judgeClientCredentials(found.client, parameters)
  if (!acting.ok) return acting
  const signer = signerOf(ports, found)
  if (!signer.ok) return signer
  const { account, scopes } = acting.value
  const person = account ? await accountOf(ports, request, found, account) : ok(null)
  if (!person.ok) return person
  const granted = { grant: newGrant(ports, found, request, scopes, person.value), scopes, person: person.value }
  const described = await describe(ports, request, found, granted)
  if (!described.ok) return described
  await ports.grants.issue({
    grant: granted.grant,
    refresh: null,
    event: event(found, request, 'oauth.tokens_issued', {
      scopes: [...scopes],
      grant_type: 'client_credentials',
      ...(person.value ? { user: person.value.user.id } : {}),
    }),
  })
  const issued = { ...granted, described: described.value, refreshToken: null }
  return ok(await issueTokens(ports, request, found, issued, signer.value))
}

/** The account whose app password was sent, if the rules let it in: one factor, proven now. */
const accountOf = async (
  ports: ProviderPorts,
  request: WireRequest,
  found: FoundClient,
  { username, password }: NonNullable<Acting['account']>,
): Promise<Result<Person, GrantFailure>> => {
  const person = await ports.appPassword(username, secret(password))
  if (!person?.user.active) {
    await ports.record(event(found, request, 'token.refused', { username, kind: 'app_password' }))
    return recorded(refusal)
  }
  const decision = await ports.decide({
    person,
    session: { proofs: [{ method: 'pwd', at: request.now }], authTime: request.now, persistent: false },
    channel: 'oidc',
    application: found.application.slug,
    request,
    renews: true,
  })
  if (decision.outcome === 'allow') return ok(person)
  const why = decision.reasons.filter((reason) => !reason.holds).map((reason) => reason.says)
  await ports.record(event(found, request, 'application.denied', { user: person.user.id, why }))
  // As for a wrong password: a stranger learns nothing about the account.
  return recorded(refusal)
}

const refusal = oauthFail('invalid_grant', 'The account or its app password is not accepted.')

const event = (found: FoundClient, request: WireRequest, type: EventDraft['type'], detail: JsonObject): EventDraft => ({
  type,
  actor: clientActor(found.client.id),
  target: `applications/${found.application.slug}`,
  detail,
  client: from(request),
  organisation: found.application.organisation,
})

const newGrant = (
  ports: ProviderPorts,
  { application, name, client, provider }: FoundClient,
  request: WireRequest,
  scopes: readonly string[],
  person: Person | null,
): Grant => {
  const data: GrantData = {
    generation: person?.user.generation ?? null,
    auth_time: request.now,
    proofs: person ? [{ method: 'pwd', at: request.now }] : [],
    persistent: false,
    ip: request.ip,
    user_agent: userAgentOf(request),
    nonce: null,
  }
  return {
    id: newId<GrantId>(request.now, ports.random),
    application: application.slug,
    provider: name,
    clientId: client.id,
    userId: person?.user.id ?? null,
    sessionId: null,
    scopes,
    createdAt: request.now,
    expiresAt: request.now + provider.accessTokenValidity,
    endedAt: null,
    data: toJson(data),
  }
}
