/**
 * `npm run bench`: the server as it is started, beside what the machine and Node could do at most, in turns in one run.
 * Prints each figure and writes results.md. Nothing is asserted: a shared machine proves no number, only ratios.
 */
import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, root } from '../test/support/gatehouse.ts'
import { startFlowHouse } from './flow-house.ts'
import { openShots, startHouse } from './house.ts'
import { installSize } from './install-size.ts'
import { measureCodeSignIns, measurePage, measureSameTime, measureSimulation } from './measure-flows.ts'
import { measureCheap, measureCodes, measureToken } from './measure-requests.ts'
import { measureSignIns } from './measure-sign-ins.ts'
import { cpuOf, pin, residentOf } from './process-figures.ts'
import { median, printRow, type Row, writeResults } from './results.ts'
import { startTimes } from './start-times.ts'
import { startWorker, type Worker } from './start-worker.ts'

const ROUNDS = 7
const MILLISECONDS = 1_000
const SIGN_INS = { rounds: 3, milliseconds: 3_000 }
const STARTS = 7
const SETTLING = 3_000
const IDLE = 5_000

const began = performance.now()
const rows: Row[] = []
const add = (...given: readonly Row[]): void => {
  for (const row of given) {
    rows.push(row)
    printRow(row)
  }
}

const measureIdle = async (pid: number): Promise<Row[]> => {
  await pause(SETTLING)
  const before = cpuOf(pid)
  await pause(IDLE)
  const used = (cpuOf(pid) - before) / 1000
  const share = used / IDLE
  const resident = residentOf(pid)
  return [
    {
      what: 'CPU, idle',
      baseline: '',
      ours: `${used.toFixed(1)} ms in ${IDLE / 1000} s`,
      ratio: `${(share * 100).toFixed(2)} % of a core`,
      target: 'none (< 0.1 %)',
      met: share < 0.001,
    },
    {
      what: 'memory, idle',
      baseline: '',
      ours: `${resident.toFixed(0)} MB`,
      ratio: '',
      target: '≤ 90 MB',
      met: resident <= 90,
    },
  ]
}

const measureCommits = async (worker: Worker): Promise<Row> => {
  const pairs: { full: number; ours: number }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const full = await worker.run('commits', { side: 'full', milliseconds: MILLISECONDS })
    const ours = await worker.run('commits', { side: 'ours', milliseconds: MILLISECONDS })
    pairs.push({ full: full.count / full.seconds, ours: ours.count / ours.seconds })
  }
  return {
    what: 'commits, 16 writers',
    baseline: `${median(pairs.map((pair) => pair.full)).toFixed(0)}/s`,
    ours: `${median(pairs.map((pair) => pair.ours)).toFixed(0)}/s`,
    ratio: `${median(pairs.map((pair) => pair.ours / pair.full)).toFixed(1)} × \`synchronous=FULL\``,
    target: '',
    met: null,
    note: 'each acknowledged after a sync of the disk; ours share theirs, and leave the thread free meanwhile. How much that gains depends on how long the disk takes.',
  }
}

const measureStart = async (options: Parameters<typeof startTimes>[0]): Promise<Row> => {
  const pairs = await startTimes(options)
  const ratio = median(pairs.map((pair) => pair.ours / pair.bare))
  return {
    what: 'start to first answer',
    baseline: `${median(pairs.map((pair) => pair.bare)).toFixed(0)} ms`,
    ours: `${median(pairs.map((pair) => pair.ours)).toFixed(0)} ms`,
    ratio: `${ratio.toFixed(1)} × bare \`node:http\``,
    target: '≤ 5 ×',
    met: ratio <= 5,
    note: 'from spawning the process to the first 200 of `/-/health/live/`, compiled code and database there already.',
  }
}

const measureFlows = async (worker: Worker, all: string | null): Promise<Row[]> => {
  const house = await startFlowHouse()
  try {
    const { gatehouse } = house
    const pid = gatehouse.pid()
    const alone = (one: number): void => {
      if (all !== null) pin(one, '0')
    }
    const others = (cores: string): void => {
      if (all !== null) for (const one of [worker.pid, process.pid]) pin(one, cores)
    }
    alone(pid)
    others('1')
    const rounds = { rounds: ROUNDS, milliseconds: MILLISECONDS }
    const rows = await measurePage({ pid, worker, alone }, gatehouse.url, rounds)
    rows.push(await measureSimulation(house), ...(await measureSameTime(house, worker)))
    if (all !== null) pin(pid, all)
    others(all ?? '')
    rows.push(await measureCodeSignIns(house, worker, SIGN_INS))
    return rows
  } finally {
    await house.stop()
  }
}

const house = await startHouse()
const worker = startWorker()
try {
  const { gatehouse } = house
  // As a server starts on any day but its first: its people are there, their passwords hashed.
  await gatehouse.kill('SIGTERM')
  await gatehouse.restart()
  const pid = gatehouse.pid()
  const all = `0-${availableParallelism() - 1}`
  const others = availableParallelism() > 2 ? `1-${availableParallelism() - 1}` : '1'
  const pinned = availableParallelism() > 1 && pin(pid, '0') && pin(worker.pid, others) && pin(process.pid, others)
  const alone = (one: number): void => {
    if (pinned) pin(one, '0')
  }
  add(...(await measureIdle(pid)))

  const shots = await openShots(gatehouse.url)
  const server = { pid, worker, alone }
  const rounds = { rounds: ROUNDS, milliseconds: MILLISECONDS }
  for (const [what, shot] of Object.entries(shots.cheap)) add(await measureCheap(server, what, shot, rounds))
  for (const id of ['rs', 'es'] as const) add(await measureToken(server, shots, id, rounds))
  for (const id of ['rs', 'es'] as const) add(...(await measureCodes(server, shots, id, rounds)))
  if (pinned) for (const one of [pid, worker.pid, process.pid]) pin(one, all)
  add(...(await measureSignIns({ url: gatehouse.url, pid, worker }, SIGN_INS)))
  await pause(SETTLING)
  const after = `${residentOf(pid).toFixed(0)} MB`
  add({ what: 'memory, after the load', baseline: '', ours: after, ratio: '', target: '', met: null })
  await gatehouse.kill('SIGTERM')

  add(...(await measureFlows(worker, pinned ? all : null)))
  add(await measureCommits(worker))
  const { environment, url } = gatehouse
  add(await measureStart({ environment, url, program: house.program, barePort: await freePort(), rounds: STARTS }))
  const size = installSize(root)
  add({
    what: 'install, production packages',
    baseline: '',
    ours: `${size.packages.toFixed(0)} MB`,
    ratio: '',
    target: '≤ 60 MB',
    met: size.packages <= 60,
    note: `as they lie on the disk, without Node itself (${size.node.toFixed(0)} MB where npm brought it).`,
  })
  writeResults(rows, {
    pinned,
    rounds: ROUNDS,
    signInRounds: SIGN_INS.rounds,
    seconds: (performance.now() - began) / 1000,
  })
} finally {
  worker.stop()
  await house.stop()
}
