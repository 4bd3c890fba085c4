/** What introspection tells (RFC 7662 §2.2): the claims of a live token, or `active: false` and not a word on why. */
import type { JsonObject } from '../../base/json.ts'

export const INACTIVE: JsonObject = { active: false }

export const activeToken = (
  claims: JsonObject,
  of: { readonly clientId: string; readonly scopes: readonly string[] },
): JsonObject => ({ ...claims, active: true, scope: of.scopes.join(' '), client_id: of.clientId })
