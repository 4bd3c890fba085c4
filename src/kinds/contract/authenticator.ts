/**
 * An authenticator kind: one way to prove a second factor. It sets one up for a person, says which of theirs can still
 * prove something, asks, and judges the answer. It reads and writes nothing: what it makes are values, which the stages
 * that know all kinds turn into effects. Secrets in its data are sealed, and are told once: while it is being set up.
 */
import type { Html } from '../../base/html.ts'
import type { CredentialId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Random } from '../../base/random.ts'
import type { TSchema } from '../../base/schema.ts'
import type { Sealed, Secret } from '../../base/secret.ts'
import type { Translate } from '../../base/texts.ts'
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { GuessTicket } from '../../domain/guess-limits/guess-limit.ts'
import type { Person } from '../../domain/people/person.ts'
import type { AuthentikRow } from './authentik-row.ts'
import type { Effect, FieldError } from './stage.ts'

/** An authenticator that a person has. */
export type Held<Data = JsonObject> = {
  readonly id: CredentialId
  /** As the person named it; empty where they did not. */
  readonly name: string
  readonly data: Data
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

/** What a kind may do with the house's keys. */
export type AuthenticatorVault = {
  /** For members of `secrets`: opens in that member of that credential and nowhere else. */
  seal(plain: Secret, credential: CredentialId, member: string): Sealed
  open(sealed: Sealed, credential: CredentialId, member: string): Secret
  /** A keyed hash, for codes that are only ever compared. */
  hash(text: string, credential: CredentialId): string
}

/** Whom a browser makes passkeys for at an address of ours: a domain, and the name it is shown by. */
export type RelyingParty = {
  readonly id: string
  readonly name: string
  /** The other addresses of this house, and whom passkeys are made for there; left out where there is but one. */
  readonly others?: () => readonly { readonly origin: string; readonly id: string }[]
}

export type AuthenticatorPorts = {
  readonly random: Random
  readonly vault: AuthenticatorVault
  /** At the address that was asked for. */
  readonly relyingParty: RelyingParty
  /** Left out where this house can send none. */
  readonly mail?: {
    /** Whether a mailbox of the person's bears one more now (E18); `wait` in milliseconds, where it does not. */
    take(): Promise<{ readonly wait: number } | { readonly ticket: GuessTicket }>
  }
}

type About = { readonly person: Person; readonly request: RequestFacts; readonly ports: AuthenticatorPorts }

export type SetUpAbout<Config = unknown> = About & {
  readonly config: Config
  /** The id that the new authenticator will have. */
  readonly credential: CredentialId
  /** What the person has of this kind already. */
  readonly held: readonly Held[]
}

export type ChallengeAbout<Data = JsonObject, Asking = unknown> = About & {
  /** Those of the person's, of this kind, that are usable; one at least. Any of them may answer. */
  readonly held: readonly Held<Data>[]
  /** What `begin` kept; null where the kind has none. */
  readonly state: JsonObject | null
  /** Settings of the stage that asks, for this kind; undefined where the kind has none. */
  readonly config?: Asking
  /** It stands for the whole sign-in: it has to show two factors by itself. */
  readonly alone?: boolean
}

/** Nobody is known yet. */
export type DiscoverAbout = Pick<ChallengeAbout, 'request' | 'ports'>

/** How a part of a page sees what surrounds it. */
export type PartView = {
  readonly t: Translate
  readonly problems: readonly { readonly field: string | null; readonly text: string }[]
}

export type SetUp<Data, Config> = {
  /** True where answering always takes the authenticator itself: then setting one up is foreseen to prove it. */
  readonly proves?: boolean
  /** What is kept, sealed, until the answer: a secret that was drawn, a challenge. */
  begin(about: SetUpAbout<Config>): JsonObject | Promise<JsonObject>
  /** What has to be done with what `begin` kept, before the person can answer: a code is sent. */
  effects?(state: JsonObject, about: SetUpAbout<Config>): readonly Effect[]
  /** What the page shows. The one place where a secret is told (E22). */
  ask(state: JsonObject, about: SetUpAbout<Config>): JsonObject
  /** `proven`: answering took the authenticator itself, so it counts as a proof at once. */
  answer(
    state: JsonObject,
    input: Readonly<Record<string, string>>,
    about: SetUpAbout<Config>,
  ): Made<Data> | Promise<Made<Data>>
  page(ask: JsonObject, view: PartView): Html
}

export type Made<Data> =
  | {
      readonly data: Data
      readonly proven: boolean
      /** What setting it up proved besides the kind's own method. */
      readonly more?: readonly string[]
      /** What to call it where the person gave no name. */
      readonly name?: string
      /** Counted for it, and right: taken back. */
      readonly forgive?: GuessTicket
    }
  | { readonly errors: readonly FieldError[] }

/** What shows that an authenticator may not be what it was, whatever comes of the answer. */
export type Noticed = { readonly credential: CredentialId; readonly what: string }

export type RightAnswer<Data> = {
  readonly right: CredentialId
  readonly data: Data
  /** What was proven besides the kind's own method: `user`, where the authenticator verified the person. */
  readonly more?: readonly string[]
  readonly noticed?: Noticed
  /** Counted for it besides the try, and right: taken back. */
  readonly forgive?: GuessTicket
}

export type Verdict<Data> =
  | RightAnswer<Data>
  /** Why, for the log. */
  | { readonly wrong: string; readonly noticed?: Noticed }
  | 'wrong'

export type Challenge<Data, Asking = unknown> = {
  /** Settings of the stages that ask, for this kind. */
  readonly config?: TSchema
  /** What `begin` made is good for one answer: after a wrong one it is made anew. */
  readonly once?: boolean
  /** What is said of a wrong answer, where it is no code. */
  readonly wrong?: FieldError
  /** Where something has to be made or sent before the person can answer. */
  begin?(about: Omit<ChallengeAbout<Data, Asking>, 'state'>): Promise<{
    readonly state: JsonObject
    readonly effects?: readonly Effect[]
  }>
  ask(about: ChallengeAbout<Data, Asking>): JsonObject
  /** The answer out of the form. A fault is what nobody would send as a try, and is not counted as one. */
  read(input: Readonly<Record<string, string>>): { readonly answer: JsonObject } | { readonly fault: FieldError }
  /**
   * Called once the try is counted. `data` is what the credential holds from now on: it must differ wherever the same
   * answer may not count twice, since of two answers that start from the same data one is taken.
   */
  check(answer: JsonObject, about: ChallengeAbout<Data, Asking>): Verdict<Data> | Promise<Verdict<Data>>
  page(ask: JsonObject, view: PartView): Html
}

/**
 * Signing in without a name: the authenticator says whose it is. The answer is judged by `challenge.check`, over what
 * `begin` kept here, and `alone`.
 */
export type Discover = {
  begin(about: DiscoverAbout): JsonObject
  ask(state: JsonObject): JsonObject
  /** Null where the form does not answer this at all. `lookup` finds the credential. */
  read(
    input: Readonly<Record<string, string>>,
  ): { readonly answer: JsonObject; readonly lookup: string } | { readonly fault: FieldError } | null
  /** Stands in the form that asks for a name, or by itself where no name is asked for. */
  page(ask: JsonObject, view: PartView & { readonly main: boolean }): Html
}

export type AuthenticatorKind<Data = JsonObject, Config = unknown, Asking = unknown> = {
  /** The `kind` of its credentials, and the name of its folder. */
  readonly id: string
  /** What a proof by it is called in `amr` (RFC 8176). */
  readonly amr: string
  /** The same of one authenticator, where not all of the kind are alike. */
  amrOf?(data: Data): string
  readonly icon: Html
  /** Settings of the set-up stage for this kind. */
  readonly config: TSchema
  /** What `data` of its credentials must be. */
  readonly data: TSchema
  /** Members of `data` that are sealed. */
  readonly secrets: readonly string[]
  /** A new one takes the place of the one before. */
  readonly single?: boolean
  /** What the house must have for it to be used. */
  readonly needs?: 'mail'
  /** Stands in for others: nobody begins with it, and it is asked for last. */
  readonly backup?: boolean
  /** Answers to our own addresses alone, so that nobody can be talked out of it: asked for before others. */
  readonly phishingResistant?: boolean
  /** Weaker than others: set up only where settings name it. */
  readonly onlyNamed?: boolean
  /** Its pages do nothing without script. */
  readonly needsScript?: boolean
  /** The flow that sets one up in the portal; left out, its id and `-setup`. */
  readonly flow?: string
  /** Why it can do nothing at an address of ours, as the last part of a text's key; null where it can. */
  blockedAt?(origin: string): string | null
  /** Whether this one answers at an address of ours. */
  answersAt?(data: Data, about: DiscoverAbout): boolean
  /** Whether it shows two factors by itself, so that it can take a password's place. */
  standsAlone?(data: Data): boolean
  /** What it is found by: of the whole house, one has it (E10). */
  lookupOf?(data: Data): string
  usable(data: Data): boolean
  /**
   * Numbers and words for lists, under the kind's own text `detail`, or `detail_` and what `variant` says; never a secret.
   */
  tell(data: Data): Readonly<Record<string, string>>
  readonly setUp: SetUp<Data, Config>
  readonly challenge: Challenge<Data, Asking>
  readonly discover?: Discover
  /** How one that moves in from authentik is read. */
  readonly authentik?: AuthentikRow<Data>
}

/** The part of text keys that stands for a kind: `authenticator.recovery_codes.title`. */
export const textOf = (kind: string): string => kind.replaceAll('-', '_')
