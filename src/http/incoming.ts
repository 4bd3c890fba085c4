/**
 * The first look at a request, before any route: which of our addresses it asks for, over what, from whom (DESIGN §8).
 * An absolute address is built from what is decided here, never from a raw header (G02, D20).
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { WireRequest } from '../base/wire.ts'
import type { Site } from './site.ts'
import { clientAddress, isLoopback, plainAddress, type TrustedProxies } from './trusted-proxies.ts'

export type Incoming = {
  readonly ip: string
  /** The direct peer: the proxy, where there is one. */
  readonly peer: string
  readonly origin: string
  /** Over TLS, ours or a named proxy's. */
  readonly secure: boolean
  /** The answer may tell the browser never to come by plain HTTP again. */
  readonly strictTransport: boolean
  /** Without the web path, beginning with `/`. */
  readonly path: string
  /** With its `?`, or empty. */
  readonly search: string
  /** What a peer that is not believed said in forwarded headers: first run shows it and offers to trust the peer. */
  readonly forwarded: NonNullable<WireRequest['forwarded']> | null
}

export type Turned =
  | { readonly turn: 'malformed' }
  | { readonly turn: 'unknown_host'; readonly right: string | null }
  | { readonly turn: 'to_https'; readonly location: string; readonly ip: string }
  | { readonly turn: 'to_web_path'; readonly location: string }
  | { readonly turn: 'elsewhere' }

const isHealth = (path: string): boolean => path.startsWith('/-/health/')
const isSetup = (path: string): boolean =>
  path === '/' ||
  path.startsWith('/if/flow/initial-setup') ||
  path.startsWith('/static/') ||
  path.startsWith('/api/flows/')

/** Judges one request. */
export const judgeIncoming = (request: IncomingMessage, site: Site): Incoming | Turned => {
  const target = request.url ?? ''
  // Absolute-form and `*` are for proxies and servers as a whole; to us they are a trick (D08, D20).
  if (!target.startsWith('/') || target.length > 16_384) return { turn: 'malformed' }
  if (namesTwoHosts(request.rawHeaders)) return { turn: 'malformed' }
  const cut = target.indexOf('?')
  const fullPath = cut < 0 ? target : target.slice(0, cut)
  const search = cut < 0 ? '' : target.slice(cut)
  const path = withoutWebPath(fullPath, site.webPath)
  if (path === null) {
    if (isHealth(fullPath)) return { ...whole(seen(request, site), ''), path: fullPath, search }
    return fullPath === '/' || `${fullPath}/` === site.webPath
      ? { turn: 'to_web_path', location: site.webPath }
      : { turn: 'elsewhere' }
  }
  const who = seen(request, site)
  if (isHealth(path)) return { ...whole(who, ''), path, search }
  const origin = originOf(who, site, path)
  if (origin === null) return { turn: 'unknown_host', right: [...site.origins.values()][0] ?? null }
  // Set-up behind a proxy that nobody named yet: what it claims decides nothing but which address is kept.
  if (who.claimsHttps && beforeSetup(site, path)) return { ...whole(who, origin), path, search }
  if (!who.secure && !isLoopback(who.ip) && !site.allowHttp) {
    if (site.httpsPort === null) return { turn: 'unknown_host', right: null }
    const name = new URL(`http://${who.host}`).hostname
    return { turn: 'to_https', location: `https://${name}:${site.httpsPort}${target}`, ip: who.ip }
  }
  return { ...whole(who, origin), strictTransport: isStrict(who, origin, site), path, search }
}

type Seen = Pick<Incoming, 'ip' | 'peer' | 'secure' | 'forwarded'> & {
  readonly host: string
  readonly claimsHttps: boolean
}

const whole = ({ ip, peer, secure, forwarded }: Seen, origin: string) => ({
  ip,
  peer,
  secure,
  forwarded,
  origin,
  strictTransport: false,
})

// Names that mean another machine to everybody, and addresses, for which browsers take no such word (RFC 6797 §8.1.1).
const NO_NAME_OF_ONE_HOST = /^https:\/\/(?:(?:[^:/]+\.)?localhost|\d+(?:\.\d+){3}|\[[^\]]*\])(?::|$)/

/**
 * Only over TLS (RFC 6797 §7.2) and only for an address that was given or proven: a name that set-up happened to be
 * reached under must not be bound to HTTPS for a year.
 */
const isStrict = ({ secure }: Seen, origin: string, { unproven }: Site): boolean =>
  secure && !unproven && origin.startsWith('https:') && !NO_NAME_OF_ONE_HOST.test(origin)

const beforeSetup = (site: Site, path: string): boolean => site.setupOpen && site.unproven && isSetup(path)

type Peer = { readonly address: string; readonly trusted: boolean; readonly proxies: TrustedProxies }

/** A connection has one peer, however many requests come over it. */
const peers = new WeakMap<Socket, Peer>()
const peerOf = (socket: Socket, proxies: TrustedProxies): Peer => {
  const known = peers.get(socket)
  if (known?.proxies === proxies) return known
  const address = plainAddress(socket.remoteAddress)
  const peer = { address, trusted: proxies.trusts(address), proxies }
  peers.set(socket, peer)
  return peer
}

const seen = (request: IncomingMessage, site: Site): Seen => {
  const { address: peer, trusted } = peerOf(request.socket, site.proxies)
  const header = (name: string): string | undefined => {
    const value = request.headers[name]
    // The nearest proxy's word is the last one; what stands before it may be the client's own.
    return typeof value === 'string' ? value.split(',').at(-1)?.trim() : undefined
  }
  const host = (trusted ? header('x-forwarded-host') : undefined) ?? request.headers.host ?? ''
  const forwardedFor = request.headers['x-forwarded-for']
  return {
    peer,
    ip: trusted ? clientAddress(peer, typeof forwardedFor === 'string' ? forwardedFor : undefined, site.proxies) : peer,
    secure: request.socket instanceof TLSSocket || (trusted && header('x-forwarded-proto')?.toLowerCase() === 'https'),
    host: host.toLowerCase(),
    claimsHttps: request.headers['x-forwarded-proto'] === 'https',
    forwarded: trusted ? null : forwardedHeaders(request, peer),
  }
}

/** Node goes by the first of two Host headers, and a proxy before us may have gone by the last (D20, RFC 9112 §3.2). */
const namesTwoHosts = (raw: readonly string[]): boolean => {
  let hosts = 0
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  return hosts > 1
}

const forwardedHeaders = (request: IncomingMessage, peer: string): Incoming['forwarded'] => {
  const text = (name: string): string | null => {
    const value = request.headers[name]
    return typeof value === 'string' ? value.slice(0, 255) : null
  }
  const [scheme, host] = [text('x-forwarded-proto'), text('x-forwarded-host')]
  return scheme === null && host === null && text('x-forwarded-for') === null ? null : { peer, scheme, host }
}

const originOf = (who: Seen, site: Site, path: string): string | null => {
  const exact = site.origins.get(who.host)
  if (exact) return exact
  if (!/^[a-z0-9._-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/.test(who.host)) return null
  const host = who.host.replace(who.secure ? /:443$/ : /:80$/, '')
  const known = site.origins.get(host)
  if (known) return known
  const secure = who.secure || (who.claimsHttps && beforeSetup(site, path))
  const own = `${secure ? 'https' : 'http'}://${host}`
  if (site.unproven && /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(host)) return own
  return beforeSetup(site, path) ? own : null
}

const withoutWebPath = (path: string, webPath: string): string | null => {
  if (webPath === '/') return path
  return path.startsWith(webPath) ? path.slice(webPath.length - 1) : null
}
