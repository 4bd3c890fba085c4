/**
 * JupyterHub with oauthenticator, in Chromium, both sides configured by what docs/guides/jupyterhub.md prints: names,
 * groups and administrators, the way out, and who must stay out.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { openTab, type Person, type Tab } from '../../journeys/tab.ts'
import { openBrowser } from '../../support/browser.ts'
import { freePort, startGatehouse } from '../../support/gatehouse.ts'
import { installClient } from '../install-client.ts'
import { guide, startHub } from './start-hub.ts'

const requirements = path.join(import.meta.dirname, 'requirements.txt')
const client = installClient('jupyterhub', {
  requirements,
  packages: ['configurable-http-proxy@5.3.0'],
})
const browser = await openBrowser()
after(() => browser?.close())
const skip = (client === null && 'needs python3-venv, PyPI and npm') || (browser === null && 'needs Debian packages')

const HUB = readFileSync(requirements, 'utf8')
  .split('\n')
  .filter((line) => /^(jupyterhub|oauthenticator)==/.test(line))
  .map((line) => line.replace('==', ' '))
  .join(' with ')
const PASSWORD = 'a quiet long passphrase'
const WITHIN = 30_000

type Groups = { readonly [name: string]: readonly string[] | 'switched off' }

const people = (groups: Groups): string =>
  Object.entries(groups)
    .map(([name, of]) => {
      const membership = of === 'switched off' ? 'groups: [scientists], active: false' : `groups: [${of.join(', ')}]`
      return `  ${name}: { name: ${name} Example, email: ${name}@example.com, ${membership}, password: { value: ${PASSWORD} } }`
    })
    .join('\n')

const start = async (context: TestContext) => {
  if (!client || !browser) throw new Error('not installed')
  const port = await freePort()
  const hubUrl = `http://localhost:${port}`
  const secret = randomBytes(24).toString('base64url')
  const everybody: Groups = { ana: ['hub-admins'], ben: ['scientists'], eve: [] }
  const config = (groups: Groups) =>
    `${guide('yaml', { gatehouse: '{url}', hub: hubUrl })}\nusers:\n${people({ ...everybody, ...groups })}\n`
  const gatehouse = await startGatehouse(context, {
    config: config({}),
    environment: { JUPYTERHUB_SECRET: secret },
  })
  const hub = await startHub(context, client, { gatehouse: gatehouse.url, port, secret })
  const visit = async (username: string): Promise<Tab> => {
    const context_ = await browser.newContext()
    context.after(() => context_.close())
    const person: Person = { username, password: PASSWORD }
    return openTab(await context_.newPage(), person, null)
  }
  /** From the hub's own page to Gatehouse and, where they are let in, back. */
  const enter = async (tab: Tab): Promise<void> => {
    await tab.open(`${hub.url}/hub/login`)
    await tab.press('a:has-text("Gatehouse")')
    await tab.signIn()
  }
  /** What Gatehouse is told to say of people from now on. */
  const change = (groups: Groups) => gatehouse.writeConfig(config(groups))
  return { hub, visit, enter, change }
}

/** Loads a page of the hub until it is as wished: the hub asks Gatehouse again when what it knows has aged. */
const becomes = async (tab: Tab, address: string, isSo: () => Promise<boolean>): Promise<void> => {
  const began = performance.now()
  for (await tab.open(address); !(await isSo()); await tab.open(address)) {
    assert.ok(performance.now() - began < WITHIN, `${tab.page.url()}\n${await tab.page.innerText('body')}`)
  }
}

test(`${HUB}: signs a person in to JupyterHub by name, in their groups, and makes no administrator of them`, {
  skip,
}, async (context) => {
  const { hub, visit, enter } = await start(context)
  const tab = await visit('ben')
  await enter(tab)
  assert.equal(tab.page.url(), `${hub.url}/hub/home`)
  assert.match(await tab.page.innerText('body'), /\bben\b/)
  const { name, admin, groups } = (await hub.user('ben')) ?? assert.fail('the hub knows no ben')
  assert.deepEqual({ name, admin, groups }, { name: 'ben', admin: false, groups: ['Scientists'] })
  assert.equal((await tab.page.goto(`${hub.url}/hub/admin`))?.status(), 403)
})

test(`${HUB}: makes administrators of the members of the group, and ends that when they leave it`, {
  skip,
}, async (context) => {
  const { hub, visit, enter, change } = await start(context)
  const tab = await visit('ana')
  await enter(tab)
  assert.equal((await tab.page.goto(`${hub.url}/hub/admin`))?.status(), 200)
  const made = (await hub.user('ana')) ?? assert.fail('the hub knows no ana')
  assert.deepEqual([made.admin, made.groups], [true, ['Hub admins']])
  change({ ana: ['scientists'] })
  await becomes(tab, `${hub.url}/hub/home`, async () => (await hub.user('ana'))?.admin === false)
  assert.deepEqual((await hub.user('ana'))?.groups, ['Scientists'])
})

test(`${HUB}: signing out of JupyterHub leads to a sign-out of Gatehouse and back, and the next time asks who it is`, {
  skip,
}, async (context) => {
  const { hub, visit, enter } = await start(context)
  const tab = await visit('ben')
  await enter(tab)
  await tab.open(`${hub.url}/hub/logout`)
  await tab.standsAt('/if/flow/sign-out/')
  await tab.press('button[name="confirm"], button.main')
  assert.equal(tab.page.url(), `${hub.url}/hub/login`)
  await tab.press('a:has-text("Gatehouse")')
  await tab.finds('input[name="username"]')
})

test(`${HUB}: who may not open JupyterHub is told so by Gatehouse, and the hub never hears of them`, {
  skip,
}, async (context) => {
  const { hub, visit, enter } = await start(context)
  const tab = await visit('eve')
  await enter(tab)
  assert.ok(!tab.page.url().startsWith(hub.url), tab.page.url())
  await tab.sees('This is not open to you')
  assert.equal(await hub.user('eve'), null)
  await tab.open(`${hub.url}/hub/home`)
  assert.match(tab.page.url(), /\/hub\/login/)
})

test(`${HUB}: who is switched off in Gatehouse is out of JupyterHub when it asks the next time`, {
  skip,
}, async (context) => {
  const { hub, visit, enter, change } = await start(context)
  const tab = await visit('ben')
  await enter(tab)
  await tab.open(`${hub.url}/hub/home`)
  assert.equal(tab.page.url(), `${hub.url}/hub/home`)
  change({ ben: 'switched off' })
  await becomes(tab, `${hub.url}/hub/home`, async () => /\/hub\/login/.test(tab.page.url()))
})
