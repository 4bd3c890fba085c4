/** `gatehouse serve`: the server, until it is told to stop. */
import { type Config, readConfig } from '../ops/config.ts'
import type { Command, Output } from './command.ts'
import { giveBackMemory } from './give-back-memory.ts'
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
    // Loaded when asked for: one process needs nothing of several, and their primary nothing of a server.
    if (config.value.workers === 1) return serveAlone(config.value, out)
    const { serveByWorkers } = await import('./serve-by-workers.ts')
    return serveByWorkers(config.value, out)
  },
}

const serveAlone = async (config: Config, out: Output): Promise<number> => {
  const { startServer } = await import('../ops/start-server.ts')
  const server = await startServer(config, (text) => out.line(text))
  if (!server.ok) {
    out.error(server.error.message)
    return 1
  }
  giveBackMemory()
  await stopSignal(out, (code) => process.exit(code))
  await server.value.stop()
  return 0
}
