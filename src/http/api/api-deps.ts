/** What the API needs of the house. Constructed by `ops`; this room receives. */
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { FirstRun } from '../../core/first-run.ts'
import type { Passwords } from '../../core/passwords.ts'
import type { People } from '../../core/people.ts'
import type { Recorder } from '../../core/recorder.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { Channel, Decision, RequestFacts } from '../../domain/decisions/decision.ts'
import type { Proven } from '../../domain/expressions/person-variables.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { Person } from '../../domain/people/person.ts'
import type { ResourceType, Snapshot } from '../../kinds/contract/resource.ts'
import type { Resources } from '../../resources/resources.ts'
import type { Store } from '../../store/store.ts'

export type ApiDeps = {
  readonly store: Store
  readonly ring: Pick<KeyRing, 'hash'>
  readonly clock: Clock
  readonly random: Random
  readonly people: Pick<People, 'byId' | 'byLogin'>
  readonly sessions: Pick<Sessions, 'signedIn' | 'end' | 'endAll'>
  readonly recorder: Recorder
  readonly passwords: Pick<Passwords, 'hash' | 'weaknesses'>
  readonly firstRun: Pick<FirstRun, 'makeRecovery'>
  readonly resources: Resources
  /** Every type of resource there is, in the order in which the reference lists them. */
  readonly types: readonly ResourceType[]
  readonly snapshot: () => Snapshot | Promise<Snapshot>
  /** Over the snapshot that was last asked for. */
  readonly decide: (input: {
    readonly person: Person | null
    readonly session: Proven | null
    readonly channel: Channel
    readonly application: string
    readonly request: Omit<RequestFacts, 'id'>
  }) => Decision
  /** Told after a job was put back, so that this process looks for it at once. */
  readonly jobs: { poke(): void }
  /** `/` or `/auth/`. */
  readonly webPath: string
  readonly version: string
  readonly log: { error(message: string, error: unknown, detail?: object): void }
}
