/** Stopping `gatehouse serve`: what is under way ends properly, however often it is told to stop, until someone insists. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { beginRequest, REST_OF_REQUEST } from '../support/slow-request.ts'

const signal = (gatehouse: Gatehouse, name: NodeJS.Signals) => process.kill(gatehouse.pid(), name)

test('a second signal while stopping cuts nothing off: the request under way is answered, and the exit code is 0', async (context) => {
  const gatehouse = await startGatehouse(context)
  const socket = await beginRequest(context, gatehouse)
  signal(gatehouse, 'SIGINT')
  await gatehouse.printed(/Stopping/)
  signal(gatehouse, 'SIGINT')
  await gatehouse.printed(/Still stopping/)
  // What supervises a process may repeat itself; it has SIGKILL for when it means it.
  for (let times = 0; times < 5; times += 1) signal(gatehouse, 'SIGTERM')
  socket.write(REST_OF_REQUEST)
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 401 /)
  assert.equal(await gatehouse.ended(), 0)
})

test('a third Ctrl-C ends it at once, and it starts again as ever', async (context) => {
  const gatehouse = await startGatehouse(context)
  await beginRequest(context, gatehouse)
  signal(gatehouse, 'SIGINT')
  await gatehouse.printed(/Stopping/)
  signal(gatehouse, 'SIGINT')
  await gatehouse.printed(/Still stopping/)
  signal(gatehouse, 'SIGINT')
  assert.equal(await gatehouse.ended(), 130)
  await gatehouse.restart()
})
