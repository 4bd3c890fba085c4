import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  askOf,
  ended,
  errorsOf,
  GRAFANA,
  learnt,
  pageOf,
  somebody,
  stageContext,
  stageView,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { nobody, pendingUser, typedName } from '../../contract/fact.ts'
import type { StageContext } from '../../contract/stage.ts'
import type { IdentificationConfig } from './config.ts'
import { identification as identificationOver } from './index.ts'

const identification = identificationOver([])

const ana = somebody('ana', {}, 'ana@example.com')
const bot = somebody('bot', { kind: 'service_account' }, 'bot@example.com')
const world = stageWorld([ana, bot])
// Settings went through the stage's own schema, which is put together at run time.
const about = (settings = {}, given = {}) =>
  stageContext(identification, world, given, settings) as StageContext<IdentificationConfig>

describe('identification', () => {
  it('H01 stays where it is for an empty form, and for a name of spaces', async () => {
    for (const input of [{}, { username: '' }, { username: '  ' }]) {
      const result = await identification.answer(about(), input)
      assert.equal(ended(result), null)
      assert.deepEqual(errorsOf(result), [{ field: 'username', text: 'identification.name_empty' }])
    }
  })

  it('M13 takes no name with a control character, half a character, or of more than 255', async () => {
    for (const username of ['ana\u0000', 'a\nb', '\ud800', 'x'.repeat(256)]) {
      const result = await identification.answer(about(), { username })
      assert.deepEqual(errorsOf(result), [{ field: 'username', text: 'identification.name_invalid' }])
    }
  })

  it('G01 goes on for an unknown name as for a known one, with facts of the same names and sizes', async () => {
    const known = await identification.answer(about(), { username: 'ana' })
    const unknown = await identification.answer(about(), { username: 'eve' })
    assert.equal(ended(known), 'ok')
    assert.equal(ended(unknown), 'ok')
    assert.equal(learnt(known, pendingUser), ana.user.id)
    assert.equal(learnt(unknown, pendingUser), nobody)
    assert.equal(JSON.stringify(known).length, JSON.stringify(unknown).length)
  })

  it('leaves nobody of an earlier name standing once another one was typed', async () => {
    const again = await identification.answer(about({}, { facts: { 'user.pending': ana.user.id } }), {
      username: 'eve',
    })
    assert.equal(learnt(again, pendingUser), nobody)
  })

  it('knows a person by user name or by address, as the settings say', async () => {
    const cases: [string, string[], string][] = [
      ['ANA ', ['username', 'email'], ana.user.id],
      ['Ana@Example.com', ['username', 'email'], ana.user.id],
      ['ana@example.com', ['username'], nobody],
      ['ana', ['email'], nobody],
    ]
    for (const [username, user_fields, expected] of cases) {
      const result = await identification.answer(about({ user_fields }), { username })
      assert.equal(learnt(result, pendingUser), expected, username)
    }
  })

  it('E21 takes an account of a machine for nobody', async () => {
    assert.equal(learnt(await identification.answer(about(), { username: 'bot' }), pendingUser), nobody)
  })

  it('keeps the name as it was typed, never the one it belongs to', async () => {
    const result = await identification.answer(about(), { username: ' Ana@example.com ' })
    assert.equal(learnt(result, typedName), 'Ana@example.com')
  })

  it('begins with the name that the application hinted at, if it could be one (OIDC login_hint)', async () => {
    const hint = (loginHint: string) => about({}, { destination: { ...GRAFANA, loginHint } })
    assert.equal(askOf(await identification.open(hint('ana'))).username, 'ana')
    assert.equal(askOf(await identification.open(hint('a\u0000'))).username, '')
  })

  it('H11 looks at no field but its own', async () => {
    const result = await identification.answer(about(), JSON.parse('{"__proto__":{"username":"ana"}}'))
    assert.equal(ended(result), null)
  })

  it('L01 shows a typed name and the name of an application as text', async () => {
    const ask = askOf(await identification.open(about()))
    const view = stageView({
      values: { username: '"><img src=x onerror=alert(1)>' },
      destination: { ...GRAFANA, applicationName: '<b>x</b>' },
    })
    const page = pageOf(identification, ask, view)
    assert.doesNotMatch(page, /<img src=x|<b>x/)
    assert.match(page, /<bdi>&lt;b&gt;x&lt;\/b&gt;<\/bdi>/)
  })

  it('asks so that a password manager can answer, and leads on to the flows it was given', async () => {
    const settings = { enrollment_flow: 'enrol', recovery_flow: 'recover' }
    const page = pageOf(identification, askOf(await identification.open(about(settings))))
    assert.match(page, /name="username"[^>]* autocomplete="username"/)
    assert.match(page, /href="\/if\/flow\/enrol\/\?next=%2F"/)
    assert.match(page, /href="\/if\/flow\/recover\/\?next=%2F"/)
  })

  it('offers to remember the name only to a browser that can keep it, hidden until script says so', async () => {
    assert.match(pageOf(identification, askOf(await identification.open(about()))), /data-remember hidden/)
    const off = pageOf(identification, askOf(await identification.open(about({ enable_remember_me: false }))))
    assert.doesNotMatch(off, /remember/)
  })
})
