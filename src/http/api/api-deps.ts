/** What the API needs of the house. Constructed by `ops`; this room receives. */
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { Result } from '../../base/result.ts'
import type { Issue } from '../../base/schema.ts'
import type { Authenticators } from '../../core/authenticators.ts'
import type { Invitations } from '../../core/enrolment/invitations.ts'
import type { KeepIn } from '../../core/lock-out/keep-in.ts'
import type { Mails } from '../../core/mails/mails.ts'
import type { Passwords } from '../../core/passwords.ts'
import type { People } from '../../core/people.ts'
import type { Recorder } from '../../core/recorder.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { TrustedDevices } from '../../core/trusted-devices.ts'
import type { Channel, Decision, RequestFacts } from '../../domain/decisions/decision.ts'
import type { Proven } from '../../domain/expressions/person-variables.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { Person } from '../../domain/people/person.ts'
import type { CompiledPolicy } from '../../domain/policies/policy.ts'
import type { CompiledFlow } from '../../flow/compiled-flow.ts'
import type { KnownDevice } from '../../flow/ports.ts'
import type { ResourceType, Snapshot } from '../../kinds/contract/resource.ts'
import type { Destination, FlowPurpose, Place } from '../../kinds/contract/stage.ts'
import type { Drafts } from '../../resources/drafts.ts'
import type { Resources } from '../../resources/resources.ts'
import type { Store } from '../../store/store.ts'

export type ApiDeps = {
  readonly store: Store
  readonly ring: Pick<KeyRing, 'hash'>
  readonly clock: Clock
  readonly random: Random
  readonly people: Pick<People, 'byId' | 'byLogin'>
  readonly sessions: Pick<Sessions, 'signedIn' | 'end' | 'endAll' | 'rotate'>
  readonly authenticators: Pick<Authenticators, 'told' | 'one' | 'mayChange'>
  readonly trustedDevices: Pick<TrustedDevices, 'of' | 'forget'>
  readonly recorder: Recorder
  readonly flowSlug: (purpose: FlowPurpose, application: string | null, origin: string) => string
  /** Under the lock-out guard. */
  readonly keepIn: KeepIn
  readonly passwords: Passwords
  readonly mails: Mails
  readonly invitations: Pick<Invitations, 'make'>
  /** Where the recovery that serves at this address goes on once a mailed link was used; null where it takes none. */
  readonly recoveryPlace: (origin: string) => Omit<Place, 'attempt'> | null
  readonly resources: Resources
  readonly drafts: Drafts
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
    readonly device?: () => KnownDevice | null
  }) => Decision | Promise<Decision>
  /** Flows to be tried: as they stand, as a draft would be, and where one may lead. */
  readonly flows: {
    current(slug: string): Promise<CompiledFlow | undefined>
    draft(slug: string, spec: unknown): Result<CompiledFlow, Issue[]>
    /** Over the snapshot that was last asked for. */
    destination(application: string): Destination | null
  }
  /** Policies to be tried: as they stand, and as a draft would be. */
  readonly policies: {
    current(slug: string): Promise<CompiledPolicy | undefined>
    draft(slug: string, spec: unknown): Result<CompiledPolicy, Issue[]>
  }
  /** Told after a job was put back, so that this process looks for it at once. */
  readonly jobs: { poke(): void }
  /** `/` or `/auth/`. */
  readonly webPath: string
  readonly version: string
  readonly log: { error(message: string, error: unknown, detail?: object): void }
}
