/** `gatehouse test`, and the tests that stand beside what is planned and applied. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { byFile, type FilesWorld, filesWorld } from '../../test/support/files-world.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { apply } from './apply.ts'
import { plan } from './plan.ts'
import { runTests } from './test.ts'

const HOUSE = `
groups:
  staff: { name: Staff }
users:
  ana: { name: Ana, groups: [staff] }
  bob: { name: Bob }
policies:
  office: { kind: network, settings: { allowed: [192.0.2.0/24] } }
  hours:
    kind: time-window
    settings: { time_zone: Europe/Berlin, windows: [{ from: "08:00", to: "18:00" }] }
  own: { kind: known-device }
applications:
  grafana:
    name: Grafana
    access: { allow: { groups: [staff] }, policies: [office, hours] }
  gitlab: { name: GitLab, access: { assurance: { mfa: required } } }
  wiki: { name: Wiki, access: { policies: [office, own], policy_engine_mode: any } }
`
const NOON = '2026-01-05T12:00+01:00'
const GOOD = `
tests:
  - ana can open grafana from office at ${NOON}
  - ana cannot open grafana at 2026-01-01T03:00 from 192.0.2.9
  - { expect: "ana cannot open grafana from 203.0.113.7 at ${NOON}", because: office }
  - { person: bob, application: grafana, network: office, time: "${NOON}", expect: cannot, because: allowed }
  - bob needs mfa to open gitlab
  - bob can open gitlab
  - bob can open gitlab with mfa
  - bob can open wiki on a known device
  - bob cannot open wiki
`

const forEach = (title: string, body: (shell: Shell, world: FilesWorld) => Promise<void>) =>
  forEachEngine(title, async (open) => {
    const world = await filesWorld(await open())
    const context = { files: world.files, deps: world.deps, configPath: null, actor: byFile }
    const told = async (run: (out: { line(text: string): void; error(text: string): void }) => Promise<number>) => {
      const lines: string[] = []
      const code = await run({ line: (text) => lines.push(text), error: (text) => lines.push(text) })
      return { code, said: lines.join('\n') }
    }
    try {
      await body(
        {
          test: (text) =>
            told((out) => runTests(context, { positionals: [world.write(text)], file: null, alone: false }, out)),
          testStanding: (text) =>
            told((out) => runTests(context, { positionals: [], file: world.write(text), alone: false }, out)),
          plan: (text) => told((out) => plan(context, [world.write(text)], out)),
          apply: (text, ...args) => told((out) => apply(context, [world.write(text), ...args], out)),
        },
        world,
      )
    } finally {
      world.remove()
    }
  })

type Told = Promise<{ readonly code: number; readonly said: string }>
type Shell = {
  test(text: string): Told
  testStanding(text: string): Told
  plan(text: string): Told
  apply(text: string, ...args: string[]): Told
}

forEach('tests run as if the files were applied, and nothing of them is kept', async (shell, world) => {
  const { code, said } = await shell.test(HOUSE + GOOD)
  assert.equal(said.split('\n').at(-1), '9 run, 0 failed.', said)
  assert.equal(code, 0)
  assert.equal(await world.store.users.byUsername(world.store.read, 'ana'), undefined)
  assert.deepEqual(await world.events('configuration.applied'), [])
})

forEach('a test that comes out otherwise fails, says why, and refuses the apply whole', async (shell, world) => {
  const bad = `${HOUSE}tests:\n  - ana can open grafana from 203.0.113.7 at ${NOON}\n  - { expect: "bob cannot open wiki", because: hours }\n`
  const tested = await shell.test(bad)
  assert.equal(tested.code, 1)
  assert.match(tested.said, /^FAIL ana can open grafana from 203\.0\.113\.7/m)
  assert.match(tested.said, /What would let them in: Come from one of the networks/)
  assert.match(tested.said, /not because of "hours"/)
  assert.equal((await shell.plan(bad)).code, 1)
  const applied = await shell.apply(bad)
  assert.equal(applied.code, 1)
  assert.match(applied.said, /^gatehouse\.yaml:\d+:5: tests\[0\]: ana can open grafana .* may not open Grafana/m)
  assert.match(applied.said, /^2 policy tests fail; nothing was changed\.$/m)
  assert.equal(await world.store.users.byUsername(world.store.read, 'ana'), undefined)
  assert.equal((await shell.apply(bad, '--skip-tests')).code, 0)
  assert.ok(await world.store.users.byUsername(world.store.read, 'ana'))
})

forEach('a test of what is not there fails: it would prove nothing', async (shell) => {
  const { code, said } = await shell.test(
    `${HOUSE}tests:\n  - eve cannot open grafana\n  - ana cannot open nothing\n  - ana cannot open grafana from own\n`,
  )
  assert.equal(code, 1)
  assert.match(said, /Nobody is called "eve"/)
  assert.match(said, /There is no application "nothing"/)
  assert.match(said, /"own" is neither an address nor a policy/)
  assert.match(said, /3 run, 3 failed/)
})

forEach('tests that were true when applied refuse a change that breaks them', async (shell) => {
  assert.equal((await shell.apply(HOUSE + GOOD)).code, 0)
  const wider = HOUSE.replace('policies: [office, hours]', 'policies: [hours]') + GOOD
  const refused = await shell.apply(wider)
  assert.equal(refused.code, 1)
  assert.match(refused.said, /ana cannot open grafana from 203\.0\.113\.7/)
})

forEach('a file of tests alone runs over what stands, and one that holds more is told apart', async (shell) => {
  assert.equal((await shell.apply(HOUSE)).code, 0)
  assert.equal((await shell.testStanding(GOOD)).code, 0)
  assert.equal((await shell.testStanding('tests: [bob can open grafana]')).code, 1)
  assert.equal((await shell.testStanding(HOUSE + GOOD)).code, 2)
  assert.equal((await shell.test(HOUSE)).code, 1, 'no test is no success')
})

forEach('a test that cannot be read is told with its place', async (shell) => {
  const { code, said } = await shell.test('tests:\n  - ana can open grafana\n  - ana opens grafana\n')
  assert.equal(code, 1)
  assert.match(said, /^gatehouse\.yaml:3:5: tests\[1\]: is no test/m)
  assert.match((await shell.test('tests: {}')).said, /tests: must be a list of tests/)
})

forEach('the file that the guide shows is taken as it is, and its tests pass', async (shell) => {
  const guide = readFileSync(path.join(import.meta.dirname, '../../docs/guides/policies.md'), 'utf8')
  const [, yaml = ''] = /^```yaml\n(groups:[\s\S]*?)^```$/m.exec(guide) ?? []
  const { code, said } = await shell.apply(yaml)
  assert.equal(code, 0, said)
  assert.match((await shell.test(yaml)).said, /6 run, 0 failed\.$/)
})
