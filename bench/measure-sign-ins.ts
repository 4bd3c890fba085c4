/** Password sign-ins beside bare argon2id, on all cores, and how long a cheap request takes meanwhile. */
import { setTimeout as pause } from 'node:timers/promises'
import { authorizeAt, password, people, redirect } from './house.ts'
import { percentile } from './load.ts'
import type { Rounds } from './measure-requests.ts'
import { cpuOf } from './process-figures.ts'
import { median, percent, type Row } from './results.ts'
import { startBare } from './start-bare.ts'
import type { Worker } from './start-worker.ts'

const PROBE_EVERY = 5
const WARM_UP = 4_000

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

type Server = { readonly url: string; readonly pid: number }

type Seen = { readonly rate: number; readonly cpu: number }

const measure = async (worker: Worker, { url, pid }: Server, milliseconds: number): Promise<Seen> => {
  const before = cpuOf(pid)
  const done = await worker.run('signIns', { authorize: authorizeAt(url, 'es'), redirect, people, milliseconds })
  return { rate: done.count / done.seconds, cpu: (cpuOf(pid) - before) / done.count }
}

export const measureSignIns = async (
  { url, pid, worker }: Server & { worker: Worker },
  { rounds, milliseconds }: Rounds,
): Promise<Row[]> => {
  const ours = { url, pid }
  // A server that answers the same requests and does nothing but check the password; as many threads as ours has.
  const floor = await startBare('bare-sign-in.ts', [password, redirect], { UV_THREADPOOL_SIZE: '8' })
  const quiet = await probe(url, pause(milliseconds))
  const busy: number[] = []
  const seen: { limit: Seen; floor: Seen; ours: Seen }[] = []
  try {
    // V8 goes on compiling for some hundreds of sign-ins.
    for (const server of [floor, ours, ours]) await measure(worker, server, WARM_UP)
    for (let round = 0; round < rounds; round += 1) {
      const { count, seconds, cpu } = await worker.run('argon2Limit', { password, milliseconds })
      const least = await measure(worker, floor, milliseconds)
      const running = measure(worker, ours, milliseconds)
      busy.push(...(await probe(url, running)))
      seen.push({ limit: { rate: count / seconds, cpu }, floor: least, ours: await running })
    }
  } finally {
    floor.stop()
  }
  const ratio = median(seen.map((one) => one.limit.cpu / one.ours.cpu))
  const most = median(seen.map((one) => one.limit.cpu / one.floor.cpu))
  const ofFloor = median(seen.map((one) => one.floor.cpu / one.ours.cpu))
  const wall = median(seen.map((one) => one.ours.rate / one.limit.rate))
  const ms = (which: 'limit' | 'floor' | 'ours'): string =>
    `${(median(seen.map((one) => one[which].cpu)) / 1000).toFixed(1)} ms`
  return [
    {
      what: 'password sign-in',
      baseline: ms('limit'),
      ours: ms('ours'),
      ratio: `${percent(ratio)} of argon2`,
      target: '≥ 85 %',
      met: ratio >= 0.85,
      note: `the server's CPU time for a whole sign-in, every page of it, beside that of one bare check. By the clock, with the ${people.length} browsers on the same cores: ${median(seen.map((one) => one.ours.rate)).toFixed(0)} sign-ins a second beside ${median(seen.map((one) => one.limit.rate)).toFixed(0)} bare checks (${percent(wall)}).`,
    },
    {
      what: 'the same of a bare server',
      baseline: ms('limit'),
      ours: ms('floor'),
      ratio: `${percent(most)} of argon2`,
      target: '',
      met: null,
      note: `six answers of \`node:http\` with as many bytes, one check among them, and nothing else: the most that a sign-in of three pages can reach here. A whole one is ${percent(ofFloor)} of that.`,
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
