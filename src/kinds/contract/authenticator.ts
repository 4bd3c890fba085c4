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
import type { Person } from '../../domain/people/person.ts'
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

export type AuthenticatorPorts = { readonly random: Random; readonly vault: AuthenticatorVault }

type About = { readonly person: Person; readonly request: RequestFacts; readonly ports: AuthenticatorPorts }

export type SetUpAbout<Config = unknown> = About & {
  readonly config: Config
  /** The id that the new authenticator will have. */
  readonly credential: CredentialId
}

export type ChallengeAbout<Data = JsonObject> = About & {
  /** Those of the person's, of this kind, that are usable; one at least. Any of them may answer. */
  readonly held: readonly Held<Data>[]
  /** What `begin` kept; null where the kind has none. */
  readonly state: JsonObject | null
}

/** How a part of a page sees what surrounds it. */
export type PartView = {
  readonly t: Translate
  readonly problems: readonly { readonly field: string | null; readonly text: string }[]
}

export type SetUp<Data, Config> = {
  /** What is kept, sealed, until the answer: a secret that was drawn, a challenge. */
  begin(about: SetUpAbout<Config>): JsonObject | Promise<JsonObject>
  /** What the page shows. The one place where a secret is told (E22). */
  ask(state: JsonObject, about: SetUpAbout<Config>): JsonObject
  /** `proven`: answering took the authenticator itself, so it counts as a proof at once. */
  answer(
    state: JsonObject,
    input: Readonly<Record<string, string>>,
    about: SetUpAbout<Config>,
  ):
    | { readonly data: Data; readonly proven: boolean }
    | { readonly errors: readonly FieldError[] }
    | Promise<{ readonly data: Data; readonly proven: boolean } | { readonly errors: readonly FieldError[] }>
  page(ask: JsonObject, view: PartView): Html
}

export type Verdict<Data> = { readonly right: CredentialId; readonly data: Data } | 'wrong'

export type Challenge<Data> = {
  /** Where something has to be made or sent before the person can answer. */
  begin?(about: Omit<ChallengeAbout<Data>, 'state'>): Promise<{
    readonly state: JsonObject
    readonly effects?: readonly Effect[]
  }>
  ask(about: ChallengeAbout<Data>): JsonObject
  /** The answer out of the form. A fault is what nobody would send as a try, and is not counted as one. */
  read(input: Readonly<Record<string, string>>): { readonly answer: JsonObject } | { readonly fault: FieldError }
  /**
   * Called once the try is counted. `data` is what the credential holds from now on: it must differ wherever the same
   * answer may not count twice, since of two answers that start from the same data one is taken.
   */
  check(answer: JsonObject, about: ChallengeAbout<Data>): Verdict<Data> | Promise<Verdict<Data>>
  page(ask: JsonObject, view: PartView): Html
}

export type AuthenticatorKind<Data = JsonObject, Config = unknown> = {
  /** The `kind` of its credentials, and the name of its folder. */
  readonly id: string
  /** What a proof by it is called in `amr` (RFC 8176). */
  readonly amr: string
  readonly icon: Html
  /** Settings of the set-up stage for this kind. */
  readonly config: TSchema
  /** What `data` of its credentials must be. */
  readonly data: TSchema
  /** Members of `data` that are sealed. */
  readonly secrets: readonly string[]
  /** A new one takes the place of the one before. */
  readonly single?: boolean
  /** Stands in for others: nobody begins with it, and it is asked for last. */
  readonly backup?: boolean
  usable(data: Data): boolean
  /** Numbers and words for lists, under the kind's own text; never a secret. */
  tell(data: Data): Readonly<Record<string, string>>
  readonly setUp: SetUp<Data, Config>
  readonly challenge: Challenge<Data>
}

/** The part of text keys that stands for a kind: `authenticator.recovery_codes.title`. */
export const textOf = (kind: string): string => kind.replaceAll('-', '_')
