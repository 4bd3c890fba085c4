/**
 * A front before several servers, as nginx stands there by default: each request goes to the next server; one that was
 * never taken goes on to another server, one that was broken off only where it may be repeated (`proxy_next_upstream`).
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Balancer = {
  readonly url: string
  serve(targets: readonly string[]): void
  /** Resolves when the server is being given a request, or when `signal` is aborted. */
  nextRequestTo(target: string, signal: AbortSignal): Promise<void>
  /** How many requests a dying server broke off: those asked again elsewhere, and those that whoever asked came to know. */
  brokenOff(): { readonly repeated: number; readonly told: number }
  close(): Promise<void>
}

// What may have been done already must not be done twice without whoever asked.
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

const bodyOf = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export const openBalancer = async (): Promise<Balancer> => {
  let targets: readonly string[] = []
  let turn = 0
  let repeated = 0
  let told = 0
  const waiting = new Set<{ readonly target: string; given(): void }>()

  const pass = (incoming: IncomingMessage, response: ServerResponse, body: Buffer, tries: number): void => {
    turn += 1
    const target = targets[turn % targets.length] ?? ''
    for (const one of waiting) if (one.target === target) one.given()
    // A connection for each: on one that was kept, a death would look as if the request had been broken off.
    const options = { method: incoming.method ?? 'GET', headers: incoming.headers, agent: false }
    const outgoing = request(new URL(incoming.url ?? '/', target), options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.on('error', () => {
        told += 1
        response.destroy()
      })
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (response.headersSent) return response.destroy()
      const taken = error.code !== 'ECONNREFUSED'
      if (tries > 0 && (!taken || REPEATABLE.has(options.method))) {
        if (taken) repeated += 1
        return pass(incoming, response, body, tries - 1)
      }
      told += 1
      return response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502 Bad Gateway</h1>')
    })
    outgoing.end(body)
  }
  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((body) => pass(incoming, response, body, targets.length))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    serve: (given) => {
      targets = given
    },
    nextRequestTo: (target, signal) =>
      new Promise((resolve) => {
        const one = {
          target,
          given: () => {
            waiting.delete(one)
            resolve()
          },
        }
        if (signal.aborted) return resolve()
        waiting.add(one)
        signal.addEventListener('abort', one.given, { once: true })
      }),
    brokenOff: () => ({ repeated, told }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
