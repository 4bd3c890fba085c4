/**
 * Prometheus metrics, by prom-client. Its default collectors are left out: one of them ticks every ten milliseconds,
 * and a house where nobody knocks uses no CPU. What they tell is read when asked instead.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = {
  observe(route: string, status: number, seconds: number): void
  count(event: string): void
  render(): Promise<{ type: string; text: string }>
}

export const createMetrics = (
  version: string,
  gauges: Readonly<Record<string, { help: string; read: () => number | Promise<number> }>> = {},
): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Histogram({
    name: 'gatehouse_http_request_seconds',
    help: 'Time from the first look at a request to its answer.',
    labelNames: ['route', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  })
  const events = new Counter({
    name: 'gatehouse_events_total',
    help: 'Events recorded by this process.',
    labelNames: ['type'],
    registers,
  })
  new Gauge({ name: 'gatehouse_info', help: 'What runs.', labelNames: ['version', 'node'], registers }).set(
    { version, node: process.version },
    1,
  )
  readGauge(registers, 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  readGauge(registers, 'process_cpu_seconds_total', 'CPU time used.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  readGauge(
    registers,
    'process_start_time_seconds',
    'When the process started.',
    () => (Date.now() - process.uptime() * 1000) / 1000,
  )
  for (const [name, { help, read }] of Object.entries(gauges)) readGauge(registers, name, help, read)
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
  }
}

const readGauge = (registers: Registry[], name: string, help: string, read: () => number | Promise<number>): void => {
  new Gauge({
    name,
    help,
    registers,
    async collect() {
      this.set(await read())
    },
  })
}
