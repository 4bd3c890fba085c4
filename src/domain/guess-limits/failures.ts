/** How many tries failed lately, told apart as they are counted (`guess-limit.ts`): what a reputation is made of. */

export type Failures = {
  /** By this browser at this account, where it signed that person in before; then it alone tells of them (M16). */
  readonly device: number | null
  /** At this account from this network, and from everywhere. */
  readonly pair: number
  readonly account: number
  /** From this network, at any account. */
  readonly network: number
}

export const NO_FAILURES: Failures = { device: null, pair: 0, account: 0, network: 0 }
