/** Password sign-ins beside bare argon2id, on all cores, and how long a cheap request takes meanwhile. */
import { setTimeout as pause } from 'node:timers/promises'
import { authorizeAt, password, people, redirect } from './house.ts'
import { percentile } from './load.ts'
import type { Rounds } from './measure-requests.ts'
import { cpuOf } from './process-figures.ts'
import { median, percent, type Row } from './results.ts'
import type { Worker } from './start-worker.ts'

const PROBE_EVERY = 5

/** Latencies of one health request after another, with pauses, until `over`. */
const probe = async (url: string, over: Promise<unknown>): Promise<number[]> => {
  const latencies: number[] = []
  let going = true
  const stop = () => {
    going = false
  }
  over.then(stop, stop)
  while (going) {
    const began = performance.now()
    await (await fetch(`${url}/-/health/live/`)).arrayBuffer()
    latencies.push(performance.now() - began)
    await pause(PROBE_EVERY)
  }
  return latencies
}

export const measureSignIns = async (
  { url, pid, worker }: { url: string; pid: number; worker: Worker },
  { rounds, milliseconds }: Rounds,
): Promise<Row[]> => {
  const quiet = await probe(url, pause(milliseconds))
  const busy: number[] = []
  const options = { authorize: authorizeAt(url, 'es'), redirect, people, milliseconds }
  await worker.run('signIns', { ...options, milliseconds: milliseconds / 2 })
  const pairs: { limit: number; limitCpu: number; ours: number; oursCpu: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const limit = await worker.run('argon2Limit', { password, milliseconds })
    const before = cpuOf(pid)
    const running = worker.run('signIns', options)
    busy.push(...(await probe(url, running)))
    const ours = await running
    pairs.push({
      limit: limit.count / limit.seconds,
      limitCpu: limit.cpu,
      ours: ours.count / ours.seconds,
      oursCpu: (cpuOf(pid) - before) / ours.count,
    })
  }
  const ratio = median(pairs.map((pair) => pair.limitCpu / pair.oursCpu))
  const wall = median(pairs.map((pair) => pair.ours / pair.limit))
  const limitMs = median(pairs.map((pair) => pair.limitCpu)) / 1000
  const oursMs = median(pairs.map((pair) => pair.oursCpu)) / 1000
  return [
    {
      what: 'password sign-in',
      baseline: `${limitMs.toFixed(1)} ms`,
      ours: `${oursMs.toFixed(1)} ms`,
      ratio: `${percent(ratio)} of argon2`,
      target: '≥ 85 %',
      met: ratio >= 0.85,
      note: `the server's CPU time for a whole sign-in, every page of it, beside that of one bare check. By the clock, with the ${people.length} browsers on the same cores: ${median(pairs.map((pair) => pair.ours)).toFixed(0)} sign-ins a second beside ${median(pairs.map((pair) => pair.limit)).toFixed(0)} bare checks (${percent(wall)}).`,
    },
    {
      what: 'health, p99 meanwhile',
      baseline: `${percentile(quiet, 0.99).toFixed(1)} ms when quiet`,
      ours: `${percentile(busy, 0.99).toFixed(1)} ms`,
      ratio: '',
      target: '',
      met: null,
      note: 'one request every few milliseconds, while browsers and hashes fill all cores.',
    },
  ]
}
