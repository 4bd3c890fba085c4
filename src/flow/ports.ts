/** What the executor asks of the house, and what it answers. It reaches nothing else. */
import type { AttemptId, UserId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { Random } from '../base/random.ts'
import type { Secret } from '../base/secret.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { Failures } from '../domain/guess-limits/failures.ts'
import type { GuessTicket } from '../domain/guess-limits/guess-limit.ts'
import type { Person } from '../domain/people/person.ts'
import type { Session } from '../domain/sessions/session.ts'
import type { Held, RelyingParty } from '../kinds/contract/authenticator.ts'
import type { FactWrite } from '../kinds/contract/fact.ts'
import type { SignedIn } from '../kinds/contract/provider.ts'
import type {
  Destination,
  Effect,
  FieldError,
  FlowPurpose,
  FlowWay,
  StageKind,
  StagePorts,
} from '../kinds/contract/stage.ts'
import type { CompiledFlow } from './compiled-flow.ts'

/** An attempt as it is kept: sealed in the page until the first proof, a row afterwards. The same in both. */
export type AttemptRow = {
  readonly id: AttemptId
  readonly flow: string
  readonly revision: number
  /** `end` once it has ended: kept until it expires, so that going back leads on instead of beginning again. */
  readonly node: string
  readonly facts: JsonObject
  /** Keyed hash of the pre-session cookie that it is bound to. */
  readonly browser: string
  readonly expiresAt: number
  readonly step: number
}

/** A browser that people signed in from before. */
export type KnownDevice = {
  readonly id: string
  readonly people: readonly string[]
  /** When it first signed each of them in; of people that it knows since before this was kept, nothing. */
  readonly since: Readonly<Record<string, number>>
}

/** Who asks, from where, in which browser. */
export type FlowContext = {
  readonly request: RequestFacts
  /** Keyed hash of the pre-session cookie. */
  readonly browser: string
  readonly signedIn: SignedIn | null
  readonly device: KnownDevice | null
  /** What this browser shows to be trusted by, by person; left out where it shows nothing. */
  readonly trust?: Readonly<Record<string, string>>
}

export type AttemptMove =
  /** The attempt becomes a row. Stale where one of that id stands already. */
  | { readonly do: 'insert'; readonly attempt: AttemptRow }
  /** The row moves on from `step` to the step after it. Stale where it does not stand at `step` any more. */
  | {
      readonly do: 'advance'
      readonly id: AttemptId
      readonly step: number
      readonly node: string
      readonly facts: JsonObject
    }

/** Everything of this is done in one transaction with its events, or nothing. */
export type Work = {
  readonly effects: readonly Effect[]
  readonly move: AttemptMove | null
  readonly request: RequestFacts
  readonly signedIn: SignedIn | null
  /** Slug of the flow, and of the application it leads to; whom this browser knows. */
  readonly flow: string
  readonly application: string | null
  readonly device: KnownDevice | null
}

/** What became of the browser's session: a new cookie, none any more, or `undefined` for no change. */
export type Performed = {
  readonly session: { readonly session: Session; readonly cookie: string } | null | undefined
  /** From now on, the browser is trusted for this person. */
  readonly trust?: Trust
}

export type Trust = { readonly user: UserId; readonly token: Secret; readonly until: number }

export type WorkDone =
  | ({ readonly outcome: 'done' } & Performed)
  /** Somebody else moved the attempt on first. */
  | { readonly outcome: 'stale' }
  /** The person may no longer sign in: seen inside the transaction. */
  | { readonly outcome: 'refused' }
  /** An authenticator was used by somebody else first. */
  | { readonly outcome: 'overtaken' }

/** A whole attempt in a page, or one stage's secret among the facts. */
type SealedFor = 'attempt' | 'stage'

export type FlowPorts = {
  readonly random: Random
  seal(purpose: SealedFor, value: JsonObject, expiresAt: number): string
  /** Null for whatever was not sealed here for this purpose, and after its expiry. */
  unseal(purpose: SealedFor, sealed: string, now: number): JsonObject | null
  /** The flow at that revision: an attempt stays on the one it began with. Null where it is gone. */
  flow(slug: string, revision: number): CompiledFlow | null | Promise<CompiledFlow | null>
  attempt(id: AttemptId): Promise<AttemptRow | null>
  person(id: UserId): Promise<Person | null>
  /** What a path of ours leads to, as the provider kind that owns it reads it. */
  destination(next: string): Destination | null | Promise<Destination | null>
  /** The flow that is switched on for this at an address of ours. */
  way(way: FlowWay, origin: string): string | null
  /** What stages may ask of the house; the executor adds what rests on the attempt. */
  readonly stage: Omit<
    StagePorts,
    'evaluate' | 'guesses' | 'sealing' | 'authenticators' | 'flows' | 'trustedDevice'
  > & {
    readonly flows: Pick<StagePorts['flows'], 'usable'>
    readonly authenticators: Omit<StagePorts['authenticators'], 'relyingParty'>
  }
  /** Whom passkeys are made for at an address of ours. */
  relyingParty(origin: string): RelyingParty | Promise<RelyingParty>
  /** The methods (`amr`) of the authenticators that the person could prove something with now. */
  heldMethods(user: UserId): Promise<ReadonlySet<string>>
  readonly guesses: {
    take(guess: {
      readonly what: string
      readonly account: string
      readonly ip: string
      readonly device: string | null
    }): Promise<{ readonly wait: number } | { readonly ticket: GuessTicket }>
    forgive(ticket: GuessTicket): Promise<void>
  }
  /** Tries that failed lately; `account` as tries are counted: a person's id, or a name that is nobody's. */
  failures(about: {
    readonly account: string
    readonly ip: string
    readonly browser: KnownDevice | null
  }): Promise<Failures>
  /** Whether what a browser shows stands for the person's second factor now. */
  trustedDevice(user: UserId, token: string, now: number): Promise<Pick<Held, 'id' | 'data'> | null>
  perform(work: Work): Promise<WorkDone>
}

export type Begin = FlowContext & {
  readonly flow: CompiledFlow
  /** What it shall serve; a flow of another purpose is refused (H04). */
  readonly purpose: FlowPurpose
  /** A path of ours, judged to be safe, or null for the portal. */
  readonly next: string | null
  /** What the front door knows already: a one-time link that was shown, a mailed link's proof. */
  readonly know?: readonly FactWrite[]
}

export type RefusalCode =
  /** Too long ago, or its flow was changed and the revision it began with is gone. */
  | 'expired'
  /** About a session that has ended. */
  | 'signed_out'
  /** About somebody else than who is signed in now. */
  | 'other_person'
  /** An answer to a step that is over, or to an attempt that has ended: then `onward` says where it went. */
  | 'stale'
  | 'other_browser'
  /** No attempt of ours. */
  | 'unknown'
  /** More stages in a row than any flow of sense has. */
  | 'loop'
  | 'denied'

export type FlowStep =
  | {
      readonly kind: 'show'
      /** Names the attempt: in the form, and in the address where `sealed` is false. */
      readonly attempt: string
      readonly step: number
      readonly sealed: boolean
      readonly flow: CompiledFlow
      readonly node: string
      readonly stage: StageKind
      readonly ask: JsonObject
      readonly errors: readonly FieldError[]
      /** Where the attempt leads, and what stands there. */
      readonly next: string | null
      readonly destination: Destination | null
      /** Of whom was proven or is signed in; a name that was only typed is in `ask`. */
      readonly personName: string | null
      /** User name of who is signed in, in a flow that is about them. */
      readonly signedInAs: string | null
      readonly performed: Performed
    }
  | { readonly kind: 'leave'; readonly to: string; readonly performed: Performed }
  | {
      readonly kind: 'refused'
      readonly code: RefusalCode
      /** How to begin again; null where the attempt is not known or not this browser's. */
      readonly restart: { readonly flow: string; readonly next: string | null } | null
      readonly onward: string | null
      readonly performed: Performed
    }

/** The node that a mailed link ends, and the link as its answer. */
export type Enter = Begin & { readonly node: string; readonly input: Readonly<Record<string, string>> }

export type FlowEngine = {
  /** Begins an attempt and runs it up to where it needs the person, or to its end. */
  begin(input: Begin): Promise<FlowStep>
  /** Begins an attempt at a node with an answer to it: a mailed link that is opened in another browser. */
  enter(input: Enter): Promise<FlowStep>
  /** Shows an attempt again where it stands (a GET). */
  reopen(attempt: string, context: FlowContext): Promise<FlowStep>
  /** Takes an answer to `step`. */
  answer(
    attempt: string,
    step: number,
    input: Readonly<Record<string, string>>,
    context: FlowContext,
  ): Promise<FlowStep>
}
