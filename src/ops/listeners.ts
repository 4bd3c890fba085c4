/** Opens the ports and closes them again. Slow and idle peers are cut off, so that sockets cannot be held by doing nothing (M10). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
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

export const openListeners = async (
  listen: { readonly http: Listen | null; readonly https: Listen | null; readonly metrics: Listen | null },
  handlers: { readonly main: RequestHandler; readonly metrics: RequestHandler },
  tls: TlsSource | null,
): Promise<Listeners> => {
  const opened: (Server | TlsServer)[] = []
  let secure: TlsServer | null = null
  const ports: { http?: number; https?: number; metrics?: number } = {}
  try {
    if (listen.http) ports.http = await open(createServer(LIMITS, handlers.main), listen.http, opened)
    if (listen.https && tls) {
      secure = tlsServer(tls, handlers.main)
      ports.https = await open(secure, listen.https, opened)
    }
    if (listen.metrics) ports.metrics = await open(createServer(LIMITS, handlers.metrics), listen.metrics, opened)
  } catch (error) {
    await Promise.all(opened.map(close))
    throw error
  }
  return {
    ports,
    renewTls: () => {
      if (secure && tls) secure.setSecureContext(pairOptions(tls))
    },
    close: async () => {
      await Promise.all(opened.map(close))
    },
  }
}

const tlsServer = (tls: TlsSource, handler: RequestHandler): TlsServer =>
  createTlsServer({ ...LIMITS, minVersion: 'TLSv1.2', ...pairOptions(tls) }, handler)

const pairOptions = (tls: TlsSource) => {
  const { cert, key } = tls.current()
  return { cert, key: reveal(key, 'serve TLS') }
}

const open = (server: Server | TlsServer, { host, port }: Listen, opened: (Server | TlsServer)[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 cannot bind `::`; every IPv4 address is then what was meant.
      if (error.code === 'EAFNOSUPPORT' && host === '::') return server.listen(port, '0.0.0.0')
      return reject(error)
    }
    server.on('error', failed)
    server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    })
    server.listen(port, host, () => {
      server.off('error', failed)
      opened.push(server)
      resolve((server.address() as AddressInfo).port)
    })
  })

const close = (server: Server | TlsServer): Promise<void> =>
  new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), GRACE)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
