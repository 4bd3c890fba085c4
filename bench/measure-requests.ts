/** Requests that one core answers: cheap ones beside a bare server, tokens beside the cost of their signatures. */
import type { Application, openShots } from './house.ts'
import type { Burst, Measured, Shot } from './load.ts'
import { cpuOf } from './process-figures.ts'
import { median, percent, type Row } from './results.ts'
import { startBare } from './start-bare.ts'
import type { Worker } from './start-worker.ts'

export type Rounds = { readonly rounds: number; readonly milliseconds: number }
type Shots = Awaited<ReturnType<typeof openShots>>
type Seen = Measured & { readonly cpu: number }

const IN_FLIGHT = 16
const WARM_UP = { burst: 400, least: 4, most: 30, quiet: 4 }
const EXCHANGES = 600

/** A burst, with the microseconds of CPU that the server spent on each of its requests. */
const measure = async (worker: Worker, pid: number, burst: Omit<Burst, 'inFlight'>): Promise<Seen> => {
  const before = cpuOf(pid)
  const seen = await worker.run('load', { ...burst, inFlight: IN_FLIGHT })
  return { ...seen, cpu: (cpuOf(pid) - before) / seen.count }
}

/**
 * Bursts until they stop becoming cheaper: V8 goes on compiling for some thousands of requests, the bare server's few
 * lines for some hundreds, and it is the cost of a server that runs which is asked for.
 */
const warmUp = async (worker: Worker, pid: number, shot: Shot): Promise<void> => {
  let best = Number.POSITIVE_INFINITY
  let quiet = 0
  for (let burst = 0; burst < WARM_UP.most; burst += 1) {
    const { cpu } = await measure(worker, pid, { shot, until: { milliseconds: WARM_UP.burst } })
    quiet = cpu < best * 0.98 ? 0 : quiet + 1
    best = Math.min(best, cpu)
    if (burst >= WARM_UP.least && quiet >= WARM_UP.quiet) return
  }
}

const micro = (value: number): string => `${value.toFixed(0)} µs`
const perSecond = (cpu: number): string => (1e6 / cpu).toFixed(0)

export type Server = { readonly pid: number; readonly worker: Worker; alone(pid: number): void }

export const measureCheap = async (
  { pid, worker, alone }: Server,
  what: string,
  shot: Shot,
  { rounds, milliseconds }: Rounds,
  aim = 0.6,
): Promise<Row> => {
  const answer = await fetch(shot.url, {
    method: shot.method,
    headers: shot.headers ?? {},
    ...(shot.body === undefined ? {} : { body: shot.body }),
  })
  const bare = await startBare('bare-server.mjs', [await answer.text()])
  alone(bare.pid)
  const pairs: { bare: number; ours: number }[] = []
  try {
    const bareShot = { ...shot, url: `${bare.url}/` }
    await warmUp(worker, bare.pid, bareShot)
    await warmUp(worker, pid, shot)
    for (let round = 0; round < rounds; round += 1) {
      const until = { milliseconds }
      const baseline = await measure(worker, bare.pid, { shot: bareShot, until })
      pairs.push({ bare: baseline.cpu, ours: (await measure(worker, pid, { shot, until })).cpu })
    }
  } finally {
    bare.stop()
  }
  const ratio = median(pairs.map((pair) => pair.bare / pair.ours))
  return {
    what,
    baseline: micro(median(pairs.map((pair) => pair.bare))),
    ours: micro(median(pairs.map((pair) => pair.ours))),
    ratio: `${percent(ratio)} of bare \`node:http\``,
    target: `≥ ${Math.round(aim * 100)} %`,
    met: ratio >= aim,
  }
}

const ALGORITHMS = { rs: 'RS256', es: 'ES256' } as const

/** Client credentials: one signature a request. */
export const measureToken = async (
  { pid, worker }: Server,
  shots: Shots,
  id: Application,
  { rounds, milliseconds }: Rounds,
): Promise<Row> => {
  const algorithm = ALGORITHMS[id]
  const shot = shots.atToken(id)
  await warmUp(worker, pid, shot)
  const pairs: { limit: number; ours: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const limit = await worker.run('signingLimit', { algorithm, milliseconds })
    pairs.push({ limit: limit.cpu, ours: (await measure(worker, pid, { shot, until: { milliseconds } })).cpu })
  }
  const ratio = median(pairs.map((pair) => pair.limit / pair.ours))
  const rate = 1e6 / median(pairs.map((pair) => pair.ours))
  return {
    what: `token, ${algorithm}`,
    baseline: `${perSecond(median(pairs.map((pair) => pair.limit)))} signatures/s`,
    ours: `${rate.toFixed(0)}/s a core`,
    ratio: `${percent(ratio)} of signing`,
    target: id === 'rs' ? '≥ 60 % of signing' : '≥ 3,000/s a core',
    met: id === 'rs' ? ratio >= 0.6 : rate >= 3_000,
  }
}

/** Silent sign-on, and the exchange of the codes it gives: two signatures each. */
export const measureCodes = async (
  { pid, worker }: Server,
  shots: Shots,
  id: Application,
  { rounds, milliseconds }: Rounds,
): Promise<Row[]> => {
  const algorithm = ALGORITHMS[id]
  const silent = shots.silent(id)
  await warmUp(worker, pid, silent)
  const seen: { silent: number; exchange: number; limit: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const given = await measure(worker, pid, { shot: silent, until: { count: EXCHANGES }, keepLocations: true })
    const bodies = given.locations.map((at) => shots.exchangeBody(new URL(at).searchParams.get('code') ?? ''))
    const exchange = await measure(worker, pid, { shot: shots.atToken(id), until: { count: bodies.length }, bodies })
    const limit = await worker.run('signingLimit', { algorithm, milliseconds })
    seen.push({ silent: given.cpu, exchange: exchange.cpu, limit: limit.cpu * 2 })
  }
  const rate = 1e6 / median(seen.map((one) => one.silent))
  return [
    {
      what: `silent sign-on, ${algorithm}`,
      baseline: '',
      ours: `${rate.toFixed(0)}/s a core`,
      ratio: '',
      target: '≥ 1,000/s a core',
      met: rate >= 1_000,
    },
    {
      what: `code exchange, ${algorithm}`,
      baseline: `${perSecond(median(seen.map((one) => one.limit)))} pairs of signatures/s`,
      ours: `${perSecond(median(seen.map((one) => one.exchange)))}/s a core`,
      ratio: `${percent(median(seen.map((one) => one.limit / one.exchange)))} of signing`,
      target: '',
      met: null,
    },
  ]
}
