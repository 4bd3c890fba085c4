/**
 * The figures of all workers as one: what each counted is summed up, and what those that ended had counted stays
 * counted, so that no sum ever falls. A worker that does not answer in time counts with what it told last, and as silent.
 */
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client'
import { SECOND } from '../../base/clock.ts'
import type { Timers } from '../../base/timers.ts'
import { type MetricsSnapshot, REQUEST_SECONDS } from '../metrics.ts'
import { registerProcessMetrics } from '../process-metrics.ts'
import type { Member } from './crew.ts'

export type HouseMetrics = {
  render(): Promise<{ type: string; text: string }>
  /** A worker's answer to what `render` asked. */
  told(member: Member, ask: number, metrics: MetricsSnapshot): void
  left(member: Member): void
}

const PATIENCE = SECOND

export const createHouseMetrics = (settings: {
  readonly version: string
  readonly size: number
  readonly members: () => readonly Member[]
  readonly timers: Timers
}): HouseMetrics => {
  const { size, members, timers } = settings
  const own = primaryMetrics(settings.version)
  const latest = new Map<Member, MetricsSnapshot>()
  const waiting = new Map<number, (answered: boolean) => void>()
  const departed: MetricsSnapshot[] = []
  let asked = 0
  let last: Promise<unknown> = Promise.resolve()

  /** Whether the worker told its figures in time. */
  const askOne = (member: Member): Promise<boolean> =>
    new Promise((resolve) => {
      asked += 1
      const ask = asked
      const settle = (answered: boolean): void => {
        callOff()
        waiting.delete(ask)
        resolve(answered)
      }
      const callOff = timers.after(PATIENCE, () => settle(false))
      waiting.set(ask, settle)
      member.process.send({ say: 'tell', ask })
    })

  const sum = (snapshots: readonly MetricsSnapshot[]): Registry =>
    // Each is an array of metrics, which is what the parameter's own documentation asks for.
    AggregatorRegistry.aggregate(snapshots.map((one) => [...one]))

  const renderOnce = async (): Promise<{ type: string; text: string }> => {
    const ready = members().filter((member) => member.ready)
    const answers = await Promise.all(ready.map(askOne))
    const answered = answers.filter(Boolean).length
    own.show({ ready: answered, silent: ready.length - answered, starting: size - ready.length }, latest)
    // However many workers died, what is kept of them is one snapshot.
    if (departed.length > 1) departed.push(await sum(departed.splice(0)).getMetricsAsJSON())
    const all = sum([await own.snapshot(), ...departed, ...latest.values()])
    return { type: all.contentType, text: await all.metrics() }
  }

  return {
    told: (member, ask, metrics) => {
      latest.set(member, metrics)
      waiting.get(ask)?.(true)
    },
    left: (member) => {
      const counted = latest.get(member)?.filter(isCounted)
      latest.delete(member)
      if (counted) departed.push(counted)
    },
    // One after another, so that each sees all who departed before it.
    render: () => {
      const next = last.then(renderOnce, renderOnce)
      last = next
      return next
    },
  }
}

/** What a process counted outlives it; what it held does not. */
const isCounted = ({ type }: MetricsSnapshot[number]): boolean => COUNTED.has(String(type))
const COUNTED: ReadonlySet<string> = new Set(['counter', 'histogram'])

const primaryMetrics = (version: string) => {
  const registry = new Registry()
  const registers = [registry]
  registerProcessMetrics(registers, version)
  const workers = new Gauge({
    name: 'gatehouse_workers',
    help: 'Workers by how they are: ready, silent (did not tell their figures within a second), starting.',
    labelNames: ['state'],
    registers,
  })
  const requests = new Counter({
    name: 'gatehouse_worker_requests_total',
    help: 'How many of the timed requests a worker answered since it started.',
    labelNames: ['worker'],
    registers,
  })
  return {
    show(states: Readonly<Record<string, number>>, latest: ReadonlyMap<Member, MetricsSnapshot>): void {
      for (const [state, count] of Object.entries(states)) workers.set({ state }, count)
      requests.reset()
      for (const [{ worker }, snapshot] of latest) requests.inc({ worker: String(worker) }, requestsIn(snapshot))
    },
    snapshot: (): Promise<MetricsSnapshot> => registry.getMetricsAsJSON(),
  }
}

const requestsIn = (snapshot: MetricsSnapshot): number => {
  const histogram = snapshot.find(({ name }) => name === REQUEST_SECONDS)
  const counts = (histogram?.values ?? []).filter(
    (one) => 'metricName' in one && one.metricName === `${REQUEST_SECONDS}_count`,
  )
  return counts.reduce((all, { value }) => all + value, 0)
}
