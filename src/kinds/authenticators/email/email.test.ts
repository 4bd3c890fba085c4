import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NOW, somebody, testVault } from '../../../../test/support/stage-world.ts'
import { MINUTE } from '../../../base/clock.ts'
import { type CredentialId, newId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { systemRandom } from '../../../base/random.ts'
import { reveal } from '../../../base/secret.ts'
import type { Person } from '../../../domain/people/person.ts'
import { translator } from '../../../pages/texts.ts'
import type { AuthenticatorPorts } from '../../contract/authenticator.ts'
import type { Effect } from '../../contract/stage.ts'
import { emailCode } from './index.ts'

const ana = somebody('ana', {}, 'ana@example.com')
const credential = newId<CredentialId>(NOW, systemRandom)
const TICKET = [['mailbox', 'key']] as const

const aboutOf = (more: { at?: number; wait?: number; mail?: boolean; person?: Person } = {}) => {
  const ports: AuthenticatorPorts = {
    random: systemRandom,
    vault: testVault,
    relyingParty: { id: 'id.example.com', name: 'Example' },
    ...(more.mail === false
      ? {}
      : { mail: { take: async () => (more.wait ? { wait: more.wait } : { ticket: TICKET }) } }),
  }
  const request = { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: more.at ?? NOW, id: 'r' }
  return { config: {}, person: more.person ?? ana, request, ports, credential, held: [] }
}
const held = (address = 'ana@example.com', last = '') => ({
  id: credential,
  name: '',
  data: { address, last },
  createdAt: 0,
  lastUsedAt: null,
})
const codeIn = (effects: readonly Effect[] = []): string => {
  const found = effects.find((effect) => effect.do === 'send_code') ?? assert.fail('nothing was sent')
  return reveal(found.code, 'test')
}
const challenge = async (more: Parameters<typeof aboutOf>[0] = {}, one = held()) => {
  const begun = await emailCode.challenge.begin({ ...aboutOf(more), held: [one] })
  return { ...begun, code: begun.effects.length > 0 ? codeIn(begun.effects) : '' }
}
const check = (code: string, state: JsonObject, more: Parameters<typeof aboutOf>[0] = {}, one = held()) =>
  emailCode.challenge.check({ code }, { ...aboutOf(more), held: [one], state })

describe('email', () => {
  it('is set up by a code that went to the person’s own address, the verified one before others', async () => {
    const other = { ...ana.emails[0], id: 'mail-2', address: 'second@example.com', primary: false, verifiedAt: 1 }
    const person = { ...ana, emails: [...ana.emails, other] } as Person
    for (const [whose, address] of [
      [ana, 'ana@example.com'],
      [person, 'second@example.com'],
    ] as const) {
      const about = aboutOf({ person: whose })
      const state = await emailCode.setUp.begin(about)
      const effects = emailCode.setUp.effects(state, about)
      assert.deepEqual(
        effects.map((effect) => effect.do === 'send_code' && [effect.address, effect.expiresAt - NOW]),
        [[address, 10 * MINUTE]],
      )
      const code = codeIn(effects)
      assert.match(code, /^\d{8}$/)
      const wrong = emailCode.setUp.answer(state, { code: code === '00000000' ? '1' : '00000000' }, about)
      assert.ok('errors' in wrong)
      const made = emailCode.setUp.answer(state, { code: `${code.slice(0, 4)} ${code.slice(4)}` }, about)
      assert.ok('data' in made && made.proven)
      assert.equal(made.data.address, address)
      assert.deepEqual(made.forgive, TICKET)
      const late = emailCode.setUp.answer(state, { code }, aboutOf({ at: NOW + 10 * MINUTE, person: whose }))
      assert.ok('errors' in late)
    }
  })

  it('E16 takes a code once, within ten minutes, and only the one that was asked for here', async () => {
    const { state, code } = await challenge()
    const right = check(code, state)
    assert.ok(typeof right === 'object' && 'right' in right)
    assert.deepEqual(right.forgive, TICKET)
    assert.notDeepEqual(right.data, held().data, 'what is kept changes, or the same answer would count twice')
    assert.deepEqual(check(code, state, {}, held('ana@example.com', right.data.last)), { wrong: 'used' })
    assert.deepEqual(check(code, state, { at: NOW + 10 * MINUTE }), { wrong: 'expired' })
    assert.deepEqual(check(code, state, {}, held('new@example.com')), { wrong: 'not_sent' })
    const other = await challenge()
    assert.deepEqual(check(code, other.state), { wrong: 'code' })
  })

  it('holds the code itself nowhere once it is in its mail', async () => {
    const { state, code } = await challenge()
    assert.ok(!JSON.stringify(state).includes(code))
  })

  it('E18 sends none where the mailbox bears no more, and says how long to wait', async () => {
    const { state, effects } = await challenge({ wait: 61_000 })
    assert.deepEqual(effects, [])
    assert.deepEqual(emailCode.challenge.ask({ ...aboutOf(), held: [held()], state }), {
      address: 'a…@example.com',
      sent: false,
      wait: 61,
    })
    assert.deepEqual(check('12345678', state), { wrong: 'not_sent' })
  })

  it('where no mail can be sent it says so, and takes nothing', async () => {
    const { state, effects } = await challenge({ mail: false })
    assert.deepEqual(effects, [])
    assert.deepEqual(check('', state), { wrong: 'not_sent' })
    const t = translator('en')
    const ask = emailCode.challenge.ask({ ...aboutOf(), held: [held()], state })
    assert.match(emailCode.challenge.page(ask, { t, problems: [] }).markup, /cannot be sent/)
    const nowhere = aboutOf({ person: somebody('una') })
    const none = emailCode.setUp.ask(await emailCode.setUp.begin(nowhere))
    assert.match(emailCode.setUp.page(none, { t, problems: [] }).markup, /no e-mail address/)
  })

  it('tells no more of the address than its owner needs', () => {
    assert.deepEqual(emailCode.tell({ address: 'ana.example@example.com', last: '' }), { address: 'a…@example.com' })
  })
})
