/**
 * Access tokens as they come back to us. The signature of a token is checked once and remembered; whether its grant
 * still stands is asked each time, so that a leaver is out within a second (DESIGN §7).
 */
import type { GrantId } from '../../../base/ids.ts'
import type { Grant } from '../../../domain/grants/grant.ts'
import {
  type IssuerOf,
  readAccessToken,
  type VerifiedAccessToken,
} from '../../../protocol/oidc/claims/read-access-token.ts'
import { issuerPath } from '../../../protocol/oidc/issuer.ts'
import type { ProviderPorts, ProviderSnapshot } from '../../contract/provider.ts'
import { webPath } from './addresses.ts'
import { type FoundClient, findClient } from './oidc-provider.ts'

export type LiveToken = { readonly token: VerifiedAccessToken; readonly grant: Grant; readonly found: FoundClient }

export type AccessTokens = {
  /** The token if it is ours and within its time, whatever became of its grant. */
  verified(snapshot: ProviderSnapshot, text: string, now: number): VerifiedAccessToken | null
  /** The token if it may be used now. */
  live(snapshot: ProviderSnapshot, text: string, now: number): Promise<LiveToken | null>
}

// A few kilobytes each; beyond it, the one that came first goes, and its signature is checked once more.
const MOST_REMEMBERED = 10_000

export const createAccessTokens = (ports: ProviderPorts): AccessTokens => {
  // By the whole text: a known signature under another payload must not be taken for the token that it belongs to.
  const remembered = new Map<string, VerifiedAccessToken>()

  const remember = (text: string, token: VerifiedAccessToken): void => {
    remembered.set(text, token)
    if (remembered.size <= MOST_REMEMBERED) return
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest)
      break
    }
  }

  /** As long as the key that signed it is still published, and the token's time is not over. */
  const recall = (snapshot: ProviderSnapshot, text: string, now: number): VerifiedAccessToken | null => {
    const token = remembered.get(text)
    if (!token) return null
    const issuer = keysOf(ports, snapshot)(token.clientId)
    if (token.expiresAt > now && issuer?.keys.some((one) => one.kid === token.kid)) return token
    remembered.delete(text)
    return null
  }

  const verified = (snapshot: ProviderSnapshot, text: string, now: number): VerifiedAccessToken | null => {
    const known = recall(snapshot, text, now)
    if (known) return known
    const read = readAccessToken(text, keysOf(ports, snapshot), now)
    if (!read.ok) return null
    remember(text, read.value)
    return read.value
  }

  return {
    verified,
    live: async (snapshot, text, now) => {
      const token = verified(snapshot, text, now)
      const found = token ? findClient(snapshot, token.clientId) : undefined
      if (!token || !found) return null
      // The form of the id was checked with the token.
      const grant = await ports.grants.alive(token.grantId as GrantId)
      if (!grant || grant.clientId !== token.clientId || grant.application !== found.application.slug) return null
      return (await ports.grants.isJtiRevoked(token.jti)) ? null : { token, grant, found }
    },
  }
}

/** Whose keys a token of a client must be signed with. */
export const keysOf =
  (ports: ProviderPorts, snapshot: ProviderSnapshot): IssuerOf =>
  (clientId) => {
    const found = findClient(snapshot, clientId)
    if (!found) return undefined
    const { issuerMode, application, signingKey } = found.provider
    return {
      keys: ports.keys.published(signingKey),
      issuerPath: webPath(ports) + issuerPath(issuerMode, application),
    }
  }
