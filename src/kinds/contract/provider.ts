/**
 * A provider kind: one protocol an application speaks. It declares what must be unique (`lookups`), what it makes of
 * its settings (`compile`) and which addresses it answers (`routes`); `http/` mounts them without knowing the kind.
 */
import type { GrantId, SessionId, UserId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Random } from '../../base/random.ts'
import type { Result } from '../../base/result.ts'
import type { Issue, TSchema } from '../../base/schema.ts'
import type { Secret } from '../../base/secret.ts'
import type { WireRequest, WireResponse } from '../../base/wire.ts'
import type { Channel, Decision } from '../../domain/decisions/decision.ts'
import type { CompileExpression } from '../../domain/expressions/expression.ts'
import type { Proven } from '../../domain/expressions/person-variables.ts'
import type { AuthorizationCode, Consent, Grant, RefreshToken } from '../../domain/grants/grant.ts'
import type { Person } from '../../domain/people/person.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { EventDraft } from '../../events/event.ts'
import type { Destination, FlowPurpose } from './stage.ts'

export type Lookup = { readonly kind: string; readonly key: string }

/** What compiling one provider may ask for. */
export type ProviderCompileContext = {
  readonly application: string
  readonly expression: CompileExpression
  /** The secret that a `{ secret, version }` of the spec stands for. */
  secret(reference: { readonly secret: string }): Secret | undefined
  /** Whether a key pair of that slug stands. */
  hasKeypair(slug: string): boolean
}

export type CompiledProvider<Compiled = unknown> = {
  readonly application: string
  readonly name: string
  readonly kind: ProviderKind
  readonly compiled: Compiled
}

export type CompiledApplication = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly launchUrl: string | null
  /** Left out of the portal; it works all the same. */
  readonly hidden?: boolean
  readonly organisation: string
  readonly providers: ReadonlyMap<string, CompiledProvider>
  /** Slugs of flows that serve in place of the brand's or the instance's. */
  readonly flows: Readonly<Partial<Record<FlowPurpose, string>>>
}

/** The part of the snapshot that provider kinds read. */
export type ProviderSnapshot = {
  readonly revision: number
  readonly applications: ReadonlyMap<string, CompiledApplication>
  /** The provider that holds a unique key (`client_id`, `entity_id`, `host`). */
  lookup(kind: string, key: string): CompiledProvider | undefined
}

export type SignedIn = { readonly session: Session; readonly person: Person }

export type Signer = {
  readonly kid: string
  readonly algorithm: string
  /** Signs the bytes of a JWS signing input; the answer is the raw signature (ECDSA as r||s). */
  sign(input: string): Uint8Array | Promise<Uint8Array>
}

export type PublicKey = {
  readonly kid: string
  readonly algorithm: string
  readonly jwk: JsonObject
  verify(input: string, signature: Uint8Array): boolean
}

export type NewTokens = {
  readonly grant: Grant
  readonly refresh: { readonly expiresAt: number } | null
  readonly event: EventDraft
}

export type ProviderPorts = {
  readonly random: Random
  /** The configured web path (`/auth/`), which stands before every path of ours in an address; absent: none. */
  readonly webPath?: string
  /** The configuration as it stands now, on every replica. Asked once per request. */
  snapshot(): ProviderSnapshot | Promise<ProviderSnapshot>
  /** Who is signed in at this browser; null for nobody, a half-finished sign-in, an ended session. */
  signedIn(request: WireRequest): Promise<SignedIn | null>
  person(id: UserId): Promise<Person | null>
  session(id: SessionId): Promise<Session | null>
  /** The subjects set for a person (scope to value); they win over any computed one. */
  subjects(id: UserId): Promise<ReadonlyMap<string, string>>
  /** `instance.install_id`, part of authentik's `hashed_user_id`. */
  installId(): string
  decide(input: {
    person: Person | null
    /** A session, or what a grant kept of one that has ended. */
    session: Proven | null
    channel: Channel
    application: string
    request: WireRequest
    /** An application renews what a person was given: nobody stands at the door. */
    renews?: boolean
  }): Decision | Promise<Decision>
  /** The address of the flow for a purpose, leading on to `next` (a path of ours). */
  flowUrl(request: WireRequest, purpose: FlowPurpose, application: string | null, next: string): string
  /** The page of a person denied, with the decision's code; records the event. */
  denied(
    request: WireRequest,
    input: { person: Person | null; application: string; decision: Decision },
  ): Promise<WireResponse>
  /**
   * An error page of ours for what must not redirect; `text` is a key of the texts. Records nothing. `technical` says it
   * again for whoever looks after the application: a key whose `{term}` is a name that is the same in every language.
   */
  errorPage(
    request: WireRequest,
    input: { status: number; text: string; technical?: { readonly text: string; readonly term: string } },
  ): WireResponse
  /** A page that posts `fields` to `action` by itself, with a visible button; absent: not offered. */
  formPost?(request: WireRequest, input: { action: string; fields: Readonly<Record<string, string>> }): WireResponse
  record(event: EventDraft): Promise<void>
  /** A value that only this house can make or open, for one purpose and time: markers that travel in addresses. */
  seal(purpose: string, value: JsonObject, expiresAt: number): string
  unseal(purpose: string, sealed: string, now: number): JsonObject | null
  readonly keys: {
    signer(keypair: string): Signer | undefined
    /** Active, next and retired keys of a key pair, for a JWKS and for verifying. */
    published(keypair: string): readonly PublicKey[]
  }
  readonly grants: {
    /** Keeps a code and tells it; written with its event. */
    issueCode(code: AuthorizationCode, event: EventDraft): Promise<string>
    /**
     * Spends a code. `judge` sees it inside the transaction: what it answers is written with it, or the code is burnt.
     * A reused code ends its grant.
     */
    exchangeCode(
      code: string,
      now: number,
      judge: (code: AuthorizationCode) => Result<NewTokens, EventDraft>,
    ): Promise<
      | { outcome: 'issued'; grant: Grant; refreshToken: string | null }
      | { outcome: 'refused' | 'reused' | 'expired' | 'unknown' }
    >
    /** A grant without a code: client credentials. */
    issue(tokens: NewTokens): Promise<{ grant: Grant; refreshToken: string | null }>
    peekRefresh(refreshToken: string): Promise<{ token: RefreshToken; grant: Grant } | null>
    /** Rotates: one of many equal calls wins, a reuse ends the family. */
    rotate(
      refreshToken: string,
      now: number,
      next: { expiresAt: number; event: EventDraft },
    ): Promise<
      | { outcome: 'rotated'; grant: Grant; refreshToken: string }
      | { outcome: 'reused' | 'expired' | 'ended' | 'unknown' }
    >
    /** Alive: not ended, its person active and of the generation it was given to. From memory where that is current. */
    alive(id: GrantId): Promise<Grant | null>
    end(id: GrantId, why: string, event: EventDraft): Promise<void>
    endOfSession(session: SessionId, application: string, event: EventDraft): Promise<void>
    revokeJti(jti: string, expiresAt: number, event: EventDraft): Promise<void>
    isJtiRevoked(jti: string): Promise<boolean>
  }
  readonly consents: {
    get(user: UserId, clientId: string): Promise<Consent | null>
  }
  /** Ends the browser's session (RP-initiated logout), with its grants and the event. */
  endSession(request: WireRequest, session: Session): Promise<void>
  /** An app password of an active person: who it belongs to. */
  appPassword(username: string, password: Secret): Promise<Person | null>
}

export type Route = {
  readonly method: 'GET' | 'POST' | 'OPTIONS'
  /** `:slug` stands for one segment. */
  readonly path: string
  /** Answered before the framework: no cookies are set, no page is rendered. */
  readonly hot?: boolean
  /** Most bytes a body may have. */
  readonly bodyLimit?: number
  handle(request: WireRequest, params: Readonly<Record<string, string>>): WireResponse | Promise<WireResponse>
}

export type ProviderKind<Config = unknown, Compiled = unknown> = {
  readonly id: string
  readonly config: TSchema
  readonly version: number
  upgrade?(config: JsonObject, from: number): JsonObject
  lookups?(config: Config): Lookup[]
  /** Where two of the kind in one application would claim the same addresses: what to do instead of a second. */
  onlyOne?(first: string): string
  compile(config: Config, context: ProviderCompileContext): Result<Compiled, Issue[]>
  routes?(ports: ProviderPorts): Route[]
  /** Whether a path of ours (with query) begins a journey of this kind, and where it leads. */
  destination?(path: string, query: URLSearchParams, snapshot: ProviderSnapshot): Destination | null
}
