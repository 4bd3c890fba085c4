import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ApiHouse, forEachHouse } from '../../../test/support/api-house.ts'
import { deniedWhere, flowWith } from '../../../test/support/sign-in-flows.ts'
import { anId } from '../../../test/support/store-rows.ts'
import { DAY } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { createPasswordService } from '../../domain/credentials/password-service.ts'
import { createConfigurationFiles } from '../../resources/file/configuration-files.ts'
import { serverSecrets } from '../../resources/secrets/server-secrets.ts'

const LOCKED = { status: 409, code: 'locked_out' }
const told = ({ status, body }: { status: number; body: { code?: string } | undefined }) => ({
  status,
  code: body?.code,
})

forEachHouse('I19 before set-up is over nobody can be locked out', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  await house.store.write((tx) => house.store.instance.remove(tx, 'setup_done'))
  assert.equal((await root('PUT', '/flows/sign-in', { body: deniedWhere('true') })).status, 200)
})

forEachHouse('whoever is locked out already may mend the house step by step', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  // As an older version could have left it.
  await house.store.write((tx) => house.store.instance.remove(tx, 'setup_done'))
  assert.equal((await root('PUT', '/flows/sign-in', { body: deniedWhere('true') })).status, 200)
  await house.store.write((tx) => house.store.instance.set(tx, 'setup_done', 1))
  assert.equal((await root('PATCH', '/flows/sign-in', { body: { name: 'Not yet' } })).status, 200)
  assert.equal((await root('PATCH', '/settings/instance', { body: { password: { min_length: 12 } } })).status, 200)
  assert.equal((await root('PUT', '/flows/sign-in', { body: flowWith('sign-in', {}) })).status, 200)
  assert.deepEqual(told(await root('PUT', '/flows/sign-in', { body: deniedWhere('true') })), LOCKED)
})

forEachHouse('I19 where only a token opens the API, that token stays', async (house) => {
  await house.person('robot', ['admins'], { kind: 'service_account' })
  await house.person('keyless', ['admins'], { password: false })
  await house.token('robot', ['users.read'])
  await house.token('robot', null, { kind: 'app_password' })
  await house.token('robot', null, { expiresAt: house.clock.now() })
  const { id, key } = await house.token('robot')
  const robot = house.withKey(key)
  const refused = await robot('DELETE', `/users/robot/tokens/${id}`)
  assert.deepEqual(told(refused), LOCKED, refused.text)
  assert.deepEqual(refused.body.errors.map(({ message }: { message: string }) => message).sort(), [
    'keyless stops in the flow "sign-in" at "password": has no password.',
    'robot is a service account, which signs in nowhere.',
  ])
  const password = { value: 'a new and longer password' }
  assert.deepEqual(told(await robot('POST', '/users/robot/reset_password', { body: { password } })), LOCKED)
  assert.equal((await robot('PATCH', '/flows/sign-in', { body: { name: 'In' } })).status, 200)
})

forEachHouse('I19 a token is no way into the console: who signs in stays, too', async (house) => {
  await house.person('root', ['admins'])
  await house.person('robot', ['admins'], { kind: 'service_account' })
  const robot = await house.asToken('robot')
  assert.deepEqual(told(await robot('POST', '/users/root/disable')), LOCKED)
})

forEachHouse('I19 permissions add up over groups', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  for (const [slug, permissions] of [
    ['some', ['users.read']],
    ['all', ['*']],
  ] as const) {
    await root('PUT', `/roles/${slug}`, { body: { name: slug, permissions } })
    await house.group(slug, [slug])
  }
  await house.person('sum', ['some'])
  assert.deepEqual(told(await root('POST', '/users/root/disable')), LOCKED)
  await house.person('both', ['some', 'all'])
  assert.equal((await root('POST', '/users/root/disable')).status, 200)
})

forEachHouse('I19 a dry run is refused as the edit would be', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  assert.deepEqual(told(await root('PUT', '/flows/sign-in?dry_run=true', { body: deniedWhere('true') })), LOCKED)
  assert.deepEqual(told(await root('DELETE', '/users/root?dry_run=true')), LOCKED)
  assert.equal((await root('PUT', '/flows/sign-in?dry_run=true', { body: deniedWhere('false') })).status, 200)
})

forEachHouse('I19 of two edits that lock out only together, one is refused', async (house) => {
  await house.person('root', ['admins'])
  await house.person('eva', ['admins'])
  const [root, eva] = [await house.asToken('root'), await house.asToken('eva')]
  const answers = await Promise.all([
    root('PUT', '/flows/sign-in', { body: deniedWhere("user.username == 'root'") }),
    eva('PATCH', '/users/eva', { body: { active: false } }),
  ])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409], JSON.stringify(answers.map(told)))
  const gone = await Promise.all([root('POST', '/users/eva/disable'), eva('POST', '/users/root/disable')])
  assert.ok(gone.some(({ status }) => status !== 200))
})

const edge = (to: string) => [{ to }]
const byPasswordAlone = {
  name: 'Password alone',
  purpose: 'sign_in',
  start: 'password',
  nodes: {
    password: {
      stage: 'password',
      settings: { ask_username: true },
      next: { ok: edge('user-login'), failed: edge('password'), cancelled: edge('password') },
    },
    'user-login': { stage: 'user-login', settings: {}, next: { ok: edge('end') } },
  },
}

forEachHouse(
  'I19 a password that is too old keeps no administrator out where the flow asks for another',
  async (house) => {
    const { store, clock } = house
    await house.person('root', ['admins'])
    const { id } = await house.find('root')
    const root = await house.asToken('root')
    await store.write((tx) => store.credentials.setPassword(tx, id, anId(), 'old', clock.now() - 2 * DAY))
    const aged = { body: { password: { max_age: '1d' } } }
    assert.equal((await root('PATCH', '/settings/instance', aged)).status, 200)
    const { status, body } = await root('PUT', '/flows/sign-in', { body: byPasswordAlone })
    assert.equal(status, 409)
    assert.match(body.errors[0].message, /must choose another password, and is not asked for one/)
  },
)

forEachHouse('I19 only a few of many administrators are named', async (house) => {
  for (const name of ['one', 'two', 'three', 'four', 'five']) await house.person(name, ['admins'])
  const one = await house.asToken('one')
  const { body } = await one('PUT', '/flows/sign-in', { body: deniedWhere('true') })
  assert.equal(body.errors.length, 4)
  assert.equal(body.errors[3].message, '2 more would not get in either.')
})

const filesOver = (house: ApiHouse) => {
  const { store, ring, clock, configuration } = house
  const files = createConfigurationFiles({
    ...configuration.editing,
    store,
    ring,
    passwords: createPasswordService({ concurrency: 1, clock, random: systemRandom }),
    forbiddenWords: () => [],
    formerKept: () => 0,
    secretSources: (at) => serverSecrets({}, { folder: at, roots: [] }),
    runTests: async () => [],
    dataKeys: { including: async () => ring },
  })
  return async (given: object): Promise<string> => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-lock-out-'))
    try {
      const file = path.join(folder, 'gatehouse.yaml')
      writeFileSync(file, JSON.stringify(given))
      const read = files.read(file)
      assert.ok(read.ok, JSON.stringify(read))
      const applied = await files.apply(read.value, { actor: { kind: 'system', name: 'test' }, yes: true })
      if (applied.ok) return 'applied'
      return `${applied.error.code}: ${applied.error.issues.map((one) => one.message).join(' ')} ${applied.error.message}`
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

const LOCKING: readonly (readonly [string, object, RegExp])[] = [
  ['a flow', { flows: { 'sign-in': deniedWhere('true') } }, /root stops in the flow "sign-in" at "deny"/],
  [
    'a condition',
    { flows: { 'sign-in': deniedWhere("user.email == 'root@example.com'") } },
    /since "user\.email == 'root@example\.com'" holds\)/,
  ],
  ['settings', { settings: { instance: { flows: { sign_in: 'recover' } } } }, /of the purpose recover/],
  [
    'a brand',
    {
      flows: { guests: { ...deniedWhere('true') } },
      brands: { default: { default: true, flows: { sign_in: 'guests' } } },
    },
    /"guests" at "deny"/,
  ],
  [
    'a role',
    { roles: { administrator: { name: 'A', permissions: ['users.read'] } } },
    /no longer hold every permission/,
  ],
  ['a group', { groups: { admins: { name: 'A', roles: [] } } }, /no longer hold every permission/],
  ['a person switched off', { users: { root: { name: 'R', groups: ['admins'], active: false } } }, /is switched off/],
  ['a person’s groups', { users: { root: { name: 'R', groups: [] } } }, /no longer hold every permission/],
  [
    'groups and a flow that asks for another one',
    {
      groups: { staff: { name: 'Staff' } },
      users: { root: { name: 'R', email: 'root@example.com', groups: ['admins'] } },
      flows: { 'sign-in': deniedWhere("!('staff' in user.groups)") },
    },
    /at "deny"/,
  ],
  ['a step-up', { settings: { instance: { flows: { sign_in: 'step-up' } } } }, /of the purpose step_up/],
]

const PASSING: readonly (readonly [string, object])[] = [
  ['a flow', { flows: { 'sign-in': flowWith('sign-in', {}) } }],
  ['a condition', { flows: { 'sign-in': deniedWhere("user.email == 'ana@example.com'") } }],
  ['settings', { settings: { instance: { password: { min_length: 12 } } } }],
  ['a brand', { brands: { default: { title: 'House', default: true } } }],
  ['a role', { roles: { helper: { name: 'Helper', permissions: ['users.read'] } } }],
  ['a group', { groups: { staff: { name: 'Staff' } } }],
  ['somebody', { users: { ana: { name: 'Ana', email: 'ana@example.com' } } }],
  ['the administrator', { users: { root: { name: 'Root', email: 'root@example.com', groups: ['admins'] } } }],
  ['an application', { applications: { wiki: { name: 'Wiki', access: { assurance: { mfa: 'required' } } } } }],
  [
    'groups and the flow that asks for them',
    {
      groups: { staff: { name: 'Staff' } },
      users: { root: { name: 'R', email: 'root@example.com', groups: ['admins', 'staff'] } },
      flows: { 'sign-in': deniedWhere("!('staff' in user.groups)") },
    },
  ],
]

for (const [title, given, says] of LOCKING) {
  forEachHouse(`I19 an apply is refused whole where it would lock the administrators out: ${title}`, async (house) => {
    await house.person('root', ['admins'])
    const outcome = await filesOver(house)(given)
    assert.match(outcome, /^locked_out: /)
    assert.match(outcome, says)
    assert.equal((await house.events('configuration.applied')).length, 0)
  })
}

for (const [title, given] of PASSING) {
  forEachHouse(`an apply that locks nobody out passes: ${title}`, async (house) => {
    await house.person('root', ['admins'])
    assert.equal(await filesOver(house)(given), 'applied')
  })
}

forEachHouse('an apply on the server counts from where administrators are signed in', async (house) => {
  await house.person('root', ['admins'])
  const apply = filesOver(house)
  const officeOnly = { flows: { 'sign-in': deniedWhere("!in_network(request.ip, '10.0.0.0/8')") } }
  assert.match(await apply(officeOnly), /request\.ip is 127\.0\.0\.1/)
  await house.begin('root', '10.1.2.3')
  assert.equal(await apply(officeOnly), 'applied')
})
