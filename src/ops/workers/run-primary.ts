/**
 * The primary of several workers: it keeps the sockets that all of them listen on, answers `/metrics` for all, and keeps
 * the workers running. It opens no house of its own and takes no connection.
 *
 * Each worker accepts for itself (`SCHED_NONE`). Node's round robin would spread few connections more evenly, but one that
 * it has just handed to a worker which then dies is held open by the primary and answered by nobody, for good.
 */
import cluster from 'node:cluster'
import { systemClock } from '../../base/clock.ts'
import type { Timers } from '../../base/timers.ts'
import { metricsHandler } from '../../http/metrics-handler.ts'
import type { Config } from '../config.ts'
import { openListeners } from '../listeners.ts'
import { createLog } from '../log.ts'
import { version } from '../version.ts'
import { type Crew, type Spawn, startCrew } from './crew.ts'
import { createHouseMetrics } from './house-metrics.ts'
import type { ToPrimary } from './messages.ts'

export type Primary = Pick<Crew, 'over' | 'stop' | 'end'>

/** Starts the workers. What stands in the way of the first one is told by `over`. */
export const runPrimary = async (config: Config): Promise<Primary> => {
  const log = createLog(config.logLevel)
  cluster.schedulingPolicy = cluster.SCHED_NONE
  const crew: Crew = startCrew({
    size: config.workers,
    spawn,
    timers,
    clock: systemClock,
    log,
    heard: (member, { ask, metrics: figures }) => metrics.told(member, ask, figures),
    left: (member) => metrics.left(member),
  })
  const metrics = createHouseMetrics({ version, size: config.workers, members: crew.members, timers })
  const handler = metricsHandler(metrics.render)
  const listen = { http: null, https: null, metrics: config.listen.metrics }
  const listeners = await openListeners(listen, { main: handler, metrics: handler }, null, log.error)
  if (!listeners.ok) {
    return { ...crew, over: Promise.resolve(listeners.error.message) }
  }
  return {
    over: crew.over,
    end: crew.end,
    stop: async () => {
      await Promise.all([crew.stop(), listeners.value.close()])
    },
  }
}

const spawn: Spawn = (heard, ended) => {
  const worker = cluster.fork()
  worker.on('error', (error: NodeJS.ErrnoException) => {
    // Of a process that could not even be started no `exit` tells; of one on its way out it does.
    if (worker.process.pid === undefined) ended({ code: null, signal: error.code ?? error.message })
  })
  // Our own code at the other end says nothing else.
  worker.on('message', (message: ToPrimary) => heard(message))
  worker.on('exit', (code: number | null, signal: string | null) => ended({ code, signal: signal || null }))
  return {
    send: (message) => {
      if (worker.isConnected()) worker.send(message, () => {})
    },
    kill: () => {
      worker.process.kill('SIGKILL')
    },
  }
}

/** Unlike those of a house, they keep the process alive: with no worker left, the next one's time is all there is. */
const timers: Timers = {
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}
