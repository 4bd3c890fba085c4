/** A test of who may open what, as it is kept beside the configuration (DESIGN §12). */

export type PolicyTest = {
  /** As it was written, or a sentence of the same meaning. */
  readonly text: string
  /** User name. */
  readonly person: string
  /** Slug. */
  readonly application: string
  readonly expect: Expected
  /** An address, or the slug of a policy that is about addresses; null: the server's own. */
  readonly from: string | null
  /** Epoch milliseconds; null for now. */
  readonly at: number | null
  /** What was proven, as in `amr`; null: a password, and more would be asked for. */
  readonly methods: readonly string[] | null
  /** Whether the browser has been known to them for long. */
  readonly device: 'new' | 'known'
  /** A policy or rule that must be among those in the way. */
  readonly because: string | null
}

export const EXPECTED = ['can', 'cannot', 'needs_mfa'] as const
export type Expected = (typeof EXPECTED)[number]

export type PolicyTestResult = {
  readonly test: PolicyTest
  readonly passed: boolean
  /** Why it came out so: the decision in sentences, or what the test names that is not there. */
  readonly says: readonly string[]
}
