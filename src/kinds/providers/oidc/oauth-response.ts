/** Answers of the endpoints that clients call by themselves (RFC 6749 §5.1, §5.2). */

import type { JsonObject } from '../../../base/json.ts'
import { err, type Fail } from '../../../base/result.ts'
import { json, type WireResponse } from '../../../base/wire.ts'
import type { OAuthError } from '../../../protocol/oidc/errors.ts'

/** Why nothing was issued. `recorded`: the event of it is written already. */
export type GrantFailure = OAuthError & { readonly recorded?: true }

export const recorded = (failed: Fail<OAuthError>): Fail<GrantFailure> => err({ ...failed.error, recorded: true })

/** `Pragma` for caches of HTTP/1.0, which RFC 6749 asks for. */
export const oauthJson = (status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}) =>
  json(status, body, { pragma: 'no-cache', ...headers })

export const oauthError = ({ code, message }: OAuthError, status = statusOf(code)): WireResponse =>
  oauthJson(status, { error: code, error_description: message })

const statusOf = (code: OAuthError['code']): number => (code === 'server_error' ? 500 : 400)
