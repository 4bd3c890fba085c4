/** Sends a `WireResponse` in place of the framework, which answers no more once it was passed by. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WireResponse } from '../base/wire.ts'
import { contextOf } from './front.ts'
import { send } from './send.ts'
import { isHttps } from './wire-request.ts'

/** `unsendable` answers where the response's own headers cannot be written; without it the browser would wait for ever. */
export const answerReply = (
  request: FastifyRequest,
  reply: FastifyReply,
  response: WireResponse,
  unsendable: (error: unknown, id: string) => WireResponse,
): void => {
  const { incoming, id } = contextOf(request.raw)
  const meta = { id, https: isHttps(incoming.origin), strictTransport: incoming.strictTransport }
  reply.hijack()
  try {
    send(reply.raw, response, { ...meta, head: request.method === 'HEAD' })
  } catch (error) {
    const instead = unsendable(error, id)
    if (reply.raw.headersSent) reply.raw.destroy()
    else send(reply.raw, instead, meta)
  }
}
