/**
 * Whether an address can do WebAuthn at all (Level 3 §5.1.3 and §5.1.4, step "effective domain"; Secure Contexts §3.1): an
 * IP address is no domain, and plain HTTP is trusted for localhost alone.
 */
// As a parsed address spells them: every other spelling of a number has become one of these (URL Standard §3.5).
const ADDRESS = /^(?:\d+\.\d+\.\d+\.\d+|\[.*\])$/

export type OriginProblem = 'ip_address' | 'plain_http'

/** Why not; null where it can. `origin` is one of our own. */
export const originProblem = (origin: string): OriginProblem | null => {
  const { protocol, hostname } = new URL(origin)
  if (ADDRESS.test(hostname)) return 'ip_address'
  if (protocol === 'https:') return null
  return hostname === 'localhost' || hostname.endsWith('.localhost') ? null : 'plain_http'
}
