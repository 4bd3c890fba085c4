/**
 * What a stage would come to for somebody in particular, told before anybody is asked: what the lock-out guard walks a
 * flow by (DESIGN §6). It may promise only what the executor would do. Nothing that comes from outside is counted on: no
 * mail, no SMS, no GeoIP, no reputation.
 */
import type { Person } from '../../domain/people/person.ts'
import type { Proof } from '../../domain/sessions/session.ts'
import type { Facts, FactWrite } from './fact.ts'
import type { Destination, FlowPurpose } from './stage.ts'

/** What somebody could prove themselves with. */
export type Means = {
  /** The names that a sign-in finds them by: user name, and addresses that nobody else has. */
  readonly names: readonly string[]
  readonly password: boolean
  /** They must choose another before it signs them in; left out, they need not. */
  readonly passwordDue?: boolean
  /** Of every kind, also what is used up or answers at another address. */
  readonly authenticators: readonly {
    readonly kind: string
    readonly amr: string
    readonly usable: boolean
    /** Not usable here, and yet at another address of this house: it is asked for all the same. */
    readonly elsewhere?: boolean
    /** Shows two factors by itself; left out, it does not. */
    readonly standsAlone?: boolean
  }[]
}

export type ForeseeContext<Config> = {
  readonly config: Config
  readonly facts: Facts
  readonly person: Person
  readonly means: Means
  /** What was proven in the session that the flow is about; null where nobody is signed in. */
  readonly session: readonly Proof[] | null
  readonly destination: Destination | null
  readonly purpose: FlowPurpose
  /** Whether this house is set up to send mail; that one arrives is not counted on. */
  readonly sendsMail: boolean
  /** The address of ours that they would be at. */
  readonly origin: string
  readonly now: number
}

export type Foreseen<Outcome extends string = string> = {
  /** The ends that they could bring about by answering as well as they can, the best first, each with what is known then. */
  readonly ends: readonly {
    readonly outcome: Outcome
    readonly know?: readonly FactWrite[]
    /** What they hold from then on besides. */
    readonly gains?: Means['authenticators'][number]
  }[]
  /** Why there is no better end, after their name: `has no password`. */
  readonly because?: string
  /** What conditions after it may find otherwise than can be told now, as they name it: `user`. */
  readonly unsure?: readonly string[]
}
