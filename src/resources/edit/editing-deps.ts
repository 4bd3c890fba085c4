/** What editing configuration needs of the world. */
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { CompileExpression } from '../../domain/expressions/expression.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { EventDraft } from '../../events/event.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import type { Store, Tx } from '../../store/store.ts'
import type { LiveSnapshot } from '../snapshot/live-snapshot.ts'
import type { OpenSecrets } from '../snapshot/open-secrets.ts'
import type { LockOutGuard } from './lock-out-guard.ts'

export type EditingDeps = {
  readonly store: Pick<Store, 'engine' | 'read' | 'write' | 'instance' | 'resources' | 'drafts' | 'secrets' | 'groups'>
  /** Records an event in the transaction of its effect. */
  readonly record: (tx: Tx, event: EventDraft) => Promise<void>
  readonly types: ReadonlyMap<string, ResourceType>
  readonly ring: Pick<KeyRing, 'seal' | 'unseal'>
  readonly secrets: OpenSecrets
  readonly expression: CompileExpression
  readonly live: Pick<LiveSnapshot, 'set'>
  readonly clock: Clock
  readonly random: Random
  readonly organisation: string
  /** Asked inside the transaction, once everything is written; what it finds rolls the transaction back. */
  readonly guard?: LockOutGuard
}
