/**
 * What runs, and what it uses, read when asked: prom-client's own collectors tick every ten milliseconds, and a house
 * where nobody knocks uses no CPU. How the figures of several processes become one is stated with each.
 */
import { Counter, Gauge, type Registry } from 'prom-client'

export const registerProcessMetrics = (registers: Registry[], version: string): void => {
  new Gauge({
    name: 'gatehouse_info',
    help: 'What runs.',
    labelNames: ['version', 'node'],
    registers,
    aggregator: 'first',
  }).set({ version, node: process.version }, 1)
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time used.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started.',
    registers,
    aggregator: 'min',
    collect() {
      this.set((Date.now() - process.uptime() * 1000) / 1000)
    },
  })
}
