/** `gatehouse serve`: the server, until it is told to stop. */
import { readConfig } from '../ops/config.ts'
import { startServer } from '../ops/start-server.ts'
import type { Command } from './command.ts'

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
    await stopSignal()
    await server.value.stop()
    return 0
  },
}

const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
