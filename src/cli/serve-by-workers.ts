/** `gatehouse serve` with several workers (`GATEHOUSE_WORKERS`): the process that was started, and those it starts. */
import cluster from 'node:cluster'
import type { Config } from '../ops/config.ts'
import type { Output } from './command.ts'
import { giveBackMemory } from './give-back-memory.ts'
import { stopSignal } from './stop-signal.ts'

export const serveByWorkers = async (config: Config, out: Output): Promise<number> => {
  if (cluster.isPrimary) return lead(config, out)
  // A terminal and systemd send their signals to every process of a house; the primary alone heeds them.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
  const { runWorker } = await import('../ops/workers/run-worker.ts')
  return runWorker(config, (text) => out.line(text), giveBackMemory)
}

const lead = async (config: Config, out: Output): Promise<number> => {
  const { runPrimary } = await import('../ops/workers/run-primary.ts')
  const primary = await runPrimary(config)
  const told = stopSignal(out, (code) => {
    primary.end()
    process.exit(code)
  })
  const reason = await Promise.race([primary.over, told.then(() => null)])
  if (reason === null) {
    await primary.stop()
    return 0
  }
  out.error(reason)
  primary.end()
  await primary.stop()
  return 1
}
