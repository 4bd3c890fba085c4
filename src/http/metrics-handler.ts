/** `/metrics` on its own port: for the machine's own scraper, never on the public one. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export const metricsHandler =
  (render: () => Promise<{ type: string; text: string }>) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url !== '/metrics' && request.url !== '/metrics/') {
      response.writeHead(404).end()
      return
    }
    render().then(
      ({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text),
      () => response.writeHead(500).end(),
    )
  }
