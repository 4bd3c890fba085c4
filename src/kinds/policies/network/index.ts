/**
 * Holds for addresses in the networks that are allowed and in none that is refused. The address is the client's as the
 * named proxies tell it; what anybody else says in a forwarded header is never believed (DESIGN §13).
 */
import { inNetwork, type Network, parseNetwork } from '../../../base/network.ts'
import { err, ok } from '../../../base/result.ts'
import { Closed, type Issue, type Static, Type } from '../../../base/schema.ts'
import type { PolicyFacts, PolicyVerdict } from '../../../domain/policies/policy.ts'
import type { PolicyKind } from '../../contract/policy.ts'

const Networks = (description: string) =>
  Type.Array(Type.String({ maxLength: 64 }), {
    default: [],
    maxItems: 500,
    description,
    examples: [['10.0.0.0/8', '2001:db8::/32']],
  })

const Config = Closed({
  allowed: Networks('Addresses and networks it holds for; an empty list is every one that is not refused.'),
  refused: Networks('Addresses and networks it does not hold for, whatever is allowed.'),
})
type Config = Static<typeof Config>

type Named = { readonly text: string; readonly network: Network }

export const network = {
  id: 'network',
  config: Config,
  version: 1,
  text: 'denied.policy.network',
  compile: (config) => {
    const issues: Issue[] = []
    const allowed = compileNetworks('allowed', config.allowed, issues)
    const refused = compileNetworks('refused', config.refused, issues)
    if (issues.length > 0) return err(issues)
    const address = config.allowed
      .map((text) => text.split('/')[0] ?? text)
      .find((first) => find(first, refused) === undefined)
    return ok({
      reads: ['request.ip'],
      ...(address === undefined ? {} : { address }),
      judge: (facts: PolicyFacts) => judge(facts.request.ip, allowed, refused),
    })
  },
} satisfies PolicyKind<Config>

const compileNetworks = (path: 'allowed' | 'refused', texts: readonly string[], issues: Issue[]): Named[] =>
  texts.flatMap((text, index) => {
    const parsed = parseNetwork(text)
    if (parsed) return [{ text, network: parsed }]
    issues.push({ path: `${path}[${index}]`, message: 'must be an address or a network such as 10.0.0.0/8' })
    return []
  })

const find = (ip: string, networks: readonly Named[]): Named | undefined =>
  networks.find((one) => inNetwork(ip, one.network) === true)

const judge = (ip: string, allowed: readonly Named[], refused: readonly Named[]): PolicyVerdict => {
  const saw = { ip }
  if (parseNetwork(ip) === null) {
    return { holds: false, failed: true, says: `"${ip}" is no address`, saw, cure: 'See which proxies are named.' }
  }
  const against = find(ip, refused)
  if (against) {
    const cure = `Come from another network, or take ${against.text} out of \`refused\`.`
    return { holds: false, says: `${ip} lies in ${against.text}, which is refused`, saw, cure }
  }
  if (allowed.length === 0) return { holds: true, says: `${ip} lies in no network that is refused`, saw }
  const within = find(ip, allowed)
  if (within) return { holds: true, says: `${ip} lies in ${within.text}`, saw }
  return {
    holds: false,
    says: `${ip} lies in none of the networks that are allowed`,
    saw,
    cure: `Come from one of the networks, or add ${ip} to \`allowed\`.`,
  }
}
