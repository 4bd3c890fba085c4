/**
 * The network that an address is counted under: a /64 of IPv6, which whoever has one address of a home or a rented
 * server has all of, and a /24 of IPv4, for its small pools.
 */

/** Takes an address as the system or a named proxy spelled it; anything else is counted under itself. */
export const networkOf = (address: string): string => {
  const v4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address)
  if (v4) return `${v4[1]}.0/24`
  const groups = ipv6Groups(address)
  return groups ? `${groups.slice(0, 4).join(':')}::/64` : address
}

/** The eight groups without leading zeros, or null. */
const ipv6Groups = (address: string): string[] | null => {
  const [plain = ''] = address.toLowerCase().split('%')
  if (!/^[0-9a-f:]+$/.test(plain)) return null
  const halves = plain.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const [left = [], right] = halves
  const given = left.length + (right?.length ?? 0)
  if (halves.length > 2 || (right ? given > 7 : given !== 8)) return null
  const zeros = right ? Array.from({ length: 8 - given }, () => '0') : []
  return [...left, ...zeros, ...(right ?? [])].map((group) => group.replace(/^0+(?=.)/, ''))
}
