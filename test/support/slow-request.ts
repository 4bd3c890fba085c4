/** A request to the token endpoint whose body is still on its way: it holds a stop up until the rest is sent. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Gatehouse } from './gatehouse.ts'

export const REST_OF_REQUEST = 'grant_type=client_credentials'

export const beginRequest = async (context: TestContext, gatehouse: Gatehouse): Promise<Socket> => {
  const { host, port, hostname } = new URL(gatehouse.url)
  const socket = connect(Number(port), hostname)
  context.after(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const head = [
    'POST /application/o/token/ HTTP/1.1',
    `host: ${host}`,
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${REST_OF_REQUEST.length}`,
    // The answer to this says that the server has read the head.
    'expect: 100-continue',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 100 /)
  return socket
}
