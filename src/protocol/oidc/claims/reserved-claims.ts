/**
 * Claims that say who issued a token, for whom, about whom and until when (RFC 7519 §4.1, OpenID Connect Core §2). They
 * come from the grant alone: a mapping that could set them could make a token for another client or another person.
 */
const RESERVED = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'azp',
  'nonce',
  'acr',
  'amr',
  'auth_time',
  'at_hash',
  'c_hash',
  's_hash',
  'sid',
  'client_id',
  'scope',
  'uid',
  'cnf',
  'act',
  'may_act',
  'events',
  'active',
  'token_type',
])

export const isReservedClaim = (name: string): boolean => RESERVED.has(name)
