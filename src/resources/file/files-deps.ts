/** What applying configuration files needs beside the editing of resources: people, and their passwords. */
import type { Secret } from '../../base/secret.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { PolicyTest, PolicyTestResult } from '../../domain/policies/policy-test.ts'
import type { Snapshot } from '../../kinds/contract/resource.ts'
import type { DataKey, Store, Tx } from '../../store/store.ts'
import type { EditingDeps } from '../edit/editing-deps.ts'
import type { SecretSources } from '../secrets/settle-secrets.ts'

/** Runs policy tests over a configuration, and the people as a transaction sees them. */
export type RunTests = (
  tx: Tx,
  snapshot: Snapshot,
  tests: readonly PolicyTest[],
) => Promise<readonly PolicyTestResult[]>

export type FilesDeps = Omit<EditingDeps, 'store' | 'ring'> & {
  readonly store: EditingDeps['store'] & Pick<Store, 'users' | 'emails' | 'credentials' | 'keys'>
  readonly ring: Pick<KeyRing, 'seal' | 'unseal' | 'hash'>
  readonly passwords: {
    hash(password: Secret): Promise<string | 'busy'>
    verify(hash: string | null, password: Secret): Promise<{ readonly verdict: 'right' | 'wrong' | 'busy' }>
  }
  /** Words that no password may hold, as the settings stand before the file is applied. */
  forbiddenWords(): readonly string[]
  /** How many replaced passwords are kept for the history. */
  formerKept(): number
  /** What files may name on this server; `folder` is where the files lie. */
  secretSources(folder: string): SecretSources
  readonly runTests: RunTests
  readonly dataKeys: {
    /** A ring that opens also what these wrapped keys sealed; null where they belong to another secret key. */
    including(keys: readonly DataKey[]): Promise<Pick<KeyRing, 'seal' | 'unseal'> | null>
  }
}
