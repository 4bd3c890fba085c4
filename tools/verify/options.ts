/** What `npm test` was asked to do. */
export type Options = {
  readonly checks: boolean
  readonly tests: boolean
  /** Real clients and proxies that need more than npm and Debian (`npm run test:interop`). */
  readonly interop: boolean
  /** Parts of paths; a test file runs when its path holds one of them. Empty: all. */
  readonly patterns: readonly string[]
  readonly rounds: number
  readonly long: boolean
}

// How often a test that plays with chance (a kill at a random moment) plays: briefly at a desk, longer in CI, and for
// an hour on request.
const ROUNDS = { desk: 5, ci: 20, long: 500 }

const KNOWN = ['--only-checks', '--no-checks', '--interop', '--long']

/** Reads the arguments; an unknown option is told back as a sentence. */
export const readOptions = (args: readonly string[], inCi: boolean): Options | string => {
  const unknown = args.find((arg) => arg.startsWith('-') && !KNOWN.includes(arg))
  if (unknown)
    return `${unknown} is not an option. There are: ${KNOWN.join(', ')}, and parts of the paths of test files.`
  const patterns = args.filter((arg) => !arg.startsWith('-'))
  const has = (option: string): boolean => args.includes(option)
  return {
    checks: !has('--no-checks') && !has('--interop') && patterns.length === 0,
    tests: !has('--only-checks'),
    interop: has('--interop'),
    patterns,
    long: has('--long'),
    rounds: has('--long') ? ROUNDS.long : inCi ? ROUNDS.ci : ROUNDS.desk,
  }
}
