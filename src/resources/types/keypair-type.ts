/** Key pairs: an algorithm and when its keys change over. The keys themselves are records; they never stand in a spec. */
import { parseDuration } from '../../base/duration.ts'
import { err, ok } from '../../base/result.ts'
import { Closed, Duration, type Issue, Line, type Static, Type } from '../../base/schema.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'

const KEY_ALGORITHMS = ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

export const KeypairSpec = Closed({
  name: Type.Optional(Line()),
  algorithm: Type.Enum([...KEY_ALGORITHMS], { description: 'As in the `alg` of what it signs (RFC 7518, RFC 8037).' }),
  bits: Type.Optional(Type.Enum([2048, 3072, 4096], { description: 'For RS256; left out, 2048.' })),
  rotate_every: Type.Optional(
    Duration({ description: 'How long a key signs; left out, until somebody changes it over.', examples: ['180d'] }),
  ),
  publish_ahead: Duration({
    default: '7d',
    description: 'How long the next key is published before it signs, for clients that remember the key set.',
  }),
})
export type KeypairSpec = Static<typeof KeypairSpec>

/** Times in milliseconds. */
export type Keypair = {
  readonly slug: string
  readonly name: string
  readonly algorithm: (typeof KEY_ALGORITHMS)[number]
  readonly bits: 2048 | 3072 | 4096
  readonly rotateEvery: number | null
  readonly publishAhead: number
}

export const keypairType: ResourceType<KeypairSpec, Keypair> = {
  type: 'keypairs',
  singular: 'keypair',
  schema: KeypairSpec,
  version: 1,
  read: 'keypairs.read',
  write: 'keypairs.write',
  compile: (spec, { slug }) => {
    const rotateEvery = spec.rotate_every === undefined ? null : (parseDuration(spec.rotate_every) ?? 0)
    const publishAhead = parseDuration(spec.publish_ahead) ?? 0
    const issues: Issue[] = []
    if (spec.bits !== undefined && spec.algorithm !== 'RS256') {
      issues.push({ path: 'bits', message: 'is for RS256 only' })
    }
    // The next key would have to be published before the present one began to sign.
    if (rotateEvery !== null && rotateEvery <= publishAhead) {
      issues.push({ path: 'rotate_every', message: 'must be longer than publish_ahead' })
    }
    if (issues.length > 0) return err(issues)
    const { algorithm, bits = 2048 } = spec
    return ok({ slug, name: spec.name ?? slug, algorithm, bits, rotateEvery, publishAhead })
  },
}
