/**
 * A whole house carried over by the command line alone (DESIGN §10): what was exported, wiped and applied again exports
 * the same bytes, and people and applications come in as before.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { postForm } from '../support/fetch-json.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { root, startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'
import { postgresDatabase } from '../support/stores.ts'
import { withinASecond } from './within-a-second.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const client = { client_id: 'wiki', client_secret: 'wiki-secret-of-long-standing' }
const callback = 'https://wiki.example.com/callback'
const first = `
groups:
  staff: { name: Staff }
  writers: { name: "Writers: \\u201call\\u201d", parents: [staff] }
users:
  ana:
    name: "Ana Exämple #1"
    email: ana@example.com
    groups: [writers]
    attributes: { team: docs, "odd: key": ["yes", "1e3", "null", ""] }
    password: { value: ${ana.password} }
  ben: { name: Ben, active: false }
applications:
  wiki:
    name: Wiki
    providers:
      oidc:
        client_id: ${client.client_id}
        client_secret: { value: ${client.client_secret} }
        redirect_uris: [${callback}]
    access: { allow: { groups: [staff] } }
`

type Environment = Readonly<Record<string, string>>

/** Where one house lives; all of them share the secret key, without which sealed secrets are noise. */
const openPlaces = (context: TestContext) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-carry-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const common = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    GATEHOUSE_SECRET_KEY: randomBytes(36).toString('base64'),
  }
  let houses = 0
  const place = async (engine: 'sqlite' | 'postgres'): Promise<Environment> => {
    houses += 1
    const here = { ...common, GATEHOUSE_DATA_DIR: path.join(folder, `house-${houses}`) }
    if (engine === 'sqlite') return here
    const database = await postgresDatabase()
    context.after(() => database.drop())
    return { ...here, GATEHOUSE_DATABASE_URL: database.url }
  }
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name)
    writeFileSync(file, text)
    return file
  }
  return { place, write }
}

const run = (env: Environment, ...args: string[]): string => {
  const ran = spawnSync(process.execPath, ['src/cli/main.ts', ...args], { cwd: root, env, encoding: 'utf8' })
  assert.equal(ran.status, 0, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

/** Signs in to the application and exchanges the code with its secret. */
const useWiki = async (url: string): Promise<void> => {
  const browser = new FormBrowser({ stopAt: (at) => at.href.startsWith(callback) })
  const asked = { client_id: client.client_id, redirect_uri: callback, response_type: 'code', scope: 'openid' }
  await browser.open(`${url}/application/o/authorize/?${new URLSearchParams(asked)}`)
  const arrived = await signIn(browser, ana)
  const code = arrived.url.searchParams.get('code') ?? ''
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: callback, ...client }
  assert.equal((await postForm(`${url}/application/o/token/`, exchange)).status, 200)
}

for (const [from, to] of [
  ['sqlite', 'sqlite'],
  ['postgres', 'postgres'],
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
] as const) {
  test(`exported from ${from}, wiped and applied on ${to}: the same export, byte for byte`, async (context) => {
    const { place, write } = openPlaces(context)
    const [before, after] = [await place(from), await place(to)]
    run(before, 'apply', write('first.yaml', first), '--yes')
    const exported = run(before, 'export', '--secrets', 'sealed')
    for (const secret of [ana.password, client.client_secret]) assert.ok(!exported.includes(secret))
    run(after, 'apply', write('carried.yaml', exported), '--yes')
    assert.equal(run(after, 'export', '--secrets', 'sealed'), exported)
    // And once more over itself: an export says nothing new to the house it came from.
    assert.match(run(after, 'plan', write('carried.yaml', exported)), /nothing/i)
  })
}

test('what was carried over lets the same people in with the same passwords and secrets', async (context) => {
  const { place, write } = openPlaces(context)
  const [before, after] = [await place('sqlite'), await place('postgres')]
  run(before, 'apply', write('first.yaml', first), '--yes')
  run(after, 'apply', write('carried.yaml', run(before, 'export', '--secrets', 'sealed')), '--yes')
  const gatehouse = await startGatehouse(context, { environment: after })
  await useWiki(gatehouse.url)
})

test('what is applied beside a running server opens there within a second, keys and all', async (context) => {
  const { place, write } = openPlaces(context)
  const [before, after] = [await place('sqlite'), await place('sqlite')]
  run(before, 'apply', write('first.yaml', first), '--yes')
  const carried = write('carried.yaml', run(before, 'export', '--secrets', 'sealed'))
  const gatehouse = await startGatehouse(context, { environment: after })
  run(after, 'apply', carried, '--yes')
  const discovery = `${gatehouse.url}/application/o/wiki/.well-known/openid-configuration`
  await withinASecond('the application is there', async () => (await fetch(discovery)).ok)
  await useWiki(gatehouse.url)
})

test('sealed secrets are refused under another secret key, and nothing is applied', async (context) => {
  const { place, write } = openPlaces(context)
  const [before, after] = [await place('sqlite'), await place('sqlite')]
  run(before, 'apply', write('first.yaml', first), '--yes')
  const carried = write('carried.yaml', run(before, 'export', '--secrets', 'sealed'))
  const stranger = { ...after, GATEHOUSE_SECRET_KEY: randomBytes(36).toString('base64') }
  const ran = spawnSync(process.execPath, ['src/cli/main.ts', 'apply', carried, '--yes'], {
    cwd: root,
    env: stranger,
    encoding: 'utf8',
  })
  assert.equal(ran.status, 1, ran.stdout)
  assert.match(ran.stderr, /secret key/i)
  assert.ok(!run(stranger, 'export').includes('wiki'))
})
