/** Prometheus metrics of one process, by prom-client. */
import { Counter, Histogram, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client'
import { registerProcessMetrics } from './process-metrics.ts'

/** Each metric with its values, as plain JSON: to be summed up over several processes. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[]

export type Metrics = {
  observe(route: string, status: number, seconds: number): void
  count(event: string): void
  render(): Promise<{ type: string; text: string }>
  snapshot(): Promise<MetricsSnapshot>
}

export const REQUEST_SECONDS = 'gatehouse_http_request_seconds'

export const createMetrics = (version: string): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Histogram({
    name: REQUEST_SECONDS,
    help: 'Time from the first look at a request to its answer.',
    labelNames: ['route', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  })
  const events = new Counter({
    name: 'gatehouse_events_total',
    help: 'Events recorded.',
    labelNames: ['type'],
    registers,
  })
  registerProcessMetrics(registers, version)
  // Finding the series of a request by its labels costs more than counting it.
  const series = new Map<string, ReturnType<typeof requests.labels>>()
  const seriesOf = (route: string, status: string) => {
    const key = `${status} ${route}`
    const known = series.get(key)
    if (known) return known
    const made = requests.labels(route, status)
    series.set(key, made)
    return made
  }
  return {
    observe: (route, status, seconds) => seriesOf(route, `${Math.floor(status / 100)}xx`).observe(seconds),
    count: (event) => events.inc({ type: event }),
    render: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    snapshot: async () => await registry.getMetricsAsJSON(),
  }
}
