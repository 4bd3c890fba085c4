/** A front that gives each request to the next of several servers, and to another one where the first is away. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type TurningProxy = { readonly url: string; serve(targets: readonly string[]): void; close(): Promise<void> }

const bodyOf = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export const openTurningProxy = async (): Promise<TurningProxy> => {
  let targets: readonly string[] = []
  let turn = 0
  const pass = (incoming: IncomingMessage, response: ServerResponse, body: Buffer, tries: number): void => {
    turn += 1
    const target = targets[turn % targets.length] ?? ''
    const outgoing = request(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
        answer.on('error', () => response.destroy())
      },
    )
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (response.headersSent) return response.destroy()
      // A server that never took the request; one that broke off may have done it, so that is told to whoever asked.
      if (error.code === 'ECONNREFUSED' && tries > 0) return pass(incoming, response, body, tries - 1)
      return response.writeHead(502).end()
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
