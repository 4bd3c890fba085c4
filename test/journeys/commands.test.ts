/**
 * The command line as an administrator uses it beside a running server and without one: the way back in, the reason for
 * a yes or no, and a first start that no person attends.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fetchJson } from '../support/fetch-json.ts'
import { FormBrowser, type Page } from '../support/form-browser.ts'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'

const admin = { username: 'akadmin', password: 'a quiet long passphrase' }
const bootstrapped = { environment: { GATEHOUSE_BOOTSTRAP_PASSWORD: admin.password } }
const SETUP_LINK = /http:\S+\/if\/flow\/initial-setup\/\?token=\S+/

const run = (gatehouse: Gatehouse, ...args: string[]) =>
  spawnSync(process.execPath, ['src/cli/main.ts', ...args], { cwd: root, env: gatehouse.environment, encoding: 'utf8' })

const recoveryLink = (gatehouse: Gatehouse, login: string): string => {
  const ran = run(gatehouse, 'recover', login)
  assert.equal(ran.status, 0, ran.stderr)
  const [link = ''] = ran.stdout.match(/http:\S+/) ?? []
  assert.ok(link.startsWith(`${gatehouse.url}/recovery/use-token/`), ran.stdout)
  return link
}

/** Opens a recovery link and presses its button. */
const use = async (link: string): Promise<Page> => {
  const browser = new FormBrowser()
  const shown = await browser.open(link)
  assert.equal(shown.status, 200)
  return browser.submit()
}

const signInAt = async (gatehouse: Gatehouse, person: { username: string; password: string }): Promise<Page> => {
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/user/`)
  return signIn(browser, person)
}

test('`gatehouse recover` refuses whoever is unknown or switched off, and prints no link', async (context) => {
  const gatehouse = await startGatehouse(context, { config: 'users:\n  ben: { name: Ben, active: false }\n' })
  for (const [args, code, says] of [
    [['recover', 'nobody'], 1, /Nobody is called "nobody"/],
    [['recover', 'ben'], 1, /switched off/],
    [['recover'], 2, /usage/],
    [['recover', 'ben', 'too', 'many'], 2, /usage/],
  ] as const) {
    const ran = run(gatehouse, ...args)
    assert.equal(ran.status, code, ran.stderr)
    assert.match(ran.stderr, says)
    assert.equal(ran.stdout, '')
  }
})

test('G03 `gatehouse recover` prints a link that signs in once, and an older link is dead', async (context) => {
  const gatehouse = await startGatehouse(context, bootstrapped)
  const overtaken = recoveryLink(gatehouse, admin.username)
  const link = recoveryLink(gatehouse, admin.username)
  assert.equal((await use(overtaken)).status, 403)
  const inside = await use(link)
  assert.equal(inside.url.pathname, '/if/user/')
  assert.match(inside.text, /akadmin|Administrator/)
  assert.equal((await use(link)).status, 403)
})

test('`gatehouse recover` works while no server runs; the link opens once one does', async (context) => {
  const gatehouse = await startGatehouse(context, bootstrapped)
  await gatehouse.kill('SIGTERM')
  const link = recoveryLink(gatehouse, admin.username)
  await gatehouse.restart()
  assert.equal((await use(link)).url.pathname, '/if/user/')
})

test('`gatehouse why` tells who may open an application, and what would let the others in', async (context) => {
  const gatehouse = await startGatehouse(context, {
    config: `
groups:
  staff: { name: Staff }
users:
  ana: { name: Ana, groups: [staff] }
  ben: { name: Ben }
  eve: { name: Eve, groups: [staff], active: false }
applications:
  wiki: { name: Wiki, access: { allow: { groups: [staff] } } }
  vault: { name: Vault, access: { allow: { groups: [staff] }, assurance: { mfa: required } } }
`,
  })
  const member = 'as a member of staff. [groups = ["staff"], wanted = ["staff"]]'
  for (const [args, code, lines] of [
    [['ana', 'wiki'], 0, ['ana may open Wiki.', 'yes  ana is active.', `yes  ana may open it, ${member}`]],
    [
      ['ana', 'vault'],
      0,
      [
        'ana may open Vault once the sign-in is strong enough.',
        'yes  ana is active.',
        `yes  ana may open it, ${member}`,
        'no   Two factors are asked for, and not proven. [methods = ["pwd"]]',
        'What would let them in: Prove a second factor.',
      ],
    ],
    [
      ['ben', 'wiki'],
      1,
      [
        'ben may not open Wiki.',
        'yes  ben is active.',
        'no   ben is not among those who may open it. [groups = [], wanted = ["staff"]]',
        'What would let them in: Add ben to the group staff.',
      ],
    ],
    [
      ['eve', 'wiki'],
      1,
      [
        'eve may not open Wiki.',
        'no   eve is switched off.',
        `yes  eve may open it, ${member}`,
        'What would let them in: Switch eve on again.',
      ],
    ],
  ] as const) {
    const ran = run(gatehouse, 'why', ...args)
    assert.equal(ran.stdout, `${lines.join('\n')}\n`, ran.stderr)
    assert.equal(ran.status, code)
  }
  for (const [args, code, says] of [
    [['nobody', 'wiki'], 1, /Nobody is called/],
    [['ana', 'nothing'], 1, /no application "nothing"/],
    [['ana'], 2, /usage/],
  ] as const) {
    const ran = run(gatehouse, 'why', ...args)
    assert.equal(ran.status, code)
    assert.match(ran.stderr, says)
  }
})

test('a house set up by its environment asks nobody: password, address and token are the first ones only', async (context) => {
  const token = 'a-token-of-the-deployment-0123456789'
  const environment = {
    GATEHOUSE_BOOTSTRAP_PASSWORD: admin.password,
    GATEHOUSE_BOOTSTRAP_EMAIL: 'root@example.org',
    GATEHOUSE_BOOTSTRAP_TOKEN: token,
  }
  const gatehouse = await startGatehouse(context, { environment })
  assert.doesNotMatch(gatehouse.output(), /initial-setup/)
  assert.equal((await signInAt(gatehouse, admin)).url.pathname, '/if/user/')
  const me = await fetchJson<object>(`${gatehouse.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(me.status, 200)
  for (const known of ['akadmin', 'root@example.org']) assert.ok(JSON.stringify(me.body).includes(known))
  for (const secret of [admin.password, token]) assert.ok(!gatehouse.output().includes(secret))

  await gatehouse.kill('SIGTERM')
  const again = await startGatehouse(context, {
    folder: gatehouse.folder,
    environment: {
      GATEHOUSE_BOOTSTRAP_PASSWORD: 'another quiet long passphrase',
      GATEHOUSE_BOOTSTRAP_TOKEN: 'another-token-0123456789',
    },
  })
  const refused = await fetch(`${again.url}/api/v1/me`, {
    headers: { authorization: 'Bearer another-token-0123456789' },
  })
  assert.equal(refused.status, 401)
  assert.equal((await signInAt(again, admin)).url.pathname, '/if/user/')
})

test('G10 the set-up link is dead after use, also in a form that was open before', async (context) => {
  const gatehouse = await startGatehouse(context)
  const [link] = await gatehouse.printed(SETUP_LINK)
  const [first, second] = [new FormBrowser(), new FormBrowser()]
  await first.open(link)
  await second.open(link)
  const fields = { email: 'root@example.com', password: admin.password, password_repeat: admin.password }
  assert.equal((await first.submit(fields)).url.pathname, '/if/user/')
  const late = await second.submit({ ...fields, username: 'intruder' })
  assert.ok(late.status >= 400, `answered ${late.status}`)
  assert.equal(second.cookie(gatehouse.url, 'gatehouse_session'), undefined)
  assert.equal((await new FormBrowser().open(link)).status, 403)
  const intruder = await signInAt(gatehouse, { username: 'intruder', password: admin.password })
  assert.notEqual(intruder.url.pathname, '/if/user/')
})

test('G10 set-up stays shut when its administrator is gone and the server starts again', async (context) => {
  const gatehouse = await startGatehouse(context)
  const [link] = await gatehouse.printed(SETUP_LINK)
  const browser = new FormBrowser()
  await browser.open(link)
  await browser.submit({ email: 'root@example.com', password: admin.password, password_repeat: admin.password })
  const headers = {
    authorization: `Bearer ${run(gatehouse, 'token', admin.username).stdout.trim()}`,
    'content-type': 'application/json',
  }
  // Somebody else has to administer it, or the account could not be taken away at all.
  const heir = await fetchJson<object>(`${gatehouse.url}/api/v1/users/olga`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ name: 'Olga', groups: ['admins'], password: { value: admin.password } }),
  })
  assert.equal(heir.status, 201, JSON.stringify(heir.body))
  const gone = await fetch(`${gatehouse.url}/api/v1/users/akadmin`, { method: 'DELETE', headers })
  assert.equal(gone.status, 204, await gone.text())
  await gatehouse.kill('SIGTERM')
  await gatehouse.restart()
  assert.doesNotMatch(gatehouse.output(), /initial-setup/)
  const answer = await new FormBrowser().open(link)
  assert.equal(answer.status, 403)
  assert.equal((await new FormBrowser().open(`${gatehouse.url}/if/flow/initial-setup/`)).status, 403)
})
