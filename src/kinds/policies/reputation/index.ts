/**
 * Holds while few enough tries failed lately, as they are counted to slow guessing down. A browser that signed the person
 * in before is judged by its own count alone, so that nobody's failures keep them out of it (M16).
 */
import { ok } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import type { Failures } from '../../../domain/guess-limits/failures.ts'
import type { PolicyFacts, PolicyVerdict } from '../../../domain/policies/policy.ts'
import type { PolicyKind } from '../../contract/policy.ts'

const Limit = (options: object) => Type.Integer({ minimum: 1, maximum: 100_000, ...options })

const Config = Closed({
  device: Limit({ default: 10, description: 'Failed tries in this browser, where it signed the person in before.' }),
  pair: Limit({ default: 10, description: 'At this account from this network.' }),
  network: Limit({ default: 50, description: 'From this network, at any account.' }),
  account: Type.Optional(
    Limit({
      description:
        'At this account from everywhere. Strangers can fill this count, and then the person has to come in a browser that is known.',
    }),
  ),
})
type Config = Static<typeof Config>

export const reputation = {
  id: 'reputation',
  config: Config,
  version: 1,
  readsFailures: true,
  unforeseeable: true,
  text: 'denied.policy.reputation',
  compile: (config) =>
    ok({ reads: ['failures'], judge: ({ failures, request }: PolicyFacts) => judge(config, failures, request.at) }),
} satisfies PolicyKind<Config>

const judge = (limits: Config, failures: Failures | null, now: number): PolicyVerdict => {
  if (!failures) return { holds: true, says: 'nobody stands at the door: what was decided there goes on', saw: {} }
  const counted = countsOf(failures)
  const saw = Object.fromEntries(counted)
  const over = counted.find(([scope, count]) => count >= (limits[scope] ?? Number.POSITIVE_INFINITY))
  // The counts change with every try, so nothing is said beyond this instant.
  if (!over) return { holds: true, says: 'few enough tries failed lately', saw, validUntil: now }
  const [scope, count] = over
  return {
    holds: false,
    says: `${count} tries failed lately ${WHERE[scope]}, of fewer than ${limits[scope]} that are allowed`,
    saw,
    cure: 'Wait until the failed tries are forgotten, or come in a browser that is known.',
    validUntil: now,
  }
}

const countsOf = ({ device, pair, network, account }: Failures): [keyof Failures, number][] =>
  device === null
    ? [
        ['pair', pair],
        ['network', network],
        ['account', account],
      ]
    : [['device', device]]

const WHERE: Readonly<Record<keyof Failures, string>> = {
  device: 'in this browser',
  pair: 'at this account from this network',
  network: 'from this network',
  account: 'at this account',
}
