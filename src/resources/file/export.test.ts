import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { applicationsWith, atApi } from '../../../test/support/configuration-world.ts'
import { type FilesWorld, filesWorld } from '../../../test/support/files-world.ts'
import { forEachEngine, postgresDatabase, sqliteFile } from '../../../test/support/stores.ts'
import type { CompiledToy } from '../../../test/support/toy-provider.ts'
import { systemClock } from '../../base/clock.ts'
import { reveal } from '../../base/secret.ts'
import { openStore } from '../../store/open-store.ts'
import type { Engine } from '../../store/store.ts'
import { exportConfiguration } from './export.ts'

const configuration = `
groups:
  staff: { name: Staff, attributes: { zeta: 1, alpha: { y: [3, 1, 2], x: null } } }
  bosses: { name: "Bosses: all", parents: [staff], roles: [auditor, administrator] }
  contractors: {}
users:
  ana:
    id: 018f0000-0000-4000-8000-00000000000a
    number: 4711
    name: Ana Example
    emails: [ana@example.com, { address: second@example.com, verified: false }]
    groups: [staff, bosses]
    password: { value: correct horse battery }
    attributes: { b: true, a: "yes", list: [] }
    locale: pt-BR
    subjects: { cloud: legacy-sub, "*": other }
  ben.b+1@x: { groups: { contractors: { until: "2030-01-01T00:00:00.500Z" }, staff: {} }, active: false, kind: external }
  "1234": { name: "007", email: seven@example.com }
  robot: { kind: service_account, emails: [{ address: robot@example.com, verified: false }] }
brands:
  second: { title: "Zweites: Haus", domains: [login.example.org], locale: de }
applications:
  cloud:
    name: "Cloud # one"
    launch_url: https://cloud.example.com/%(username)s
    providers:
      zulu: { kind: bare }
      toy:
        client_id: cloud
        client_secret: { env: CLOUD_SECRET }
        scopes: { write: "yes", read: "no" }
      another: { kind: toy, client_id: two, client_secret: { value: kept in the file } }
      third: { kind: toy, client_id: three, client_secret: { file: third.secret } }
    access:
      allow: { groups: [staff], when: "user.email_verified" }
      assurance: { mfa: required, max_age: 12h }
  plain: { name: Plain, hidden: true }
roles:
  desk: { name: Desk, permissions: [users.read, groups.read] }
keypairs:
  eddsa: { algorithm: EdDSA, rotate_every: 90d }
`

const fill = (world: FilesWorld) => {
  Object.assign(world.environment, {
    CLOUD_SECRET: 'of the cloud',
    CLOUD_ANOTHER_CLIENT_SECRET: 'kept in the file',
    CLOUD2_SECOND_CLIENT_SECRET: 'of the second',
  })
  writeFileSync(path.join(world.folder, 'third.secret'), 'of the third\n')
}

/** An instance after its first start, with the configuration applied by a file and more of it made in the console. */
const filled = async (world: FilesWorld) => {
  fill(world)
  const applied = await world.apply(configuration)
  assert.ok(applied.ok, JSON.stringify(applied, null, 1))
  const spec = {
    name: 'Console',
    providers: { second: { kind: 'toy', client_id: 'c', client_secret: { value: 'of the second' } } },
  }
  assert.ok((await world.resources.put(atApi, { type: 'applications', slug: 'cloud2', spec })).ok)
}

const onFreshDatabase = async <T>(engine: Engine, body: (world: FilesWorld) => Promise<T>): Promise<T> => {
  const { drop, ...where } = await (engine === 'sqlite' ? sqliteFile() : postgresDatabase())
  const store = await openStore({ clock: systemClock, ...where })
  const world = await filesWorld(store)
  try {
    return await body(world)
  } finally {
    world.remove()
    await store.close()
    await drop()
  }
}

const importInto = async (world: FilesWorld, text: string) => {
  fill(world)
  const applied = await world.apply(text, { yes: true })
  assert.ok(applied.ok, JSON.stringify(applied, null, 1))
}

for (const secrets of ['named', 'sealed'] as const) {
  for (const [from, to] of [
    ['sqlite', 'sqlite'],
    ['postgres', 'postgres'],
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
  ] as const) {
    test(`export, wipe, import, export: the same bytes (secrets ${secrets}) [${from} to ${to}]`, async () => {
      const first = await onFreshDatabase(from, async (world) => {
        await filled(world)
        return exportConfiguration(world.deps, { secrets })
      })
      const second = await onFreshDatabase(to, async (world) => {
        await importInto(world, first)
        // Once more over itself: nothing differs.
        const again = await world.plan(first)
        assert.deepEqual(again.ok && again.value.changes, [])
        return exportConfiguration(world.deps, { secrets })
      })
      assert.equal(second, first)
    })
  }
}

test('sealed secrets open after an import into a fresh database, with the same secret key', async () => {
  const text = await onFreshDatabase('sqlite', async (world) => {
    await filled(world)
    return exportConfiguration(world.deps, { secrets: 'sealed' })
  })
  await onFreshDatabase('sqlite', async (world) => {
    await importInto(world, text)
    const application = (await world.live.current()).get(applicationsWith(), 'cloud')
    const provider = application?.providers.get('toy')?.compiled as CompiledToy
    assert.equal(provider.secret && reveal(provider.secret, 'test'), 'of the cloud')
    assert.deepEqual(world.live.problems(), [])
  })
})

test('O06 sealed secrets of another secret key are refused, and nothing is written', async () => {
  const text = await onFreshDatabase('sqlite', async (world) => {
    await filled(world)
    return exportConfiguration(world.deps, { secrets: 'sealed' })
  })
  await onFreshDatabase('sqlite', async (world) => {
    const wrapped = text.replace(
      /wrapped: .*/,
      'wrapped: AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    )
    const applied = await world.apply(wrapped, { yes: true })
    assert.equal(applied.ok, false)
    assert.match((!applied.ok && applied.error.issues[0]?.message) || '', /secret key/)
    assert.equal((await world.store.keys.all(world.store.read)).length, 3)
  })
})

forEachEngine('M08 an export names secrets and holds none, nor a password hash', async (open) => {
  const world = await filesWorld(await open())
  try {
    await filled(world)
    const text = await exportConfiguration(world.deps, { secrets: 'named' })
    assert.ok(!/of the cloud|kept in the file|of the third|of the second|argon2|sealed|hash/.test(text), text)
    assert.match(text, /client_secret:\n {10}env: CLOUD_SECRET\n/)
    assert.match(text, /env: CLOUD_ANOTHER_CLIENT_SECRET\n/)
    assert.match(text, /file: third\.secret\n/)
    const sealed = await exportConfiguration(world.deps, { secrets: 'sealed' })
    assert.ok(!/of the cloud|kept in the file|of the third|of the second|correct horse/.test(sealed))
  } finally {
    world.remove()
  }
})

forEachEngine('an export leaves defaults out and reads well', async (open) => {
  const world = await filesWorld(await open(), { ship: false })
  try {
    const applied = await world.apply(`
keypairs:
  default-rs256: { algorithm: RS256 }
applications:
  cloud:
    providers:
      toy: { client_id: cloud }
    name: Cloud
`)
    assert.ok(applied.ok)
    assert.equal(
      await exportConfiguration(world.deps, { secrets: 'named' }),
      `# Written by gatehouse export. Secrets are read from the environment variables it names.
applications:
  cloud:
    name: Cloud
    providers:
      toy:
        version: 2
        client_id: cloud
keypairs:
  default-rs256:
    algorithm: RS256
`,
    )
  } finally {
    world.remove()
  }
})
