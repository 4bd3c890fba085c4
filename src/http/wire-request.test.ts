/** Bodies as a hostile peer sends them: through a real socket, byte for byte. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { ClientGone, readBody } from './wire-request.ts'

const LIMIT = 100

/** What reading each request's body came to, once `when` let it begin. */
const reading = async (
  context: TestContext,
  when: (raw: IncomingMessage) => Promise<void> = async () => {},
): Promise<{ readonly send: (bytes: string) => ReturnType<typeof connect>; readonly next: () => Promise<string> }> => {
  const waiting: ((told: string) => void)[] = []
  const told: string[] = []
  const tell = (one: string): void => {
    const first = waiting.shift()
    if (first) first(one)
    else told.push(one)
  }
  const server = createServer((request, response) => {
    when(request)
      .then(() => readBody(request, LIMIT))
      .then((body) => {
        tell(body === null ? 'too long' : `body ${body.toString()}`)
        if (body === null) response.setHeader('connection', 'close')
        response.end('ok')
      })
      .catch((error: unknown) => tell(error instanceof ClientGone ? 'gone' : String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  // Listening on a port, so its address has one.
  const { port } = server.address() as AddressInfo
  return {
    send: (bytes) => {
      const socket = connect(port, '127.0.0.1')
      context.after(() => socket.destroy())
      socket.on('error', () => {})
      socket.write(bytes)
      return socket
    },
    next: () =>
      new Promise((resolve) => {
        const first = told.shift()
        if (first === undefined) waiting.push(resolve)
        else resolve(first)
      }),
  }
}

const head = (more: string, method = 'POST'): string => `${method} / HTTP/1.1\r\nhost: a\r\n${more}\r\n\r\n`
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const CHUNKED = 'transfer-encoding: chunked'

test('reads a body that comes with its head, after it, in pieces, or not at all', async (context) => {
  const { send, next } = await reading(context)
  send(`${head('content-length: 3')}a=1`)
  assert.equal(await next(), 'body a=1')
  const late = send(head('content-length: 6'))
  late.write('a=1')
  setImmediate(() => late.write('&b='))
  assert.equal(await next(), 'body a=1&b=')
  send(`${head(CHUNKED)}${chunk('a=')}${chunk('1')}0\r\n\r\n`)
  assert.equal(await next(), 'body a=1')
  send(head('content-length: 0'))
  assert.equal(await next(), 'body ')
  send(head('x: y'))
  assert.equal(await next(), 'body ')
})

test('M10 reads each of several requests that come in one packet by itself', async (context) => {
  const { send, next } = await reading(context)
  send(`${head('content-length: 3')}a=1${head(CHUNKED)}${chunk('b=2')}0\r\n\r\n${head('content-length: 3')}c=3`)
  assert.deepEqual([await next(), await next(), await next()], ['body a=1', 'body b=2', 'body c=3'])
})

test('M10 keeps no more of a body than its limit, announced or not', async (context) => {
  const { send, next } = await reading(context)
  send(head('content-length: 101'))
  assert.equal(await next(), 'too long')
  send(`${head(CHUNKED)}${chunk('a'.repeat(101))}0\r\n\r\n`)
  assert.equal(await next(), 'too long')
  const endless = send(`${head(CHUNKED)}${chunk('a'.repeat(60))}`)
  setImmediate(() => endless.write(chunk('a'.repeat(60))))
  assert.equal(await next(), 'too long')
  send(`${head('content-length: 100')}${'a'.repeat(100)}`)
  assert.equal(await next(), `body ${'a'.repeat(100)}`)
})

test('M10 gives up on a body that breaks off, or whose pieces are malformed', async (context) => {
  const { send, next } = await reading(context)
  send(`${head('content-length: 9')}a=1`).end()
  assert.equal(await next(), 'gone')
  send(`${head(CHUNKED)}${chunk('a=1')}zz\r\n`)
  assert.equal(await next(), 'gone')
})

test('M10 gives up on a peer that went away before its body was asked for', async (context) => {
  let leave = (): void => {}
  const { send, next } = await reading(context, (raw) => {
    leave()
    return new Promise((resolve) => raw.on('close', () => resolve()))
  })
  const socket = send(`${head('content-length: 9')}a=1`)
  leave = () => socket.destroy()
  assert.equal(await next(), 'gone')
})
