import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { openListeners } from './listeners.ts'

const nothing = () => undefined
const LOCAL = { host: '127.0.0.1', port: 0 }

const http = async () => {
  const opened = await openListeners(
    { http: LOCAL, https: null, metrics: null },
    { main: (_request, response) => response.end('here'), metrics: nothing },
    null,
    nothing,
  )
  assert.ok(opened.ok)
  return opened.value
}

test('M10 lets go of a socket that sent no HTTP, also where the peer never closes its half', {
  timeout: 20_000,
}, async (context) => {
  const listeners = await http()
  context.after(listeners.close)
  const socket = connect({ host: '127.0.0.1', port: listeners.ports.http ?? 0, allowHalfOpen: true })
  context.after(() => socket.destroy())
  socket.on('error', nothing)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.write('nothing that is HTTP\r\n\r\n')
  const answer: Buffer[] = []
  socket.on('data', (chunk: Buffer) => answer.push(chunk))
  await once(socket, 'end')
  assert.match(Buffer.concat(answer).toString(), /^HTTP\/1\.1 400 /)
  // Only a socket that is gone over there resets what is still sent to it.
  const more = setInterval(() => socket.write('more'), 20)
  context.after(() => clearInterval(more))
  await closed
})

test('closes as soon as requests under way have ended, though their connections would be kept', {
  // Half of what it waits for a request that does not end.
  timeout: 5000,
}, async () => {
  const begun = Promise.withResolvers<() => void>()
  const opened = await openListeners(
    { http: LOCAL, https: null, metrics: null },
    { main: (_request, response) => begun.resolve(() => response.end('here')), metrics: nothing },
    null,
    nothing,
  )
  assert.ok(opened.ok)
  const socket = connect({ host: '127.0.0.1', port: opened.value.ports.http ?? 0 })
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const end = await begun.promise
  const closed = opened.value.close()
  end()
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 /)
  await closed
})

test('closes what it opened where a later port is taken, and names that port', async (context) => {
  const other = createServer().listen(0, '127.0.0.1')
  context.after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  const port = address && typeof address === 'object' ? address.port : 0
  const opened = await openListeners(
    { http: LOCAL, https: null, metrics: { host: '127.0.0.1', port } },
    { main: nothing, metrics: nothing },
    null,
    nothing,
  )
  assert.deepEqual(opened.ok ? null : opened.error.code, 'port_unusable')
  assert.match(opened.ok ? '' : opened.error.message, new RegExp(`127\\.0\\.0\\.1:${port}: the port is in use\\.$`))
})
