/**
 * A stage kind: one step of a flow. It opens, asks the person or ends by itself, and ends in one of its named
 * outcomes; edges of the flow choose what follows. It touches nothing: what must happen is returned as effects,
 * which the executor performs in one transaction with their events.
 */

import type { Html } from '../../base/html.ts'
import type { AttemptId, CredentialId, GroupId, InvitationId, UserId } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Random } from '../../base/random.ts'
import type { TSchema } from '../../base/schema.ts'
import type { Secret } from '../../base/secret.ts'
import type { Translate } from '../../base/texts.ts'
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { GuessTicket } from '../../domain/guess-limits/guess-limit.ts'
import type { Invitation } from '../../domain/invitations/invitation.ts'
import type { Person } from '../../domain/people/person.ts'
import type { Proof, Session } from '../../domain/sessions/session.ts'
import type { UserKind } from '../../domain/users/user.ts'
import type { EventType } from '../../events/catalog.ts'
import type { AuthenticatorVault, Held, RelyingParty } from './authenticator.ts'
import type { Facts, FactWrite } from './fact.ts'
import type { ForeseeContext, Foreseen } from './foresee.ts'

export type Effect =
  /** A new session, or the same one rotated where the person signs in again over it. */
  | { readonly do: 'sign_in'; readonly user: UserId; readonly proofs: readonly Proof[]; readonly persistent: boolean }
  /** Adds proofs to the session there is, and rotates it (F01). */
  | { readonly do: 'prove'; readonly proofs: readonly Proof[] }
  | { readonly do: 'sign_out'; readonly everywhere: boolean }
  | {
      readonly do: 'create_user'
      readonly user: UserId
      readonly username: string
      readonly name: string
      readonly kind: UserKind
      readonly email: string | null
      /** It was shown to be theirs in this attempt. */
      readonly emailVerified?: boolean
      readonly attributes: JsonObject
      readonly groups: readonly string[]
      /** A use of it is counted, and its groups are given; refused where it does not count any more. */
      readonly invitation?: InvitationId
      /** Refused where anybody has the address. */
      readonly newAddress?: boolean
      /** They are switched off until somebody says yes. */
      readonly held?: 'approval'
    }
  | {
      readonly do: 'update_user'
      readonly user: UserId
      readonly patch: {
        readonly username?: string
        readonly name?: string
        readonly locale?: string
        readonly attributes?: JsonObject
      }
    }
  /** `hash` was made before the transaction. Refused where another was set after `since`, when this one's right was proven. */
  | { readonly do: 'set_password'; readonly user: UserId; readonly hash: string; readonly since?: number }
  /** The same password under newer parameters; where another was set meanwhile, that one stays. */
  | { readonly do: 'rehash_password'; readonly user: UserId; readonly rehash: Rehash }
  | {
      readonly do: 'give_consent'
      readonly user: UserId
      readonly application: string
      readonly clientId: string
      readonly scopes: readonly string[]
      readonly expiresAt: number | null
    }
  /**
   * A new authenticator, and with it a new cookie for the session it was added in (F01). Only of somebody who proved
   * enough for it before this step.
   */
  | {
      readonly do: 'add_credential'
      readonly user: UserId
      readonly credential: {
        readonly id: CredentialId
        readonly kind: string
        readonly name: string
        readonly data: JsonObject
        /** What it is found by, under its kind; refused where another has it. */
        readonly lookup?: string
      }
      /** Takes the place of all others of its kind. */
      readonly single: boolean
      /** Where setting it up took the authenticator itself: what that proved. */
      readonly proofs: readonly Proof[]
    }
  /** Whoever was asked for something they need not do does not want to be asked again before `until`; null for ever. */
  | { readonly do: 'decline'; readonly user: UserId; readonly offer: string; readonly until: number | null }
  /** This browser stands for the person's second factor from now on, until `until`: of whoever has just proven one. */
  | {
      readonly do: 'trust_device'
      readonly user: UserId
      readonly id: CredentialId
      /** What the browser will show; kept as a keyed hash only. */
      readonly token: Secret
      /** The authenticator that was proven; where it is gone, so is the trust. */
      readonly by: CredentialId
      readonly until: number
    }
  /** An authenticator was used. Where its data is no longer what it was checked against, all of this step is undone. */
  | {
      readonly do: 'use_credential'
      readonly user: UserId
      readonly credential: CredentialId
      readonly before: JsonObject
      readonly after: JsonObject
    }
  /** A mail with a one-time link and a code. Without an address nobody gets one, at the same cost (G01). */
  | {
      readonly do: 'send_link'
      readonly purpose: LinkPurpose
      /** Whose proof the link will be; null where it proves an address alone. */
      readonly user: UserId | null
      readonly address: string | null
      readonly link: NewLink
      readonly expiresAt: number
      readonly place: Place
    }
  /** A mail with a code alone, to an address of whoever proved who they are. */
  | {
      readonly do: 'send_code'
      readonly user: UserId
      readonly address: string
      readonly code: Secret
      readonly expiresAt: number
    }
  /** The link counts no more. Where it does not count any more already, all of this step is undone. */
  | { readonly do: 'spend_link'; readonly linkHash: string }
  /** First run is over: the link is dead, the address that the browser proved is kept. */
  | {
      readonly do: 'complete_setup'
      /** What the fact `setup.link` says: refused where a newer link was made meanwhile. */
      readonly link: string
      readonly publicUrl: string
      readonly trustProxy: string | null
    }
  /** The try that was counted before it was made was right: with what it was right for, in one transaction. */
  | { readonly do: 'forgive_guess'; readonly ticket: GuessTicket }
  /** A version of terms that somebody agreed to. */
  | { readonly do: 'agree_terms'; readonly user: UserId; readonly terms: string; readonly version: number }
  /** The address, shown to be theirs, in place of their primary one; refused where somebody has it. */
  | { readonly do: 'change_email'; readonly user: UserId; readonly address: string }
  /** Of whoever asks for it, with all they hold. */
  | { readonly do: 'delete_user'; readonly user: UserId }
  /** For what has no other effect: a failed proof, a refusal. */
  | { readonly do: 'record'; readonly event: StageEvent }

/** What a mailed link proves: who somebody is that has an account, to help them back or to sign in, or that an address is theirs. */
export type LinkPurpose = 'recover' | 'sign_in' | 'verify' | 'confirm'

/** Where in which attempt a stage runs. */
export type Place = {
  readonly flow: string
  readonly revision: number
  readonly node: string
  readonly attempt: AttemptId
}

/** A link and the code beside it, with the keyed hashes that they are kept and found by. */
export type NewLink = {
  readonly link: Secret
  readonly code: Secret
  readonly linkHash: string
  readonly codeHash: string
}

/** A link that counts now. */
export type LiveLink = {
  readonly linkHash: string
  readonly purpose: LinkPurpose
  readonly person: Person | null
  readonly address: string | null
  readonly place: Omit<Place, 'attempt'> & { readonly attempt: AttemptId | null }
}

export type StageEvent = {
  readonly type: EventType
  readonly user?: UserId
  readonly target?: string
  readonly detail?: JsonObject
}

/** Why a field was not taken: a key of the texts with its values. */
export type FieldError = {
  readonly field: string | null
  readonly text: string
  readonly values?: Readonly<Record<string, string>>
}

export type StageEnd<Outcome extends string = string> = {
  readonly end: Outcome
  readonly know?: readonly FactWrite[]
  readonly effects?: readonly Effect[]
  /** Leave the flow for this address (already judged to be safe). */
  readonly leave?: string
  /** Begin the flow again with what is known by now, in place of an edge: what came before this stage is missing. */
  readonly again?: boolean
}
/** The stage asks: `ask` is what its page and the JSON front end show. It holds no secret. */
export type StageAsk = {
  readonly ask: JsonObject
  readonly errors?: readonly FieldError[]
  readonly effects?: readonly Effect[]
  readonly know?: readonly FactWrite[]
}

export type StageContext<Config> = {
  readonly config: Config
  readonly facts: Facts
  readonly request: RequestFacts
  /** The person the attempt is about, loaded fresh; null while unknown, and where the typed name is nobody's. */
  readonly person: Person | null
  /** Who is signed in at this browser already. */
  readonly signedIn: { readonly session: Session; readonly person: Person } | null
  /** Where the attempt leads. */
  readonly destination: Destination | null
  readonly purpose: FlowPurpose
  readonly place: Place
  readonly ports: StagePorts
}

export const FLOW_PURPOSES = [
  'sign_in',
  'step_up',
  'recover',
  'enrol',
  'sign_out',
  'consent',
  'setup',
  'settings',
] as const
export type FlowPurpose = (typeof FLOW_PURPOSES)[number]

/** What people are offered only where the settings name a flow for it. */
export const FLOW_WAYS = ['magic_link', 'email_code', 'change_email', 'leave'] as const
export type FlowWay = (typeof FLOW_WAYS)[number] | 'enrol'

/** What a `next` address leads to, as the provider kind that owns it reads it. */
export type Destination = {
  readonly application: string
  readonly applicationName: string
  /** Origins or schemes where the journey may end, for the page's `form-action` (Chromium checks it along redirects). */
  readonly formAction: readonly string[]
  /** A name to begin with (OIDC `login_hint`). */
  readonly loginHint?: string
  /** Languages the application asks for, best first (OIDC `ui_locales`). */
  readonly uiLocales?: readonly string[]
  /** The application asks for two factors. */
  readonly demandsMfa?: boolean
  /** What stands for a second factor does not do: it has to be proven. */
  readonly demandsProof?: boolean
  /** Whoever is signed in already must prove it again (OIDC `prompt=login`, `max_age`, `prompt=select_account`). */
  readonly reauthenticate?: boolean
  /** What the application asks to be told, for the consent page. */
  readonly consent?: ConsentRequest
}

export type ConsentRequest = {
  readonly clientId: string
  readonly clientName: string
  /** Where the client lives, to show: a host, never a link. */
  readonly host: string
  /** All that is asked for, and what a yes covers. Those without a description go without saying. */
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
  /** A path of ours to leave for where the person says no. */
  readonly refusedUrl?: string
  /** How long a yes is remembered; null for ever; 0 for this once. */
  readonly validFor: number | null
}

/** A password that was right, and whose hash is to be made anew: the hash it was checked against, and the new one. */
export type Rehash = { readonly credential: CredentialId; readonly before: string; readonly after: string }

export type PasswordVerdict =
  | { readonly verdict: 'right'; readonly rehash: Rehash | null }
  | { readonly verdict: 'wrong' }
  /** The queue is full: 503 with Retry-After, never a refusal. */
  | { readonly verdict: 'busy' }

/** What a stage may ask the house. Narrow on purpose. */
export type StagePorts = {
  readonly random: Random
  readonly people: {
    byLogin(login: string): Promise<Person | null>
    byId(id: UserId): Promise<Person | null>
    usernameTaken(username: string): Promise<boolean>
    /** Whether anybody has the address, verified or not. */
    emailTaken(address: string): Promise<boolean>
    /** Whether they may delete their account: no file manages them, and they administer nothing. */
    mayLeave(id: UserId): Promise<boolean>
    groupId(slug: string): Promise<GroupId | null>
  }
  readonly passwords: {
    /** Costs the same for nobody as for somebody. */
    verify(person: Person | null, password: Secret): Promise<PasswordVerdict>
    hash(password: Secret): Promise<string | 'busy'>
    /**
     * Texts of the rules that a new password breaks. With `user`, it is one of theirs: what they had before must not come
     * back.
     */
    weaknesses(
      password: Secret,
      about: { username: string; name: string; email: string; user?: UserId },
    ): Promise<FieldError[]>
    /** Whether the person must choose another password before the one they have signs them in. */
    due(person: Person, now: number): boolean
  }
  readonly guesses: {
    /**
     * Counts a try at something secret before it is made (E14). `what` is counted apart; `account` is the person's id, or
     * the name that is nobody's (G01). `wait`, in milliseconds: it is not taken before then.
     */
    take(what: string, account: string): Promise<{ readonly wait: number } | { readonly ticket: GuessTicket }>
    /** The try was right, or was not made after all. */
    forgive(ticket: GuessTicket): Promise<void>
  }
  readonly authenticators: {
    /** What the person has, of every kind, the oldest first. */
    of(user: UserId): Promise<readonly (Held & { readonly kind: string })[]>
    /** The one that is found by this, whosever it is. */
    byLookup(kind: string, lookup: string): Promise<(Held & { readonly user: UserId }) | null>
    /** Whether the person has second factors, and all of them are read in a mailbox: then a mailed link is no other factor. */
    onlyByMail(user: UserId): Promise<boolean>
    /** Whether the person does not want to be asked for this now. */
    declined(user: UserId, offer: string, now: number): Promise<boolean>
    readonly vault: AuthenticatorVault
    /** At the address that was asked for. */
    readonly relyingParty: RelyingParty
  }
  /** Facts are JSON that conditions read and pages carry; what they must not see is sealed first, to this attempt. */
  /** Null where this browser stands for nothing of theirs. */
  trustedDevice(user: UserId): Promise<Pick<Held, 'id' | 'data'> | null>
  readonly sealing: { seal(value: JsonObject): string; open(sealed: string): JsonObject | null }
  readonly mail: {
    /** Whether this house can send any. */
    ready(): boolean
    newLink(): NewLink
    /** By the link itself: null for whatever does not count now. */
    byLink(link: string): Promise<LiveLink | null>
    byCode(linkHash: string, code: string): Promise<LiveLink | null>
  }
  readonly terms: {
    /** The newest version that they agreed to, or null. */
    newest(user: UserId, terms: string): Promise<number | null>
  }
  readonly invitations: {
    /** One that was shown, where it counts for this flow now. */
    live(id: InvitationId, flow: string): Promise<Invitation | null>
  }
  readonly flows: {
    /** Whether the flow stands, and this house has what its stages need. */
    usable(slug: string): boolean
    /** The flow that is switched on for this in the settings, where this house can go it. */
    way(way: FlowWay): string | null
  }
  /** Evaluates a CEL expression of the stage's own configuration over the attempt's facts. */
  evaluate(expression: string, extra?: Readonly<Record<string, Json>>): Promise<Json | undefined>
}

export type Prediction<Outcome extends string = string> = {
  readonly outcomes: readonly Outcome[]
  /** Whether somebody must be there to answer. */
  readonly needsPerson: boolean
  /** The facts the prediction rests on. */
  readonly reads: readonly string[]
}

/** What a prediction may rest on: what is known before anything is asked. */
export type PredictContext<Config> = {
  readonly config: Config
  readonly facts: Facts
  readonly signedIn: boolean
  readonly destination: Destination | null
}

/** How a page shows a stage. `values` are what was typed, without passwords. */
export type StageView = {
  readonly t: Translate
  readonly errors: readonly FieldError[]
  readonly values: Readonly<Record<string, string>>
  readonly destination: Destination | null
  readonly personName: string | null
  /** Hidden inputs that bind the form to attempt and browser; part of every form. */
  readonly hidden: Html
  readonly action: string
  /** Restarts the attempt, keeping where it leads. */
  readonly restart: string
  /** Who is signed in, in a flow about them; `otherAccount` signs out first and then leads to where this attempt leads. */
  readonly signedIn?: { readonly username: string; readonly otherAccount: string } | null
}
export type StagePage = {
  readonly title: string
  readonly lead?: Html
  readonly body: Html
  /** A picture of ours in place of the brand's logo. */
  readonly head?: Html
  /** The page needs the script that speaks to passkeys. */
  readonly passkeys?: boolean
}

export type StageKind<Config = unknown, Outcome extends string = string> = {
  readonly id: string
  readonly config: TSchema
  readonly version: number
  upgrade?(config: JsonObject, from: number): JsonObject
  readonly outcomes: readonly Outcome[]
  /** Those it can end in as it is set, where that differs: an edge is asked for from these alone. */
  outcomesOf?(config: Config): readonly Outcome[]
  /** True for the kinds that check a proof, and whose end says so. */
  readonly proves?: boolean
  /** The ends that say so; left out, `ok`. */
  readonly provenBy?: readonly Outcome[]
  /**
   * True for the kind that changes what a person can prove: it is for whoever proved enough just now, so it gives lint no
   * proof of its own, and the door asks for a step-up first.
   */
  readonly needsProof?: boolean
  /** True for the kind that signs in; lint asks that a sign-in flow reaches one after a proof. */
  readonly signsIn?: boolean
  /** True for the kind that asks for an invitation: a flow with one is what an invitation may lead to. */
  readonly invites?: boolean
  /** What the house must have for it: a flow with such a stage is offered only where it has. */
  readonly needs?: 'mail'
  predict(context: PredictContext<Config>): Prediction<Outcome>
  /**
   * The same for somebody in particular. Left out, what is predicted is taken to come true and to teach nothing; a kind
   * that proves has to have it.
   */
  foresee?(context: ForeseeContext<Config>): Foreseen<Outcome>
  open(context: StageContext<Config>): Promise<StageAsk | StageEnd<Outcome>>
  /** `input` holds the fields of the form, each a string; repeated ones were refused before. */
  answer?(context: StageContext<Config>, input: Readonly<Record<string, string>>): Promise<StageAsk | StageEnd<Outcome>>
  /** Its `use_credential` came second: somebody else used the same. Nothing of its end was done. */
  overtaken?(context: StageContext<Config>): Promise<StageAsk | StageEnd<Outcome>>
  page?(ask: JsonObject, view: StageView): StagePage
}
