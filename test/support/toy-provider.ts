/** A small provider kind over the real contract, for tests of what must not know any kind by name. */
import { err, ok } from '../../src/base/result.ts'
import { Closed, Duration, Ref, type Static, Type } from '../../src/base/schema.ts'
import type { Secret } from '../../src/base/secret.ts'
import { SecretReference } from '../../src/base/secret-reference.ts'
import type { ProviderKind } from '../../src/kinds/contract/provider.ts'

const ToyConfig = Closed({
  client_id: Type.String({ minLength: 1 }),
  client_secret: Type.Optional(SecretReference()),
  signing_key: Ref('keypairs', { default: 'default-rs256' }),
  validity: Duration({ default: '1h' }),
  scopes: Type.Record(Type.String(), Type.String(), { default: {} }),
})
type ToyConfig = Static<typeof ToyConfig>

export type CompiledToy = { readonly clientId: string; readonly secret: Secret | null }

export const toy: ProviderKind<ToyConfig, CompiledToy> = {
  id: 'toy',
  config: ToyConfig,
  version: 2,
  // Version 1 called the client's name `client`.
  upgrade: ({ client, ...settings }) => ({ ...(client === undefined ? {} : { client_id: client }), ...settings }),
  lookups: ({ client_id: key }) => [{ kind: 'client_id', key }],
  compile: (config, context) => {
    if (config.client_id === 'does-not-compile') return err([{ path: 'client_id', message: 'does not compile' }])
    if (!context.hasKeypair(config.signing_key)) return err([{ path: 'signing_key', message: 'is no key pair' }])
    const kept = config.client_secret
    if (!kept) return ok({ clientId: config.client_id, secret: null })
    const secret = 'secret' in kept ? context.secret(kept) : undefined
    return secret ? ok({ clientId: config.client_id, secret }) : err([{ path: 'client_secret', message: 'is gone' }])
  },
}

const bare: ProviderKind = {
  id: 'bare',
  config: Closed({ audience: Type.Optional(Type.String()) }),
  version: 1,
  compile: (config) => ok(config),
}

// A kind's own types are its own business; whoever walks the kinds hands each what it parsed by its schema.
export const toyKinds: readonly ProviderKind[] = [toy as ProviderKind, bare]
