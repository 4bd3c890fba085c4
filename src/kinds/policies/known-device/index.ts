/**
 * Holds for a browser that signed this person in before, long enough ago. What counts is how it stood before the sign-in
 * of this session: signing in makes any browser known, so that whoever stole a password would only have to do it twice.
 * The time in between is for the mail that tells of a new device to be read.
 */
import { formatDuration, parseDuration } from '../../../base/duration.ts'
import { ok } from '../../../base/result.ts'
import { Closed, Duration, type Static } from '../../../base/schema.ts'
import type { PolicyFacts, PolicyVerdict } from '../../../domain/policies/policy.ts'
import type { PolicyKind } from '../../contract/policy.ts'

const Config = Closed({
  known_for: Duration({
    default: '1d',
    description: 'How long ago the browser must have signed the person in for the first time.',
  }),
})
type Config = Static<typeof Config>

export const knownDevice = {
  id: 'known-device',
  config: Config,
  version: 1,
  unforeseeable: true,
  text: 'denied.policy.known_device',
  // The schema has checked the spelling.
  compile: (config) => ok({ reads: ['device.since'], judge: judgeFor(parseDuration(config.known_for) ?? 0) }),
} satisfies PolicyKind<Config>

const judgeFor =
  (knownFor: number) =>
  ({ deviceSince, request }: PolicyFacts): PolicyVerdict => {
    const long = formatDuration(knownFor)
    if (deviceSince === null) {
      return {
        holds: false,
        says: 'this browser had not signed them in before',
        saw: { known: false },
        cure: `Come in a browser that signed them in ${long} ago or earlier, and sign in there once more.`,
      }
    }
    const saw = { known: true, since: new Date(deviceSince).toISOString() }
    const at = deviceSince + knownFor
    if (request.at >= at) return { holds: true, says: `this browser has signed them in since ${saw.since}`, saw }
    return {
      holds: false,
      says: `this browser has signed them in for less than ${long}`,
      saw,
      cure: `Wait until ${new Date(at).toISOString()}, or come in a browser that is known for longer.`,
      validUntil: at,
    }
  }
