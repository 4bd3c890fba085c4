/** What flows cost: a page, a whole sign-in with a second factor, a simulation; and whether time tells who has an account. */

import type { FlowHouse } from './flow-house.ts'
import { authorizeAt, password, redirect } from './house.ts'
import { measureCheap, type Rounds, type Server } from './measure-requests.ts'
import { cpuOf } from './process-figures.ts'
import { median, percent, type Row } from './results.ts'
import type { Worker } from './start-worker.ts'

const SIMULATIONS = 40
const STAGES = 30
const PAGE = 30 * 1024
const LANES = 16

/** Bytes of a body as they came over the wire. */
const transferred = async (answer: Response): Promise<number> => {
  await answer.arrayBuffer()
  return Number(answer.headers.get('content-length'))
}

/** The first page of the sign-in, with all that a browser loads for it. */
export const measurePage = async (server: Server, url: string, rounds: Rounds): Promise<Row[]> => {
  const shot = { method: 'GET', url: `${url}/if/flow/sign-in/`, headers: { accept: 'text/html' }, status: 200 } as const
  const page = await (await fetch(shot.url, { headers: shot.headers })).text()
  const loaded = [...page.matchAll(/<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"/g)].map(([, at = '']) => at)
  const sizes = await Promise.all(
    loaded.map(async (at) => transferred(await fetch(new URL(at, shot.url), { headers: { 'accept-encoding': 'br' } }))),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, Buffer.byteLength(page))
  return [
    await measureCheap(server, 'sign-in page', shot, rounds, 0.3),
    {
      what: 'sign-in page, all of it',
      baseline: '',
      ours: `${(bytes / 1024).toFixed(1)} KiB`,
      ratio: '',
      target: '≤ 30 KiB',
      met: bytes <= PAGE,
      note: 'as a browser gets it: the page as it is, its styles, scripts and pictures compressed.',
    },
  ]
}

export const measureCodeSignIns = async (
  { gatehouse, people }: FlowHouse,
  worker: Worker,
  { rounds, milliseconds }: Rounds,
): Promise<Row> => {
  const pid = gatehouse.pid()
  const options = { authorize: authorizeAt(gatehouse.url, 'es'), redirect, people, lanes: LANES }
  await worker.run('codeSignIns', { ...options, milliseconds })
  const seen: { limit: number; ours: number; rate: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const { cpu } = await worker.run('argon2Limit', { password, milliseconds })
    const before = cpuOf(pid)
    const done = await worker.run('codeSignIns', { ...options, milliseconds })
    seen.push({ limit: cpu, ours: (cpuOf(pid) - before) / done.count, rate: done.count / done.seconds })
  }
  const ratio = median(seen.map((one) => one.limit / one.ours))
  return {
    what: 'sign-in with a code',
    baseline: `${(median(seen.map((one) => one.limit)) / 1000).toFixed(1)} ms`,
    ours: `${(median(seen.map((one) => one.ours)) / 1000).toFixed(1)} ms`,
    ratio: `${percent(ratio)} of argon2`,
    target: '≥ 85 %',
    met: ratio >= 0.85,
    note: `password, code of an authenticator app and session, every page of it; ${median(seen.map((one) => one.rate)).toFixed(0)} a second.`,
  }
}

/** Thirty stages in a row, each with a condition that is judged. */
const longFlow = () => {
  const nodes: Record<string, object> = {}
  for (let at = 1; at < STAGES - 2; at += 1) {
    nodes[`say${at}`] = {
      stage: 'message',
      settings: {},
      next: {
        ok: [
          { to: 'deny', when: `request.ip == "192.0.2.${at}"` },
          { to: at === STAGES - 3 ? 'password' : `say${at + 1}` },
        ],
      },
    }
  }
  return {
    name: 'Thirty stages',
    purpose: 'sign_in',
    start: 'say1',
    nodes: {
      ...nodes,
      password: {
        stage: 'password',
        settings: { ask_username: true },
        next: { ok: [{ to: 'user-login' }], failed: [{ to: 'deny' }], cancelled: [{ to: 'deny' }] },
      },
      'user-login': { stage: 'user-login', settings: {}, next: { ok: [{ to: 'end' }] } },
      deny: { stage: 'deny', settings: {}, next: {} },
    },
  }
}

export const measureSimulation = async ({ gatehouse, people, token }: FlowHouse): Promise<Row> => {
  const body = JSON.stringify({ user: people[0]?.username, application: 'es', draft: longFlow() })
  const once = async (): Promise<number> => {
    const answer = await fetch(`${gatehouse.url}/api/v1/flows/sign-in/simulate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    })
    if (!answer.ok) throw new Error(`simulating answered ${answer.status}: ${await answer.text()}`)
    return ((await answer.json()) as { path: unknown[] }).path.length
  }
  for (let warm = 0; warm < SIMULATIONS; warm += 1) await once()
  const before = cpuOf(gatehouse.pid())
  let steps = 0
  for (let count = 0; count < SIMULATIONS; count += 1) steps = await once()
  const each = (cpuOf(gatehouse.pid()) - before) / SIMULATIONS / 1000
  return {
    what: 'simulation of 30 stages',
    baseline: '',
    ours: `${each.toFixed(1)} ms`,
    ratio: '',
    target: '≤ 20 ms',
    met: each <= 20,
    note: `CPU time of one call of the API with a draft of ${STAGES} stages: compiled, linted, walked over ${steps} of them, told.`,
  }
}

const STEPS = { name: 'a name is typed', password: 'a wrong password is typed' } as const
const TRIES = { name: 1_500, password: 480 } as const

export const measureSameTime = async ({ gatehouse, people }: FlowHouse, worker: Worker): Promise<Row[]> => {
  const rows: Row[] = []
  for (const step of ['name', 'password'] as const) {
    const told = await worker.run('sameTime', {
      authorize: authorizeAt(gatehouse.url, 'es'),
      known: people.map(({ username }) => username),
      step,
      tries: TRIES[step],
    })
    const off = Math.abs(told.longer - 0.5)
    rows.push({
      what: `${STEPS[step]}`,
      baseline: `${told.unknown.toFixed(2)} ms for nobody`,
      ours: `${told.known.toFixed(2)} ms for somebody`,
      ratio: `longer in ${(told.longer * 100).toFixed(1)} % of pairs`,
      target: `50 ± ${(told.chance * 100).toFixed(1)} %`,
      met: off <= told.chance,
      note: `${TRIES[step] * 2} tries in random order; the bound is where 99 of 100 runs end that tell nothing.`,
    })
  }
  return rows
}
