/** The key pair resources as the roll-over sees them. */
import { DAY } from '../base/clock.ts'
import type { Snapshot } from '../kinds/contract/resource.ts'
import type { KeypairSettings } from './keys/roll-over.ts'
import { keypairs } from './resource-types.ts'

export const keypairSettings = (snapshot: Snapshot): KeypairSettings[] =>
  [...snapshot.all(keypairs).values()].map(({ slug, algorithm, bits, rotateEvery, publishAhead }) => ({
    slug,
    algorithm,
    bits,
    policy: { rotateEvery, publishAhead, keepFor: KEEP_FOR },
  }))

// No token of ours that is checked by key alone lives longer than this after it was signed.
const KEEP_FOR = 30 * DAY
