/**
 * A policy as decisions and flows see it: something that holds or does not, about a person here and now. It looks at the
 * facts it is given and at nothing else; whatever cannot be judged does not hold (DESIGN §6, §7).
 */
import type { Json } from '../../base/json.ts'
import type { RequestFacts } from '../decisions/decision.ts'
import type { Proven } from '../expressions/person-variables.ts'
import type { Failures } from '../guess-limits/failures.ts'
import type { Person } from '../people/person.ts'

export type PolicyFacts = {
  /** Null in a flow where nobody is named, and where the name is nobody's. */
  readonly person: Person | null
  readonly session: Proven | null
  readonly application: { readonly slug: string; readonly name: string } | null
  readonly request: Omit<RequestFacts, 'id'>
  /** IANA name of the zone that conditions are told the hour in; UTC unless given. */
  readonly zone?: string
  /**
   * When this browser signed this person in for the first time, before the sign-in that this is about; null for one
   * that is new.
   */
  readonly deviceSince: number | null
  /**
   * Tries that failed lately. Null where nobody stands at the door: an application renews what a person was given, and
   * strangers who guess that person's password must not end it (M16).
   */
  readonly failures: Failures | null
}

/** How one was judged. `says` and `cure` are sentences for administrators. */
export type PolicyVerdict = {
  readonly holds: boolean
  readonly says: string
  readonly saw?: Readonly<Record<string, Json>>
  readonly cure?: string
  /** It could not be judged. Then it holds for nobody, turned round or not. */
  readonly failed?: true
  /** The first instant at which it may be judged otherwise, with all else the same; left out, at none. */
  readonly validUntil?: number
}

export type CompiledPolicy = {
  readonly slug: string
  readonly name: string
  readonly kind: string
  /** The variables it reads, in dots, as those of an expression: decisions are cached by them. */
  readonly reads: readonly string[]
  /** It asks for failed tries, which are read from the store. */
  readonly readsFailures: boolean
  /** Nobody can tell beforehand how it will be judged: whoever foresees takes both as possible. */
  readonly unforeseeable: boolean
  /** The key of what a person reads whom it keeps out. */
  readonly text: string
  /** An address that it holds for, where it is about addresses: what `from office` means in a test. */
  readonly address: string | null
  judge(facts: PolicyFacts): PolicyVerdict
}

/** Policies in one place of use, with how they count together. */
export type PolicyBindings = {
  readonly mode: 'all' | 'any'
  /** Those that are switched off are not among them. */
  readonly bindings: readonly { readonly policy: CompiledPolicy; readonly negate: boolean }[]
}
