/**
 * One of several workers: the server as it always is, without `/metrics`, and with a part that the primary gives. It
 * stops when the primary says so. Where the primary is gone, Node ends the process at once (the channel between them
 * closes): it must not go on serving with nobody to stop it, and what it acknowledged is on the disk.
 */
import cluster from 'node:cluster'
import type { Config } from '../config.ts'
import { startServer } from '../start-server.ts'
import type { ToPrimary, ToWorker } from './messages.ts'

/** Serves until told to stop; answers the exit code. */
export const runWorker = async (
  config: Config,
  print: (text: string) => void,
  started: () => void,
): Promise<number> => {
  const primary = openPrimary()
  const { worker, leads, greets } = await primary.begin
  const withoutMetrics = { ...config, listen: { ...config.listen, metrics: null } }
  const server = await startServer(withoutMetrics, print, { worker, leads, greets, peers: primary.peers })
  if (!server.ok) {
    await primary.send({ say: 'failed', message: server.error.message })
    primary.leave()
    return 1
  }
  const { house, stop } = server.value
  primary.answer('tell', async ({ ask }) => {
    await primary.send({ say: 'told', ask, metrics: await house.metrics.snapshot() })
  })
  await primary.send({ say: 'ready' })
  started()
  await primary.stop
  await stop()
  primary.leave()
  return 0
}

type Heard<Say extends ToWorker['say']> = Extract<ToWorker, { say: Say }>

/** The primary as a worker sees it. */
const openPrimary = () => {
  const listeners: { say: ToWorker['say']; run(message: ToWorker): void }[] = []
  const answer = <Say extends ToWorker['say']>(say: Say, run: (message: Heard<Say>) => void): void => {
    // Called with messages of this `say` alone, below.
    listeners.push({ say, run: run as (message: ToWorker) => void })
  }
  const once = <Say extends ToWorker['say']>(say: Say): Promise<Heard<Say>> =>
    new Promise((resolve) => answer(say, resolve))
  // Our own code at the other end says nothing else.
  process.on('message', (message: ToWorker) => {
    for (const { say, run } of listeners) if (say === message.say) run(message)
  })
  const send = (message: ToPrimary): Promise<void> =>
    new Promise((resolve) => {
      // A primary that is gone hears nothing; this process then ends by itself.
      if (!process.send?.(message, () => resolve())) resolve()
    })
  const begin = once('begin')
  const stop = once('stop')
  void send({ say: 'here' })
  return {
    begin,
    stop,
    send,
    answer,
    peers: {
      tell: () => void send({ say: 'changed' }),
      heard: (listener: () => void) => answer('changed', listener),
    },
    /** Its channel keeps a process alive. */
    leave: () => cluster.worker?.disconnect(),
  }
}
