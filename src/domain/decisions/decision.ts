/** Allow, deny or step up, with the reasons that led there. */
import type { Json } from '../../base/json.ts'

export type Outcome = 'allow' | 'deny' | 'step_up' | 'sign_in'

/** One rule that was looked at: what it asked, what it saw, whether it held, and what would change its mind. */
export type Reason = {
  readonly rule: string
  readonly holds: boolean
  /** A sentence for administrators. */
  readonly says: string
  readonly saw?: Readonly<Record<string, Json>>
  /** The one change that would let the person in. */
  readonly cure?: string
  /** The key of what the person reads whom it keeps out, where the rule alone does not say it. */
  readonly text?: string
}

export type Decision = {
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  /** Epoch milliseconds; the decision says nothing beyond it. */
  readonly validUntil: number
  /** The request facts it looked at. */
  readonly reads: readonly string[]
  /** `GH-7K2Q` where the answer is no: what a person can tell an administrator. */
  readonly code?: string
}

/** What a decision may look at of the request. */
export type RequestFacts = {
  readonly ip: string
  readonly userAgent: string
  readonly origin: string
  readonly at: number
  readonly id: string
  /**
   * What a peer that is no named proxy said in forwarded headers, or absent. Shown to whoever holds the first run's
   * link, who may then name the proxy; believed by nothing.
   */
  readonly forwarded?: { readonly peer: string; readonly scheme: string | null; readonly host: string | null }
}

/** Which door somebody stands at. */
export type Channel = 'oidc' | 'portal' | 'console' | 'api'
