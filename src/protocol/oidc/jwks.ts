/** A key set as it is published (RFC 7517 §5): the public members of each key by name, so that no other gets out. */
import type { JsonObject } from '../../base/json.ts'

export type PublishedKey = { readonly kid: string; readonly algorithm: string; readonly jwk: JsonObject }

const PUBLIC_MEMBERS = ['kty', 'n', 'e', 'crv', 'x', 'y', 'x5c', 'x5t', 'x5t#S256']

export const jwks = (keys: readonly PublishedKey[]): JsonObject => ({ keys: keys.map(published) })

const published = ({ kid, algorithm, jwk }: PublishedKey): JsonObject => ({
  ...Object.fromEntries(PUBLIC_MEMBERS.filter((name) => jwk[name] !== undefined).map((name) => [name, jwk[name]])),
  kid,
  alg: algorithm,
  use: 'sig',
})
