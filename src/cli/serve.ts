/** `gatehouse serve`: the server, until it is told to stop. */
import { readConfig } from '../ops/config.ts'
import { startServer } from '../ops/start-server.ts'
import type { Command } from './command.ts'
import { stopSignal } from './stop-signal.ts'

export const serve: Command = {
  name: 'serve',
  usage: '',
  summary: 'start the server',
  run: async (_args, out) => {
    const config = readConfig()
    if (!config.ok) {
      out.error(config.error.message)
      return 1
    }
    const server = await startServer(config.value, (text) => out.line(text))
    if (!server.ok) {
      out.error(server.error.message)
      return 1
    }
    setTimeout(giveBackMemory, STARTED_FOR).unref()
    await stopSignal(out, (code) => process.exit(code))
    await server.value.stop()
    return 0
  },
}

const STARTED_FOR = 2_000

/**
 * What starting left behind is a quarter of the heap; V8 looks for it only when more is asked for, and gives the room
 * back only in the thoroughest of its collections (Node's --expose-gc). It takes twenty milliseconds, once.
 */
const giveBackMemory = (): void => {
  if (typeof gc === 'function') void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
