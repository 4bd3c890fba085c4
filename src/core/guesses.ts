/**
 * Guessing, counted in the store before a try is made, so that five hundred at once are counted as five hundred, on all
 * replicas and over restarts (E14). A right try takes its counts back.
 */
import type { Clock } from '../base/clock.ts'
import type { Failures } from '../domain/guess-limits/failures.ts'
import {
  countGuess,
  failuresOf,
  forgiveGuess,
  type GuessScope,
  type GuessTicket,
  guessWait,
} from '../domain/guess-limits/guess-limit.ts'
import { networkOf } from '../domain/guess-limits/network-of.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { Store, Tx } from '../store/store.ts'

/** What a try is about. */
export type Guess = {
  /** What is guessed (`password`, `totp` …): counted apart, so that a password just typed does not use up codes. */
  readonly what: string
  /** The person's id; of a name that is nobody's, the name (G01: both are counted alike). */
  readonly account: string
  readonly ip: string
  /** This browser, where that person signed in from it before. */
  readonly device: string | null
}

export type Guesses = {
  /** Counts a try. `wait`, in milliseconds: it is not taken before then, and was not counted. */
  take(guess: Guess): Promise<{ readonly wait: number } | { readonly ticket: GuessTicket }>
  /** The same within the caller's transaction. */
  takeIn(tx: Tx, guess: Guess): ReturnType<Guesses['take']>
  /** How many tries failed lately at any of `guessed`. Counts nothing. */
  failures(about: Omit<Guess, 'what'>, guessed: readonly string[]): Promise<Failures>
  /** The try was right, or was not made. */
  forgive(ticket: GuessTicket): Promise<void>
  /** The same within the caller's transaction. */
  forgiveIn(tx: Tx, ticket: GuessTicket): Promise<void>
}

export const createGuesses = (deps: { store: Store; ring: KeyRing; clock: Clock }): Guesses => {
  const { store, ring, clock } = deps
  const keyOf = (scope: GuessScope, about: string): string => ring.hash('guess', `${scope} ${about}`)
  const ticketOf = ({ what, account, ip, device }: Guess): GuessTicket => {
    const network = networkOf(ip)
    const key = (scope: GuessScope, about: string) => [scope, keyOf(scope, about)] as const
    // Mails that somebody asks for, and mails that somebody gets: nobody's device makes them fewer.
    if (what === 'mail') return [key('mailbox', `asked ${account}`), key('mail_network', network)]
    if (what === 'mail_to') return [key('mailbox', account)]
    // A known device is counted by itself: strangers cannot use up its tries (M16).
    if (device !== null) {
      const itself = key('device', `${what} ${account} ${device}`)
      // Where a password alone signs in, whoever knows it is another known device each time: what comes after it is
      // counted over all of them (E14).
      return what === 'password' ? [itself] : [itself, key('known', `${what} ${account}`)]
    }
    return [
      key('pair', `${what} ${account} ${network}`),
      key('account', `${what} ${account}`),
      key('network', network),
      key('house', ''),
    ]
  }
  const takeIn: Guesses['takeIn'] = async (tx, guess) => {
    const now = clock.now()
    const ticket = ticketOf(guess)
    const counts = await store.guesses.lock(tx, keysOf(ticket), now)
    const wait = Math.max(...ticket.map(([scope, key]) => guessWait(counts.get(key), scope, now)))
    if (wait > 0) return { wait }
    for (const [scope, key] of ticket) await store.guesses.set(tx, key, countGuess(counts.get(key), scope, now))
    return { ticket }
  }
  const failures: Guesses['failures'] = async ({ account, ip, device }, guessed) => {
    const now = clock.now()
    const network = networkOf(ip)
    const sum = async (scope: GuessScope, abouts: readonly string[]): Promise<number> => {
      const keys = abouts.map((about) => keyOf(scope, about))
      const counts = await store.guesses.get(store.read, keys)
      return keys.reduce((all, key) => all + failuresOf(counts.get(key), scope, now), 0)
    }
    return {
      device:
        device === null
          ? null
          : await sum(
              'device',
              guessed.map((what) => `${what} ${account} ${device}`),
            ),
      pair: await sum(
        'pair',
        guessed.map((what) => `${what} ${account} ${network}`),
      ),
      account: await sum(
        'account',
        guessed.map((what) => `${what} ${account}`),
      ),
      network: await sum('network', [network]),
    }
  }
  const forgiveIn = async (tx: Tx, ticket: GuessTicket): Promise<void> => {
    const counts = await store.guesses.lock(tx, keysOf(ticket), clock.now())
    for (const [scope, key] of ticket) {
      const count = counts.get(key)
      if (count) await store.guesses.set(tx, key, forgiveGuess(count, scope))
    }
  }
  return {
    take: (guess) => store.write((tx) => takeIn(tx, guess)),
    takeIn,
    failures,
    forgive: (ticket) => store.write((tx) => forgiveIn(tx, ticket)),
    forgiveIn,
  }
}

const keysOf = (ticket: GuessTicket): string[] => ticket.map(([, key]) => key)
