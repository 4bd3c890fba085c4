/** Opens the ports and closes them again. Slow and idle peers are cut off, so that sockets cannot be held by doing nothing (M10). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Failure, fail, ok, type Result } from '../base/result.ts'
import { reveal } from '../base/secret.ts'
import type { Listen } from './config.ts'
import type { TlsSource } from './tls/certificate.ts'

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

export type Listeners = {
  /** What each listener is bound to; absent where it is off. */
  readonly ports: { readonly http?: number; readonly https?: number; readonly metrics?: number }
  /** Serves the certificate as it stands now; connections that are open keep theirs. */
  renewTls(): void
  /** Takes no new requests, lets those under way end, then closes. */
  close(): Promise<void>
}

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
} as const
/** How long requests under way may take to end when the process is stopped. */
const GRACE = 10_000
const IDLE_LOOK = 50

export const openListeners = async (
  listen: { readonly http: Listen | null; readonly https: Listen | null; readonly metrics: Listen | null },
  handlers: { readonly main: RequestHandler; readonly metrics: RequestHandler },
  tls: TlsSource | null,
  report: (message: string, error: unknown) => void,
): Promise<Result<Listeners, Failure<string>>> => {
  const opened: (Server | TlsServer)[] = []
  let secure: TlsServer | null = null
  const ports: { http?: number; https?: number; metrics?: number } = {}
  const add = async (server: Server | TlsServer, at: Listen): Promise<number> => {
    const port = await open(server, at)
    opened.push(server)
    // An `error` that nobody hears ends the process; a connection that could not be taken is no reason to.
    server.on('error', (error) => report('a listener had an error', error))
    return port
  }
  try {
    if (listen.http) ports.http = await add(createServer(LIMITS, handlers.main), listen.http)
    if (listen.https && tls) {
      secure = tlsServer(tls, handlers.main)
      ports.https = await add(secure, listen.https)
    }
    if (listen.metrics) ports.metrics = await add(createServer(LIMITS, handlers.metrics), listen.metrics)
  } catch (error) {
    await Promise.all(opened.map(close))
    if (error instanceof PortUnusable) return fail('port_unusable', error.message)
    throw error
  }
  return ok({
    ports,
    renewTls: () => {
      if (secure && tls) secure.setSecureContext(pairOptions(tls))
    },
    close: async () => {
      await Promise.all(opened.map(close))
    },
  })
}

/** In one plain sentence: which address, and why not. */
class PortUnusable extends Error {
  constructor({ host, port }: Listen, code: string | undefined) {
    const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    const why = PORT_FAULTS[code ?? ''] ?? `it cannot be opened (${code})`
    super(`Gatehouse cannot listen on ${where}: ${why}.`)
    this.name = 'PortUnusable'
  }
}

const PORT_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'the port needs more rights than this process has',
  EADDRNOTAVAIL: 'this machine does not have the address',
}

const tlsServer = (tls: TlsSource, handler: RequestHandler): TlsServer =>
  createTlsServer({ ...LIMITS, minVersion: 'TLSv1.2', ...pairOptions(tls) }, handler)

const pairOptions = (tls: TlsSource) => {
  const { cert, key } = tls.current()
  return { cert, key: reveal(key, 'serve TLS') }
}

// No handler of `clientError`: Node's own answers with 400, 408 or 431 and then destroys the socket, and it must. One that
// only ended it would leave half of it open for as long as a silent peer likes.
const open = (server: Server | TlsServer, at: Listen): Promise<number> =>
  new Promise((resolve, reject) => {
    const { host, port } = at
    const failed = (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 cannot bind `::`; every IPv4 address is then what was meant.
      if (error.code === 'EAFNOSUPPORT' && host === '::') return server.listen(port, '0.0.0.0')
      return reject(new PortUnusable(at, error.code))
    }
    server.on('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve((server.address() as AddressInfo).port)
    })
  })

const close = (server: Server | TlsServer): Promise<void> =>
  new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), GRACE)
    // Again and again: a browser keeps the connection of a request that has just ended, and would be waited for.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK)
    server.close(() => {
      clearTimeout(late)
      clearInterval(idle)
      resolve()
    })
    server.closeIdleConnections()
  })
