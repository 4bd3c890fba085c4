/**
 * What this kind keeps with a code and with a grant: how the person had signed in and from where, so that the same rules
 * can be asked again when the client comes back alone.
 */
import type { SessionId, UserId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { WireRequest } from '../../../base/wire.ts'
import type { Proven } from '../../../domain/expressions/person-variables.ts'
import type { AuthorizationCode, Grant } from '../../../domain/grants/grant.ts'
import { amrOf, ownProofs } from '../../../domain/sessions/session.ts'
import { acrOf } from '../../../protocol/oidc/acr.ts'
import type { AcrWish } from '../../../protocol/oidc/authorize/check-acr.ts'
import type { CodeChallenge } from '../../../protocol/oidc/authorize/check-pkce.ts'
import type { SignedIn } from '../../contract/provider.ts'
import { userAgentOf } from './events.ts'

/** In a grant: nothing of it is a secret. */
export type GrantData = {
  /** The person's generation then; once it is raised, the grant is void. Null where a client acts for itself. */
  readonly generation: number | null
  readonly auth_time: number
  readonly proofs: readonly { readonly method: string; readonly at: number }[]
  readonly persistent: boolean
  /** Left out for a browser that was new. */
  readonly device_since?: number
  readonly ip: string
  readonly user_agent: string
  readonly nonce: string | null
  /** Left out where the client did not ask for any. */
  readonly acr?: string
}

/** In a code: the grant to be, and what its exchange is judged by. */
export type CodeData = GrantData & {
  readonly redirect_uri: string
  readonly challenge: CodeChallenge | null
  readonly scopes: readonly string[]
  readonly user: UserId
  readonly session: SessionId
}

export const grantData = (
  signedIn: SignedIn,
  request: WireRequest,
  { nonce, acr }: { readonly nonce?: string | undefined; readonly acr?: AcrWish },
): GrantData => ({
  generation: signedIn.person.user.generation,
  auth_time: signedIn.session.authTime,
  proofs: signedIn.session.proofs,
  persistent: signedIn.session.persistent,
  ...(signedIn.session.deviceSince === undefined ? {} : { device_since: signedIn.session.deviceSince }),
  ip: request.ip,
  user_agent: userAgentOf(request),
  nonce: nonce ?? null,
  ...(acr && acr.values.length > 0 ? { acr: acrOf(acr.values, amrOf(ownProofs(signedIn.session.proofs))) } : {}),
})

// Rows of this kind are written by this kind alone, from the types above: reading them back needs no second check.
export const codeData = (code: AuthorizationCode): CodeData => code.data as unknown as CodeData
export const dataOf = (grant: Grant): GrantData => grant.data as unknown as GrantData
export const toJson = (data: CodeData | GrantData): JsonObject => data as unknown as JsonObject

/** How the person had signed in, for rules that outlive the session. */
export const provenOf = (data: GrantData): Proven => ({
  proofs: data.proofs,
  authTime: data.auth_time,
  persistent: data.persistent,
  ...(data.device_since === undefined ? {} : { deviceSince: data.device_since }),
})

/** For claims: the request as `asPerson` has it, without what claims cannot read. */
export const claimsRequest = ({ origin, now }: WireRequest, data: GrantData) => ({
  ip: data.ip,
  headers: { 'user-agent': data.user_agent },
  origin,
  now,
})

/** The request as the rules must see it: the address of the client's server says nothing of where the person is. */
export const asPerson = (request: WireRequest, data: GrantData): WireRequest => ({
  ...request,
  ip: data.ip,
  headers: { 'user-agent': data.user_agent },
})
