import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  after,
  askOf,
  effectsOf,
  ended,
  errorsOf,
  type Given,
  learnt,
  NOW,
  pageOf,
  somebody,
  stageContext,
  stageView,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { pendingUser, proofs } from '../../contract/fact.ts'
import { firstRun } from './index.ts'

const world = () => stageWorld([somebody('ana')])
const about = (given: Given = {}, on = world()) =>
  stageContext(firstRun, on, { purpose: 'setup', facts: { 'setup.link': 'hash-of-link' }, ...given })
const good = {
  username: 'akadmin',
  name: '',
  email: 'root@example.com',
  password: 'a long enough secret',
  password_repeat: 'a long enough secret',
}
const forwarded = { peer: '10.0.0.2', scheme: 'https', host: 'id.example.com' }

describe('first-run', () => {
  it('G10 opens for the one-time link alone, and records who tried without, once', async () => {
    const without = about({ facts: {} })
    for (const result of [await firstRun.open(without), await firstRun.answer(without, good)]) {
      assert.equal(ended(result), null)
      const [effect] = effectsOf(result)
      assert.ok(effect?.do === 'record' && effect.event.type === 'instance.setup_refused')
      assert.doesNotMatch(pageOf(firstRun, askOf(result)), /<form/)
      assert.deepEqual(effectsOf(await firstRun.open(about({ facts: after({}, result) }))), [])
    }
  })

  it('H01 stays where it is for an empty form, and says what each field lacks', async () => {
    const result = await firstRun.answer(about(), {})
    assert.deepEqual(
      errorsOf(result).map((error) => error.field),
      ['username', 'email', 'password'],
    )
    assert.deepEqual(effectsOf(result), [])
  })

  it('refuses a taken name, an address that is none, a weak password and one not repeated', async () => {
    const cases: [object, string][] = [
      [{ username: 'ANA' }, 'form.username_taken'],
      [{ username: 'a\u0000' }, 'first_run.username_invalid'],
      [{ name: 'a\u0007' }, 'form.line_invalid'],
      [{ email: 'root' }, 'form.email_invalid'],
      [{ password: 'short', password_repeat: 'short' }, 'password.too_short'],
      [{ password_repeat: 'another' }, 'password.not_repeated'],
    ]
    for (const [change, text] of cases) {
      const result = await firstRun.answer(about(), { ...good, ...change })
      assert.deepEqual(errorsOf(result)[0]?.text, text)
    }
  })

  it('makes the first administrator, the password and the end of set-up in one step, with the proof', async () => {
    const result = await firstRun.answer(about(), { ...good, groups: 'other', kind: 'external' })
    assert.equal(ended(result), 'ok')
    const user = learnt(result, pendingUser) ?? assert.fail()
    assert.deepEqual(learnt(result, proofs), [{ method: 'pwd', at: NOW }])
    assert.deepEqual(effectsOf(result), [
      {
        do: 'create_user',
        user,
        username: 'akadmin',
        name: 'akadmin',
        kind: 'internal',
        email: 'root@example.com',
        attributes: {},
        groups: ['admins'],
      },
      { do: 'set_password', user, hash: 'hash(20)' },
      { do: 'complete_setup', link: 'hash-of-link', publicUrl: 'https://id.example.com', trustProxy: null },
    ])
  })

  it('trusts the very peer that forwarded the request, where it was ticked, and no other', async () => {
    const trusted = async (given: Given, input: Record<string, string>) => {
      const effect = effectsOf(await firstRun.answer(about(given), { ...good, ...input })).at(-1)
      return effect?.do === 'complete_setup' ? effect.trustProxy : assert.fail()
    }
    const proxied = { request: { forwarded } }
    assert.equal(await trusted(proxied, { trust_proxy: 'yes', proxy: '0.0.0.0/0' }), '10.0.0.2')
    assert.equal(await trusted(proxied, {}), null)
    assert.equal(await trusted({}, { trust_proxy: 'yes' }), null)
  })

  it('begins at the first field that has to be filled in, and says where to go where the link opens nothing', async () => {
    const page = pageOf(firstRun, askOf(await firstRun.open(about())))
    const inputs = [...page.matchAll(/<input [^>]*>/g)].map(([input]) => input).filter((input) => !/hidden/.test(input))
    assert.deepEqual(
      inputs.map((input) => / autofocus/.test(input)),
      inputs.map((_, index) => index === 0),
    )
    assert.match(inputs[0] ?? '', /name="username".* required/)
    const shut = pageOf(firstRun, askOf(await firstRun.open(about({ facts: {} }))))
    assert.match(shut, /Start the server again.*<a class="btn main" href="\/if\/flow\/sign-in\//s)
  })

  it('shows scheme, host and peer as seen, and offers to trust a proxy only where there is one', async () => {
    const plain = pageOf(firstRun, askOf(await firstRun.open(about())))
    assert.match(plain, /https:\/\/id\.example\.com/)
    assert.match(plain, /10\.0\.0\.1/)
    assert.doesNotMatch(plain, /trust_proxy/)
    const evil = { ...forwarded, host: '<img src=x>' }
    const proxied = pageOf(firstRun, askOf(await firstRun.open(about({ request: { forwarded: evil } }))))
    assert.match(proxied, /10\.0\.0\.2/)
    assert.match(proxied, /name="trust_proxy" value="yes" checked/)
    assert.doesNotMatch(proxied, /<img/)
  })

  it('keeps what was typed and ticked beside an error, but no password', async () => {
    const result = await firstRun.answer(about({ request: { forwarded } }), { ...good, email: 'x' })
    const values = { username: 'boss', name: 'B', email: 'x' }
    const page = pageOf(firstRun, askOf(result), stageView({ errors: errorsOf(result), values }))
    assert.match(page, /value="boss"/)
    assert.doesNotMatch(page, /checked|long enough/)
  })

  it('says to try again in a moment where too much is going on', async () => {
    const result = await firstRun.answer(about({}, { ...world(), busy: true }), good)
    assert.deepEqual(errorsOf(result), [{ field: null, text: 'form.busy' }])
  })
})
