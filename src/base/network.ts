/**
 * Addresses and networks (RFC 4291, RFC 4632), strictly: an IPv4 address has four decimal parts without leading zeros
 * (`010.0.0.1` is octal elsewhere and means another host), an IPv6 one no zone. `::ffff:10.0.0.1` is `10.0.0.1`, or a
 * rule about the inner network would miss people who come over a dual-stack socket.
 */
export type Network = { readonly bits: 32 | 128; readonly base: bigint; readonly prefix: number }

type Address = { readonly bits: 32 | 128; readonly value: bigint }

const MAPPED = 0xffffn

/** `10.0.0.0/8`, `fd00::/8` or one address; null where the text is none, or has bits beyond its prefix. */
export const parseNetwork = (text: string): Network | null => {
  const [before = '', after, ...rest] = text.split('/')
  if (rest.length > 0) return null
  const written = parseWritten(before)
  if (!written) return null
  if (after !== undefined && !/^(0|[1-9]\d{0,2})$/.test(after)) return null
  const prefix = after === undefined ? written.bits : Number(after)
  if (prefix > written.bits) return null
  // `10.1.2.3/8` is a slip more often than a wish: which of the two was meant cannot be told.
  const network: Network = { bits: written.bits, base: written.value, prefix }
  if ((written.value & hostMask(network)) !== 0n) return null
  return unmappedNetwork(network)
}

/** Whether the address lies in the network; null where the text is no address. */
export const inNetwork = (address: string, network: Network): boolean | null => {
  const parsed = parseAddress(address)
  if (!parsed) return null
  return parsed.bits === network.bits && (parsed.value & ~hostMask(network)) === network.base
}

const hostMask = (network: Network): bigint => (1n << BigInt(network.bits - network.prefix)) - 1n

const parseAddress = (text: string): Address | null => {
  const written = parseWritten(text)
  if (written?.bits === 128 && written.value >> 32n === MAPPED) {
    return { bits: 32, value: written.value & 0xffffffffn }
  }
  return written
}

const unmappedNetwork = (network: Network): Network =>
  network.bits === 128 && network.prefix >= 96 && network.base >> 32n === MAPPED
    ? { bits: 32, base: network.base & 0xffffffffn, prefix: network.prefix - 96 }
    : network

// The longest spelling of an IPv6 address has this many letters.
const LONGEST = 45

const parseWritten = (text: string): Address | null => {
  if (text.length > LONGEST) return null
  if (text.includes(':')) return parseIpv6(text)
  const value = parseIpv4(text)
  return value === null ? null : { bits: 32, value }
}

const parseIpv4 = (text: string): bigint | null => {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0n
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    value = (value << 8n) | BigInt(part)
  }
  return value
}

const parseIpv6 = (text: string): Address | null => {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = groupsOf(halves[0] ?? '', halves.length === 1)
  const tail = halves[1] === undefined ? [] : groupsOf(halves[1], true)
  if (!head || !tail) return null
  const missing = 8 - head.length - tail.length
  // `::` stands for at least one group (RFC 5952 §4.2.2 writes two, RFC 4291 §2.2 allows one).
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail]
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | group, 0n) }
}

/** Groups of one side of `::`; the last may be an IPv4 address that stands for two. */
const groupsOf = (text: string, last: boolean): bigint[] | null => {
  if (text === '') return []
  const parts = text.split(':')
  const groups: bigint[] = []
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const embedded = parseIpv4(part)
      if (embedded === null) return null
      groups.push(embedded >> 16n, embedded & 0xffffn)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`))
    else return null
  }
  return groups
}
