/**
 * Client authentication (RFC 6749 §2.3.1): exactly one way, one that is registered for the client. Whatever is wrong,
 * the answer is the same and takes as long: nobody learns which client ids exist.
 */
import { sameBytes } from '../../../base/bytes.ts'
import { ok, type Result } from '../../../base/result.ts'
import { reveal } from '../../../base/secret.ts'
import type { Client, ClientAuthMethod } from '../client.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { Parameters } from '../read-parameters.ts'
import { readBasic } from './read-basic.ts'

export type Credentials = {
  readonly id: string
  readonly secret: string | null
  readonly method: ClientAuthMethod
}

/** Who the client says it is, and how; judged in nothing yet. */
export const readCredentials = (
  authorization: string | undefined,
  parameters: Parameters,
): Result<Credentials, OAuthError> => {
  const id = parameters.get('client_id')
  const secret = parameters.get('client_secret')
  if (parameters.has('client_assertion') || parameters.has('client_assertion_type')) {
    return refused('Client assertions are not supported.')
  }
  if (authorization !== undefined) {
    const basic = readBasic(authorization)
    if (!basic) return refused('The Authorization header cannot be read.')
    // Two ways at once leave open which of them counts; also where both say the same (RFC 6749 §2.3).
    if (secret !== undefined) return refused('More than one way of client authentication was used.')
    if (id !== undefined && id !== basic.id) return refused('The client_id differs from the one that authenticated.')
    return ok({ ...basic, method: 'client_secret_basic' })
  }
  if (id === undefined) return refused('No client authentication was sent.')
  return ok(secret === undefined ? { id, secret: null, method: 'none' } : { id, secret, method: 'client_secret_post' })
}

/** Judges the credentials against the client of that id, if there is one. */
export const authenticateClient = (
  credentials: Credentials,
  client: Client | undefined,
): Result<Client, OAuthError> => {
  // Compared in any case, with a secret that no one has where there is none: time tells nothing.
  const held = client?.secret ? reveal(client.secret, 'client authentication') : null
  const matches = sameBytes(credentials.secret ?? '', held ?? NO_SECRET) && held !== null
  if (!client) return refused('Client authentication failed.', `no client ${credentials.id}`)
  if (!client.authMethods.includes(credentials.method)) {
    return refused('Client authentication failed.', `${credentials.method} is not registered`)
  }
  if (credentials.method !== 'none' && !matches) return refused('Client authentication failed.', 'wrong secret')
  return ok(client)
}

const NO_SECRET = '\0'

const refused = (message: string, detail?: string): Result<never, OAuthError> =>
  oauthFail('invalid_client', message, detail)
