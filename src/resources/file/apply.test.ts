import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { atApi } from '../../../test/support/configuration-world.ts'
import { type FilesWorld, filesWorld } from '../../../test/support/files-world.ts'
import { guardThat } from '../../../test/support/guard-that.ts'
import { forEachEngine } from '../../../test/support/stores.ts'
import type { Result } from '../../base/result.ts'
import { secret } from '../../base/secret.ts'
import type { Store } from '../../store/store.ts'
import type { FilesFailure } from './configuration-files.ts'
import { spellIssue } from './file-issue.ts'
import { type Plan, spellPlan } from './plan.ts'

const forEach = (title: string, body: (world: FilesWorld, store: Store) => Promise<void>) =>
  forEachEngine(title, async (open) => {
    const store = await open()
    const world = await filesWorld(store)
    try {
      await body(world, store)
    } finally {
      world.remove()
    }
  })

const done = async (result: Promise<Result<Plan, FilesFailure>>): Promise<string[]> => {
  const plan = await result
  assert.ok(plan.ok, JSON.stringify(plan, null, 1))
  return plan.value.changes.map(({ action, type, key }) => `${action} ${type}/${key}`)
}
const refused = async (result: Promise<Result<Plan, FilesFailure>>): Promise<FilesFailure & { says: string[] }> => {
  const plan = await result
  assert.ok(!plan.ok, 'was not refused')
  return { ...plan.error, says: plan.error.issues.map(spellIssue) }
}

const person = async (store: Store, username: string) => {
  const user = await store.users.byUsername(store.read, username)
  assert.ok(user, `${username} is not there`)
  const groups = new Map((await store.groups.all(store.read)).map((group) => [group.id, group.slug]))
  const memberships = await store.groups.memberships(store.read, user.id)
  const [password] = await store.credentials.of(store.read, user.id, 'password')
  return {
    user,
    emails: await store.emails.of(store.read, user.id),
    groups: memberships.map((one) => groups.get(one.groupId) ?? '').sort(),
    memberships,
    hash: typeof password?.data.hash === 'string' ? password.data.hash : null,
  }
}

const example = `
groups:
  staff: { name: Staff }
  bosses: { parents: [staff], roles: [administrator] }
users:
  ana:
    name: Ana Example
    email: ana@example.com
    groups: [staff]
    password: { value: correct horse battery }
applications:
  cloud:
    name: Cloud
    providers:
      toy: { client_id: cloud, client_secret: { value: hunter2 } }
    access:
      allow: { groups: [staff] }
`

forEach('applies groups, people and resources in one transaction, with an event for each', async (world, store) => {
  assert.deepEqual(await done(world.apply(example)), [
    'create applications/cloud',
    'create groups/bosses',
    'create groups/staff',
    'create users/ana',
  ])
  const ana = await person(store, 'ana')
  assert.equal(ana.user.name, 'Ana Example')
  assert.equal(ana.user.managedBy, 'gatehouse.yaml')
  assert.deepEqual(ana.groups, ['staff'])
  assert.deepEqual(
    ana.emails.map((email) => [email.address, email.primary, email.verifiedBy]),
    [['ana@example.com', true, 'administrator']],
  )
  const verdict = await world.passwords.verify(ana.hash, secret('correct horse battery'))
  assert.equal(verdict.verdict, 'right')
  assert.equal((await world.resources.get({ type: 'applications', slug: 'cloud' }))?.managedBy, 'gatehouse.yaml')
  const types = (await world.events()).map((event) => event.type)
  for (const type of [
    'group.created',
    'user.created',
    'membership.added',
    'user.password_set',
    'configuration.applied',
  ]) {
    assert.ok(types.includes(type as (typeof types)[number]), type)
  }
  assert.ok(!/hunter2|correct horse/.test(JSON.stringify(await world.events())))
})

forEach('applying the same again changes nothing and writes no event', async (world) => {
  await done(world.apply(example))
  const events = (await world.events()).length
  assert.deepEqual(await done(world.apply(example)), [])
  assert.equal((await world.events()).length, events)
})

forEach('a plan says what an apply would do, and does nothing', async (world, store) => {
  const plan = await world.plan(example)
  assert.ok(plan.ok)
  assert.equal(plan.value.changes.length, 4)
  assert.equal(await store.users.byUsername(store.read, 'ana'), undefined)
  await done(world.apply(example))
  const changed = await world.plan(example.replace('Ana Example', 'Ana').replace('hunter2', 'hunter3'))
  assert.ok(changed.ok)
  assert.equal(
    spellPlan(changed.value),
    [
      '~ applications/cloud',
      '    providers.toy.client_secret: "[secret, version 1]" -> "[secret, version 2]"',
      '~ users/ana',
      '    name: "Ana Example" -> "Ana"',
      '0 to create, 2 to update, 0 to rename, 0 to delete, 0 to disable.',
    ].join('\n'),
  )
})

forEach('all or nothing: one issue anywhere, and nothing is written', async (world, store) => {
  const failure = await refused(
    world.apply(`${example}
  broken: { name: Broken, access: { allow: { groups: [nobody], when: user.nme } } }
roles:
  desk: { name: Desk, permissions: [users.read] }
brands:
  one: { domains: [a.example.com] }
  two: { domains: [a.example.com] }
`),
  )
  assert.equal(failure.code, 'invalid')
  assert.equal(await store.users.byUsername(store.read, 'ana'), undefined)
  assert.equal(await world.resources.get({ type: 'roles', slug: 'desk' }), undefined)
  assert.match(
    failure.says[0] ?? '',
    /^gatehouse\.yaml:19:\d+: applications\.broken\.access\.allow\.(groups\[0\]|when): /,
  )
})

forEach('tells what is wrong with people beside what is wrong with resources, each with its place', async (world) => {
  const { says } = await refused(
    world.apply(`groups:
  a: { parents: [b] }
  b: { parents: [a], roles: [nothing] }
  c: { parents: [nowhere] }
users:
  ana: { groups: [a, nobody] }
  ben: { password: { env: NOT_SET } }
`),
  )
  assert.deepEqual(says, ['gatehouse.yaml:7:10: users.ben.password: the environment variable NOT_SET is not set'])
  const rest = await refused(
    world.apply(`groups:
  a: { parents: [b] }
  b: { parents: [a], roles: [nothing] }
  c: { parents: [nowhere] }
users:
  ana: { groups: [a, nobody] }
applications:
  cloud: { name: Cloud, flows: { sign_in: none } }
`),
  )
  assert.deepEqual(
    rest.says.map((line) => line.replace(/^gatehouse.yaml:/, '')),
    [
      '2:8: groups.a.parents: leads back to the group itself',
      '3:8: groups.b.parents: leads back to the group itself',
      '3:30: groups.b.roles[0]: there is no "nothing" among roles',
      '4:18: groups.c.parents[0]: there is no "nowhere" among groups',
      '6:22: users.ana.groups[1]: there is no "nobody" among groups',
      '8:43: applications.cloud.flows.sign_in: there is no "none" among flows',
    ],
  )
})

forEach('what a file no longer names: resources and groups go, people are disabled', async (world, store) => {
  await done(world.apply(example))
  const before = await person(store, 'ana')
  const plan = await refused(world.apply('{}'))
  assert.equal(plan.code, 'needs_yes')
  assert.deepEqual([plan.plan?.removed, plan.plan?.managed], [4, 4])
  assert.equal((await person(store, 'ana')).user.active, true)
  assert.deepEqual(await done(world.apply('{}', { yes: true })), [
    'delete applications/cloud',
    'delete groups/bosses',
    'delete groups/staff',
    'disable users/ana',
  ])
  const ana = await person(store, 'ana')
  assert.equal(ana.user.active, false)
  assert.equal(ana.user.managedBy, null)
  assert.ok(ana.user.generation > before.user.generation, 'what she held must be void')
  assert.ok((await world.events('user.disabled')).length === 1)
})

forEach('what no file ever managed is left alone', async (world, store) => {
  await done(world.apply('users:\n  ana: {}\n  ben: {}\n'))
  await store.write((tx) =>
    store.users.insert(tx, {
      id: 'c0000000-0000-7000-8000-000000000000' as never,
      username: 'cleo',
      name: 'Cleo',
      kind: 'internal',
      active: true,
      attributes: {},
      organisation: 'main',
      locale: null,
      managedBy: null,
      createdAt: 1,
    }),
  )
  await done(world.apply('users:\n  ana: {}\n'))
  assert.equal((await person(store, 'cleo')).user.active, true)
  assert.equal((await person(store, 'ben')).user.active, false)
  assert.ok(await world.resources.get({ type: 'brands', slug: 'default' }))
})

forEach('more than ten things or a tenth need a yes; one thing never does', async (world) => {
  const people = (count: number) =>
    `users:\n${Array.from({ length: count }, (_, index) => `  user-${index}: {}\n`).join('')}`
  await done(world.apply(people(130)))
  assert.equal((await refused(world.apply(people(119)))).code, 'needs_yes')
  await done(world.apply(people(120)))
  assert.equal((await refused(world.apply(people(107)))).code, 'needs_yes')
  await done(world.apply(people(5), { yes: true }))
  assert.equal((await refused(world.apply(people(3)))).code, 'needs_yes')
  await done(world.apply(people(4)))
})

forEach('the file’s password is the first one only, unless it is enforced', async (world, store) => {
  const file = (password: string) => `users:\n  ana: { password: ${password} }\n`
  await done(world.apply(file('{ value: first password }')))
  await done(world.apply(file('{ value: second password }')))
  const first = await person(store, 'ana')
  assert.equal((await world.passwords.verify(first.hash, secret('first password'))).verdict, 'right')
  await done(world.apply(file('{ value: third password, enforce: true }')))
  const third = await person(store, 'ana')
  assert.equal((await world.passwords.verify(third.hash, secret('third password'))).verdict, 'right')
  assert.ok(third.user.generation > first.user.generation, 'sessions of the old password must be void')
  assert.deepEqual(await done(world.apply(file('{ value: third password, enforce: true }'))), [])
  // Once there is a password, its variable may be gone.
  assert.deepEqual(await done(world.apply(file('{ env: LONG_GONE }'))), [])
})

forEach(
  'an enforced hash is set once, put back when it was changed, and left when it was only made anew',
  async (world, store) => {
    const hash = await world.passwords.hash(secret('of the file'))
    const file = `users:\n  ana: { password: { hash: "${hash}", enforce: true } }\n`
    await done(world.apply(file))
    const { user } = await person(store, 'ana')
    const [kept] = await store.credentials.of(store.read, user.id, 'password')
    assert.ok(kept)
    const anew = { hash: '$made$anew' }
    await store.write((tx) => store.credentials.replaceData(tx, kept.id, kept.data, anew, world.clock.now()))
    assert.deepEqual(await done(world.apply(file)), [])
    await store.write((tx) =>
      store.credentials.setPassword(tx, user.id, 'x' as never, '$changed$by$ana', world.clock.now()),
    )
    assert.deepEqual(await done(world.apply(file)), ['update users/ana'])
    assert.equal((await person(store, 'ana')).hash, hash)
  },
)

forEach('a file’s password serves for one sign-in where the file says so', async (world, store) => {
  await done(
    world.apply(
      'users:\n  ana: { password: { value: friends forever, must_change: true } }\n  ben: { password: { value: friends forever } }\n',
    ),
  )
  const must = async (name: string) => (await person(store, name)).user.mustChangePassword !== undefined
  assert.deepEqual([await must('ana'), await must('ben')], [true, false])
})

forEach('a password of a file holds no word that the same file, or what stands, forbids', async (world, store) => {
  const settings = 'settings:\n  instance: { password: { forbidden_words: [acme] } }\n'
  const ana = 'users:\n  ana: { password: { value: Àcme for ever 2030 } }\n'
  const { says } = await refused(world.apply(settings + ana))
  assert.match(says[0] ?? '', /users\.ana\.password: holds a word that the settings forbid/)
  assert.ok(!says.join().toLowerCase().includes('acme'), 'the rule is named, and not the word')
  await done(world.apply(ana))
  // A password that stands is the person's, and no new rule takes it away.
  await done(world.apply(settings + ana))
  assert.ok((await person(store, 'ana')).hash)
  world.forbid('forever')
  await refused(world.apply(`${ana}  ben: { password: { value: friends forever } }\n`))
})

forEach('M03 refuses a hash in no form that is known, and a password that is none', async (world) => {
  for (const password of ['{ hash: "nonsense" }', '{ value: "a\\0b" }']) {
    const { says } = await refused(world.apply(`users:\n  ana: { password: ${password} }\n`))
    assert.match(says[0] ?? '', /gatehouse\.yaml:2:\d+: users\.ana\.password: /)
  }
})

forEach('a person is not their user name: id pins them, was renames them', async (world, store) => {
  await done(world.apply('users:\n  ana: { email: ana@example.com }\n'))
  const { user } = await person(store, 'ana')
  assert.deepEqual(await done(world.apply('users:\n  anna: { was: ana }\n')), ['rename users/anna'])
  assert.equal((await person(store, 'anna')).user.id, user.id)
  assert.deepEqual(await done(world.apply('users:\n  anna: { was: ana }\n')), [])
  assert.deepEqual(await done(world.apply(`users:\n  ann: { id: ${user.id} }\n`)), ['rename users/ann'])
  assert.equal((await person(store, 'ann')).user.id, user.id)
  const stranger = 'users:\n  ann: { id: 00000000-0000-4000-8000-000000000000 }\n'
  assert.match((await refused(world.apply(stranger))).says[0] ?? '', /users\.ann\.id: .*another person/)
  const chosen = 'users:\n  ann: {}\n  zoe: { id: 00000000-0000-4000-8000-000000000000, number: 5000 }\n'
  await done(world.apply(chosen))
  const zoe = await person(store, 'zoe')
  assert.deepEqual([zoe.user.id, zoe.user.number], ['00000000-0000-4000-8000-000000000000', 5000])
  assert.match((await refused(world.apply(chosen.replace('5000', '5001')))).says[0] ?? '', /never changes/)
})

forEach('people who pass their names and addresses on do so in one apply', async (world, store) => {
  await done(world.apply('users:\n  a: { email: a@example.com }\n  b: { email: b@example.com }\n'))
  const [a, b] = [await person(store, 'a'), await person(store, 'b')]
  await done(
    world.apply('users:\n  c: { was: b, email: c@example.com }\n  b: { was: a, email: b@example.com }\n  a: {}\n', {
      yes: true,
    }),
  )
  assert.equal((await person(store, 'c')).user.id, b.user.id)
  assert.equal((await person(store, 'b')).user.id, a.user.id)
  assert.equal((await person(store, 'b')).emails[0]?.address, 'b@example.com')
  assert.notEqual((await person(store, 'a')).user.id, a.user.id)
})

forEach('a renamed group keeps its members, and whatever names it follows', async (world, store) => {
  const file = 'groups:\n  staff: {}\nusers:\n  ana: { groups: [staff] }\n'
  await done(world.apply(file))
  const spec = { name: 'Cloud', access: { allow: { groups: ['staff'] } } }
  assert.ok((await world.resources.put(atApi, { type: 'applications', slug: 'cloud', spec })).ok)
  const renamed = 'groups:\n  team: { was: staff }\nusers:\n  ana: { groups: [team] }\n'
  assert.deepEqual(await done(world.apply(renamed)), ['update applications/cloud', 'rename groups/team'])
  assert.deepEqual((await person(store, 'ana')).groups, ['team'])
  const cloud = await world.resources.get({ type: 'applications', slug: 'cloud' })
  assert.deepEqual(cloud?.spec.access, { allow: { groups: ['team'] } })
  assert.equal(cloud?.managedBy, null)
})

forEach('a group that others name does not go', async (world) => {
  await done(world.apply('groups:\n  staff: {}\n'))
  const spec = { name: 'Cloud', access: { allow: { groups: ['staff'] } } }
  assert.ok((await world.resources.put(atApi, { type: 'applications', slug: 'cloud', spec })).ok)
  const failure = await refused(world.apply('{}'))
  assert.equal(failure.code, 'in_use')
  assert.match(failure.message, /groups\/staff is in use by applications\/cloud/)
})

forEach('a role that a group names goes only with the group', async (world) => {
  const roles = 'roles:\n  desk: { name: Desk, permissions: [users.read] }\n'
  await done(world.apply(`${roles}groups:\n  help: { roles: [desk] }\n`))
  assert.equal((await refused(world.apply('groups:\n  help: { roles: [desk] }\n', { yes: true }))).code, 'in_use')
  await done(world.apply('{}', { yes: true }))
})

forEach('a line taken out takes access away: groups are exactly those of the file', async (world, store) => {
  await done(world.apply('groups: { a: {}, b: {} }\nusers:\n  ana: { groups: [a, b] }\n'))
  await done(world.apply('groups: { a: {}, b: {} }\nusers:\n  ana: { groups: [a] }\n'))
  assert.deepEqual((await person(store, 'ana')).groups, ['a'])
  await done(world.apply('groups: { a: {}, b: {} }\nusers:\n  ana: {}\n'))
  assert.deepEqual((await person(store, 'ana')).groups, [])
})

forEach('a membership ends when the file says', async (world, store) => {
  const file = (until: string) => `groups: { a: {} }\nusers:\n  ana: { groups: { a: { until: "${until}" } } }\n`
  await done(world.apply(file('2030-01-01T00:00:00Z')))
  assert.equal((await person(store, 'ana')).memberships[0]?.until, Date.parse('2030-01-01T00:00:00Z'))
  assert.deepEqual(await done(world.apply(file('2030-01-01T01:00:00+01:00'))), [])
  await done(world.apply(file('2031-01-01T00:00:00Z')))
  assert.equal((await refused(world.apply(file('tomorrow')))).code, 'invalid')
})

forEach(
  'a leaver who was switched off in the console stays off, unless the file says otherwise',
  async (world, store) => {
    await done(world.apply('users:\n  ana: {}\n'))
    const { user } = await person(store, 'ana')
    await store.write((tx) => store.users.update(tx, user.id, { active: false }, 1))
    assert.deepEqual(await done(world.apply('users:\n  ana: {}\n')), [])
    assert.equal((await person(store, 'ana')).user.active, false)
    await done(world.apply('users:\n  ana: { active: true }\n'))
    assert.equal((await person(store, 'ana')).user.active, true)
    assert.equal((await world.events('user.enabled')).length, 1)
    await done(world.apply('{}'))
    assert.equal((await person(store, 'ana')).user.active, false)
    await done(world.apply('users:\n  ana: {}\n'))
    assert.equal((await person(store, 'ana')).user.active, true)
  },
)

forEach('what a file leaves out of a person, it leaves alone', async (world, store) => {
  await done(world.apply('users:\n  ana: { name: Ana, email: a@example.com, attributes: { room: 1 }, locale: de }\n'))
  assert.deepEqual(await done(world.apply('users:\n  ana: {}\n')), [])
  const ana = await person(store, 'ana')
  assert.deepEqual([ana.user.name, ana.user.attributes, ana.user.locale], ['Ana', { room: 1 }, 'de'])
  assert.equal(ana.emails.length, 1)
})

forEach('A19 an address counts as verified only as the file says', async (world, store) => {
  const file = (emails: string) => `users:\n  ana: { emails: ${emails} }\n`
  await done(world.apply(file('[a@example.com, { address: b@example.com, verified: false }]')))
  const seen = async () =>
    (await person(store, 'ana')).emails.map((email) => [email.address, email.primary, email.verifiedAt !== null]).sort()
  assert.deepEqual(await seen(), [
    ['a@example.com', true, true],
    ['b@example.com', false, false],
  ])
  await done(world.apply(file('[b@example.com, { address: a@example.com, verified: false }]')))
  assert.deepEqual(await seen(), [
    ['a@example.com', false, false],
    ['b@example.com', true, true],
  ])
})

forEach('resources that pass a unique key on do so in one apply', async (world) => {
  const file = (a: string, b: string) => `applications:
  a: { name: A, providers: { toy: { client_id: ${a} } } }
  b: { name: B, providers: { toy: { client_id: ${b} } } }
`
  await done(world.apply(file('one', 'two')))
  await done(world.apply(file('two', 'three')))
  assert.deepEqual((await world.live.current()).lookup('client_id', 'two'), { type: 'applications', slug: 'a' })
})

forEach('an exchange of unique keys or names in one step is refused in words, and changes nothing', async (world) => {
  const file = (a: string, b: string) => `applications:
  a: { name: A, providers: { toy: { client_id: ${a} } } }
  b: { name: B, providers: { toy: { client_id: ${b} } } }
`
  await done(world.apply(file('one', 'two')))
  const failure = await refused(world.apply(file('two', 'one')))
  assert.equal(failure.code, 'conflict')
  assert.match(failure.message, /exchange theirs in one step/)
  assert.deepEqual((await world.live.current()).lookup('client_id', 'one'), { type: 'applications', slug: 'a' })
})

forEach('what always stands is let go of, never deleted', async (world) => {
  await done(world.apply('settings:\n  instance: { password: { min_length: 12 } }\n'))
  assert.deepEqual(await done(world.apply('{}')), ['update settings/instance'])
  const settings = await world.resources.get({ type: 'settings', slug: 'instance' })
  assert.equal(settings?.managedBy, null)
  assert.match(JSON.stringify(settings?.spec.password), /"min_length":12/)
})

forEach('I12 a file reads its secrets from the environment and from below its own folder only', async (world) => {
  const file = (given: string) =>
    `applications:\n  cloud: { name: C, providers: { toy: { client_id: c, client_secret: ${given} } } }\n`
  world.environment.CLOUD_SECRET = 'from the environment'
  writeFileSync(path.join(world.folder, 'cloud.secret'), 'from a file\n')
  await done(world.apply(file('{ env: CLOUD_SECRET }')))
  await done(world.apply(file('{ file: cloud.secret }')))
  for (const given of ['{ file: /etc/passwd }', '{ file: ../../../etc/passwd }', '{ env: GATEHOUSE_SECRET_KEY }']) {
    const { says } = await refused(world.apply(file(given)))
    assert.match(says[0] ?? '', /gatehouse\.yaml:2:\d+: applications\.cloud\.providers\.toy\.client_secret: /)
  }
})

forEachEngine('I19 the guard’s no rolls a whole apply back', async (open) => {
  const store = await open()
  const world = await filesWorld(store, {
    guard: guardThat(async (tx) => (await store.users.byUsername(tx, 'ana')) !== undefined),
  })
  try {
    assert.equal((await refused(world.apply(example))).code, 'locked_out')
    assert.equal(await store.users.byUsername(store.read, 'ana'), undefined)
    assert.equal((await world.events('configuration.applied')).length, 0)
  } finally {
    world.remove()
  }
})

forEach('two applies at once end as one after the other', async (world, store) => {
  const [one, other] = ['users:\n  ana: { name: One }\n', 'users:\n  ana: { name: Two }\n'].map((text) => {
    const read = world.files.read(world.write(text))
    assert.ok(read.ok)
    return world.files.apply(read.value, { actor: { kind: 'system', name: 'test' }, yes: false })
  })
  const results = await Promise.all([one, other])
  // On PostgreSQL the second may find that the first made the person meanwhile; then it says so and changes nothing.
  assert.ok(results.some((result) => result?.ok))
  assert.match((await person(store, 'ana')).user.name, /^(One|Two)$/)
})
