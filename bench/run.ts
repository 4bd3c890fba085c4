/**
 * `npm run bench`: ours beside a bare `node:http` answer of the same body, and beside this CPU's signing limit, in one
 * run and in turns. What is compared is the server's own CPU time a request, the steadiest figure of a shared machine;
 * load and server share its cores. Writes bench/results.md.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { postForm } from '../test/support/fetch-json.ts'
import { FormBrowser } from '../test/support/form-browser.ts'
import { root, startGatehouse } from '../test/support/gatehouse.ts'
import { signIn } from '../test/support/sign-in.ts'
import { load, type Shot } from './load.ts'

const ROUNDS = 3
const MILLISECONDS = 1_500
const IN_FLIGHT = 16
const TICK = 10_000

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const redirect = 'https://bench.example.com/callback'
const application = (id: string, key: string) => `
  ${id}:
    name: ${id}
    providers:
      oidc:
        client_id: ${id}
        client_secret: { value: bench-secret }
        redirect_uris: [${redirect}]
        signing_key: ${key}
        grant_types: [authorization_code, refresh_token, client_credentials]`
const config = `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
applications:${application('es', 'default-es256')}${application('rs', 'default-rs256')}
`

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Microseconds of CPU that a process has used. */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK
}
const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

type Seen = { readonly cpu: number; readonly perSecond: number; readonly p99: number }

const measure = async (pid: number, shot: Shot): Promise<Seen> => {
  const before = cpuOf(pid)
  const seen = await load(shot, IN_FLIGHT, MILLISECONDS)
  const requests = seen.perSecond * (MILLISECONDS / 1000)
  return { cpu: (cpuOf(pid) - before) / requests, perSecond: seen.perSecond, p99: seen.p99 }
}

const startBare = (body: string): Promise<{ child: ChildProcess; url: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'bare-server.ts'), body], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout?.once('data', (chunk: Buffer) =>
      resolve({ child, url: `http://127.0.0.1:${String(chunk).trim().split(' ')[1]}/` }),
    )
  })

const signsPerSecond = (algorithm: 'RS256' | 'ES256'): number => {
  const pair =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  const input = Buffer.alloc(700, 'a')
  const settings =
    algorithm === 'RS256' ? { key, padding: constants.RSA_PKCS1_PADDING } : { key, dsaEncoding: 'ieee-p1363' as const }
  const began = performance.now()
  let count = 0
  for (; performance.now() - began < 1_000; count += 1) sign('sha256', input, settings)
  return count
}

const rows: string[] = []
const row = (...cells: string[]): void => {
  rows.push(`| ${cells.join(' | ')} |`)
  console.log(cells.join('  '))
}

const endings: (() => unknown)[] = []
const gatehouse = await startGatehouse({ after: (end) => endings.push(end as () => unknown) }, { config })
const pid = gatehouse.pid()
const idle = residentMiB(pid)
const o = `${gatehouse.url}/application/o`
const basic = (id: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:bench-secret`).toString('base64')}`,
  'content-type': 'application/x-www-form-urlencoded',
})

const browser = new FormBrowser({ stopAt: (url) => url.href.startsWith(redirect) })
const authorize = `${o}/authorize/?${new URLSearchParams({ client_id: 'es', redirect_uri: redirect, response_type: 'code', scope: 'openid profile email', state: 's' })}`
await browser.open(authorize)
const code = (await signIn(browser, ana)).url.searchParams.get('code') ?? ''
const exchange = {
  grant_type: 'authorization_code',
  code,
  redirect_uri: redirect,
  client_id: 'es',
  client_secret: 'bench-secret',
}
const token = (await postForm(`${o}/token/`, exchange)).body.access_token
const cookie = `gatehouse_session=${browser.cookie(gatehouse.url, 'gatehouse_session')}`

const cheap: [string, Shot][] = [
  ['discovery', { method: 'GET', url: `${o}/es/.well-known/openid-configuration`, status: 200 }],
  ['JWKS', { method: 'GET', url: `${o}/es/jwks/`, status: 200 }],
  ['userinfo', { method: 'GET', url: `${o}/userinfo/`, headers: { authorization: `Bearer ${token}` }, status: 200 }],
  [
    'introspection',
    { method: 'POST', url: `${o}/introspect/`, headers: basic('es'), body: `token=${token}`, status: 200 },
  ],
]
for (const [name, shot] of cheap) {
  const answer = await fetch(shot.url, {
    method: shot.method,
    headers: shot.headers ?? {},
    ...(shot.body === undefined ? {} : { body: shot.body }),
  })
  const bare = await startBare(await answer.text())
  const ours: Seen[] = []
  const baseline: Seen[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    baseline.push(await measure(bare.child.pid ?? 0, { ...shot, url: bare.url }))
    ours.push(await measure(pid, shot))
  }
  bare.child.kill()
  const [a, b] = [median(baseline.map((one) => one.cpu)), median(ours.map((one) => one.cpu))]
  row(name, `${a.toFixed(0)} µs`, `${b.toFixed(0)} µs`, `${((a / b) * 100).toFixed(0)} % of bare`, '≥ 60 %')
}
for (const [id, algorithm] of [
  ['rs', 'RS256'],
  ['es', 'ES256'],
] as const) {
  const limits: number[] = []
  const ours: Seen[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    limits.push(signsPerSecond(algorithm))
    ours.push(
      await measure(pid, {
        method: 'POST',
        url: `${o}/token/`,
        headers: basic(id),
        body: 'grant_type=client_credentials',
        status: 200,
      }),
    )
  }
  const [limit, cpu] = [median(limits), median(ours.map((one) => one.cpu))]
  const perCore = 1e6 / cpu
  const target = algorithm === 'RS256' ? '≥ 60 % of signing' : '≥ 3,000/s a core'
  row(
    `token ${algorithm}`,
    `${limit.toFixed(0)} signatures/s`,
    `${perCore.toFixed(0)}/s a core`,
    `${((perCore / limit) * 100).toFixed(0)} % of signing`,
    target,
  )
}
const silent: Seen[] = []
for (let round = 0; round < ROUNDS; round += 1)
  silent.push(await measure(pid, { method: 'GET', url: authorize, headers: { cookie }, status: 302 }))
row('silent sign-on', '', `${(1e6 / median(silent.map((one) => one.cpu))).toFixed(0)}/s a core`, '', '≥ 1,000/s a core')
row('resident, idle', '', `${idle.toFixed(0)} MiB`, '', '≤ 90 MB')
row('resident, after load', '', `${residentMiB(pid).toFixed(0)} MiB`, '', '')
for (const end of endings) await end()

const page = `# Bench

\`npm run bench\` on ${cpus()[0]?.model ?? 'an unknown CPU'}, ${cpus().length} cores shared with the load and with whatever else runs there,
Node ${process.version}, SQLite, ${new Date().toISOString().slice(0, 10)}. CPU time a request of the server alone, medians of ${ROUNDS} rounds in turns. Read them as ratios.

| measured | baseline | ours | ratio | aimed at |
|---|---|---|---|---|
${rows.join('\n')}
`
writeFileSync(path.join(root, 'bench', 'results.md'), page)
