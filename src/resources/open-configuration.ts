/** The front door of this room: the live snapshot and the editing of resources over one store, made at start. */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { CompileExpression } from '../domain/expressions/expression.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { ResourceType, Snapshot } from '../kinds/contract/resource.ts'
import type { Store, Tx } from '../store/store.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { readState } from './edit/configuration-state.ts'
import type { EditingDeps } from './edit/editing-deps.ts'
import { createResources, type Resources } from './resources.ts'
import type { Problem } from './snapshot/compile-set.ts'
import { type LiveSnapshot, openLiveSnapshot } from './snapshot/live-snapshot.ts'
import { openSecrets } from './snapshot/open-secrets.ts'
import { snapshotOf } from './snapshot/snapshot.ts'

export type ConfigurationSettings = {
  readonly store: Pick<
    Store,
    'engine' | 'read' | 'write' | 'instance' | 'resources' | 'drafts' | 'secrets' | 'groups' | 'changes'
  >
  /** Every type there is: those of this room, and those that other rooms make. */
  readonly types: readonly ResourceType[]
  readonly ring: Pick<KeyRing, 'seal' | 'unseal'>
  readonly expression: CompileExpression
  readonly clock: Clock
  readonly random: Random
  readonly organisation?: string
  readonly record: EditingDeps['record']
  readonly guard?: EditingDeps['guard']
  /** What has to be there before anything is compiled. */
  ready?(): Promise<void>
  /** Told of each resource that does not compile, once per revision. */
  report(problem: Problem): void
}

export type Configuration = {
  readonly live: LiveSnapshot
  readonly resources: Resources
  readonly drafts: Drafts
  /** The configuration as a transaction sees it, compiled. */
  snapshotIn(tx: Tx): Promise<Snapshot>
  /** For what edits beside `resources`: the shipped defaults, the configuration files. */
  readonly editing: EditingDeps
  close(): void
}

export const openConfiguration = async (settings: ConfigurationSettings): Promise<Configuration> => {
  const { store, ring, expression, clock, random, record, guard } = settings
  const secrets = openSecrets(ring)
  const { types, ready, report } = settings
  const live = await openLiveSnapshot({ store, types, expression, secrets, report, ...(ready ? { ready } : {}) })
  const editing: EditingDeps = {
    store,
    types: new Map(settings.types.map((type) => [type.type, type])),
    ring,
    secrets,
    expression,
    live,
    clock,
    random,
    record,
    organisation: settings.organisation ?? 'main',
    ...(guard ? { guard } : {}),
  }
  return {
    live,
    resources: createResources(editing),
    drafts: createDrafts(editing),
    snapshotIn: async (tx) => snapshotOf((await readState(editing, tx)).set, 0),
    editing,
    close: () => live.close(),
  }
}
