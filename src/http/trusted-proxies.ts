/** Whose forwarded headers are believed, and which address a request came from (D05, D11). Nobody's unless named. */
import { BlockList, isIP } from 'node:net'

export type TrustedProxies = { trusts(address: string): boolean; readonly cidrs: readonly string[] }

/** Takes addresses and CIDRs; what cannot be read is an error, since a typing slip must not trust or distrust quietly. */
export const trustedProxies = (cidrs: readonly string[]): TrustedProxies => {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits, ...rest] = cidr.split('/')
    const family = isIP(address)
    const longest = family === 6 ? 128 : 32
    const length = bits === undefined ? longest : Number(bits)
    // `10.0.0.0/` would read as a length of 0, which is everybody.
    const readable = rest.length === 0 && (bits === undefined || /^\d{1,3}$/.test(bits))
    if (family === 0 || !readable || length > longest) {
      throw new Error(`${cidr} is neither an address nor a network such as 10.0.0.0/8`)
    }
    if (length === 0) throw new Error(`${cidr} is every address there is; name the proxies`)
    list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4')
  }
  return { cidrs, trusts: (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') }
}

/** `::ffff:10.0.0.1` and `10.0.0.1` are one address. */
export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '')

export const isLoopback = (address: string): boolean => address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)

/** The right-most hop that is not a proxy of ours; a hop that is no address ends the belief there. */
export const clientAddress = (peer: string, forwardedFor: string | undefined, proxies: TrustedProxies): string => {
  let client = peer
  const hops = (forwardedFor ?? '').split(',').map((hop) => plainAddress(hop.trim()))
  while (proxies.trusts(client)) {
    const hop = hops.pop()
    if (hop === undefined || isIP(hop) === 0) return client
    client = hop
  }
  return client
}
