/** Signing in without a name, by passkeys made in software: whose they are, and whose they are not. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Lies, type MadePasskey, makePasskey, usePasskey } from '../../../../test/support/passkey-maker.ts'
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
  testVault,
} from '../../../../test/support/stage-world.ts'
import type { CredentialId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { systemRandom } from '../../../base/random.ts'
import { webauthn } from '../../authenticators/webauthn/index.ts'
import { browserCan, pendingUser, proofs } from '../../contract/fact.ts'
import type { StageContext } from '../../contract/stage.ts'
import type { IdentificationConfig } from './config.ts'
import { identification } from './index.ts'

const ORIGIN = 'https://id.example.com'
const stage = identification([webauthn])

const people = [somebody('ana'), somebody('eve', { active: false }), somebody('bot', { kind: 'service_account' })]
const relyingParty = { id: 'id.example.com', name: 'Example' }
const request = { ip: '10.0.0.1', userAgent: 'test', origin: ORIGIN, at: NOW, id: 'r' }

type Options = {
  readonly challenge: string
  readonly rpId: string
  readonly rp: { readonly id: string }
  readonly user: { readonly id: string }
}

/** A house in which each has a passkey. */
const openWorld = async () => {
  const world = stageWorld(people)
  const passkeys = new Map<string, MadePasskey>()
  for (const person of people) {
    const { username } = person.user
    const id = `key-${username}` as CredentialId
    const ports = { random: systemRandom, vault: testVault, relyingParty }
    const config = { user_verification: 'preferred', resident_key_requirement: 'preferred' } as const
    const about = { config, person, request, ports, credential: id, held: [] }
    const state = webauthn.setUp.begin(about)
    const options = webauthn.setUp.ask(state, about).options as unknown as Options
    const { passkey, answer } = makePasskey(options, ORIGIN, { counter: 5 })
    const made = await webauthn.setUp.answer(state, { passkey: answer }, about)
    assert.ok('data' in made)
    passkeys.set(username, passkey)
    world.authenticators[username] = [
      { id, kind: 'webauthn', name: 'Laptop', data: made.data, createdAt: 0, lastUsedAt: null },
    ]
    world.lookups.set(id, webauthn.lookupOf(made.data))
  }
  return { world, of: (username: string) => passkeys.get(username) ?? assert.fail(username) }
}
type Opened = Awaited<ReturnType<typeof openWorld>>

const at = ({ world }: Opened, given: Given = {}, settings: JsonObject = {}) =>
  // Settings went through the stage's own schema, which is put together at run time.
  stageContext(stage, world, given, { enable_passkeys: true, ...settings }) as StageContext<IdentificationConfig>

const open = async (opened: Opened, settings: JsonObject = {}) => {
  const shown = await stage.open(at(opened, {}, settings))
  const { options } = (askOf(shown).discover as { webauthn: { options: Options } }).webauthn
  return { facts: after({}, shown), options, ask: askOf(shown) }
}

const answer = async (opened: Opened, username: string, lies: Lies = {}, settings: JsonObject = {}) => {
  const { facts, options } = await open(opened, settings)
  const passkey = usePasskey(opened.of(username), options, ORIGIN, lies)
  return stage.answer(at(opened, { facts }, settings), { passkey, username: '' })
}

const REFUSED = [{ field: null, text: 'authenticator.webauthn.wrong' }]

describe('signing in without a name', () => {
  it('E24 G01 refuses the key of a disabled person, of a machine, and of nobody in the same words and size', async () => {
    const opened = await openWorld()
    const answers = [
      await answer(opened, 'eve'),
      await answer(opened, 'bot'),
      await answer(opened, 'ana', { credentialId: Buffer.alloc(32, 7) }),
      await answer(opened, 'ana', { spoilSignature: true }),
    ]
    const sizes = new Set<number>()
    for (const result of answers) {
      assert.equal(ended(result), null)
      assert.deepEqual(errorsOf(result), REFUSED)
      assert.equal(learnt(result, proofs), undefined)
      assert.equal(learnt(result, pendingUser), undefined)
      assert.ok(effectsOf(result).every((effect) => effect.do === 'record'))
      sizes.add(JSON.stringify(askOf(result)).length)
    }
    assert.equal(sizes.size, 1)
  })

  it('E05 F03 refuses one that did not check its person, and E06 one whose counter went back, which is noticed', async () => {
    const opened = await openWorld()
    assert.deepEqual(errorsOf(await answer(opened, 'ana', { verified: false })), REFUSED)
    const back = await answer(opened, 'ana', { counter: 1 })
    assert.deepEqual(errorsOf(back), REFUSED)
    const types = effectsOf(back).map((effect) => effect.do === 'record' && effect.event.type)
    assert.deepEqual(types, ['login.failed', 'credential.suspected'])
    const recorded = await answer(opened, 'ana', { counter: 1 }, { kinds: { webauthn: { sign_count: 'record' } } })
    assert.equal(ended(recorded), 'proven')
    assert.ok(
      effectsOf(recorded).some((effect) => effect.do === 'record' && effect.event.type === 'credential.suspected'),
    )
  })

  it('E01 E02 takes no answer to another page, nor to one whose question was answered already', async () => {
    const opened = await openWorld()
    const [first, second] = [await open(opened), await open(opened)]
    const passkey = usePasskey(opened.of('ana'), first.options, ORIGIN)
    assert.deepEqual(errorsOf(await stage.answer(at(opened, { facts: second.facts }), { passkey })), REFUSED)
    assert.deepEqual(errorsOf(await stage.answer(at(opened, { facts: {} }), { passkey })), REFUSED)
    const right = await stage.answer(at(opened, { facts: first.facts }), { passkey })
    assert.equal(ended(right), 'proven')
    const later = after(first.facts, right)
    assert.deepEqual(errorsOf(await stage.answer(at(opened, { facts: later }), { passkey })), REFUSED)
    // A name that was given makes it void as well.
    const named = await stage.answer(at(opened, { facts: first.facts }), { username: 'ana' })
    assert.equal(ended(named), 'ok')
    assert.deepEqual(
      errorsOf(await stage.answer(at(opened, { facts: after(first.facts, named) }), { passkey })),
      REFUSED,
    )
  })

  it('E08 is not taken where it is not switched on, and no name where none is asked for', async () => {
    const opened = await openWorld()
    const { facts, options } = await open(opened)
    const passkey = usePasskey(opened.of('ana'), options, ORIGIN)
    const off = await stage.answer(at(opened, { facts }, { enable_passkeys: false }), { passkey })
    assert.equal(ended(off), null)
    assert.deepEqual(errorsOf(off), [{ field: 'username', text: 'identification.name_empty' }])
    const recovering = await stage.answer(at(opened, { facts, purpose: 'recover' }), { passkey })
    assert.equal(ended(recovering), null)
    const named = await stage.answer(at(opened, { facts }, { user_fields: [] }), { username: 'ana' })
    assert.equal(ended(named), null)
  })

  it('E14 counts each answer for the person it would be, and takes none while they have to wait', async () => {
    const opened = await openWorld()
    await answer(opened, 'ana', { spoilSignature: true })
    const id = people[0]?.user.id
    assert.deepEqual(opened.world.tried, [`webauthn ${id}`])
    await answer(opened, 'ana')
    assert.deepEqual(opened.world.tried, [`webauthn ${id}`, `webauthn ${id}`, '+'])
    opened.world.wait = 4000
    const waits = await answer(opened, 'ana')
    assert.deepEqual(errorsOf(waits), [{ field: null, text: 'guesses.wait', values: { count: '4' } }])
  })

  it('ends proven, with who it is, two factors, and the key used', async () => {
    const opened = await openWorld()
    const result = await answer(opened, 'ana')
    assert.equal(ended(result), 'proven')
    assert.equal(learnt(result, pendingUser), people[0]?.user.id)
    assert.deepEqual(
      learnt(result, proofs)?.map(({ method }) => method),
      ['hwk', 'user'],
    )
    const [use] = effectsOf(result)
    assert.ok(use?.do === 'use_credential' && use.before !== use.after)
  })

  it('asks anew where somebody else was quicker with the same answer', async () => {
    const opened = await openWorld()
    const shown = await stage.overtaken(at(opened))
    assert.deepEqual(errorsOf(shown), [{ field: null, text: 'identification.overtaken' }])
  })

  it('H01 an empty form is nothing, with a passkey asked for alone as well', async () => {
    const opened = await openWorld()
    for (const settings of [{}, { user_fields: [] }]) {
      const { facts } = await open(opened, settings)
      for (const input of [{}, { passkey: '' }, { passkey: '', username: '' }]) {
        const result = await stage.answer(at(opened, { facts }, settings), input)
        assert.equal(ended(result), null)
        assert.ok(errorsOf(result).length > 0)
      }
    }
  })

  it('keeps what it asked sealed, asks anew each time, and hears what the browser can do', async () => {
    const opened = await openWorld()
    const [first, second] = [await open(opened), await open(opened)]
    assert.notEqual(first.options.challenge, second.options.challenge)
    assert.doesNotMatch(JSON.stringify(first.facts), new RegExp(first.options.challenge))
    const can = async (input: Record<string, string>) =>
      learnt(await stage.answer(at(opened, { facts: first.facts }), { username: 'ana', ...input }), browserCan)
    assert.deepEqual(await can({}), [])
    assert.deepEqual(await can({ can: 'passkeys built-in evil' }), ['passkeys', 'built-in'])
  })

  it('offers the button and the field where the address can do it, and says why where it cannot (DESIGN §13)', async () => {
    const opened = await openWorld()
    const shown = pageOf(stage, (await open(opened)).ask)
    assert.match(shown, /autocomplete="username webauthn"/)
    assert.match(shown, /data-passkey-use hidden/)
    const given = { request: { origin: 'https://192.168.1.10:9443' } }
    const beside = pageOf(stage, askOf(await stage.open(at(opened, given))))
    assert.doesNotMatch(beside, /passkey-use|username webauthn/)
    const alone = pageOf(
      stage,
      askOf(await stage.open(at(opened, given, { user_fields: [], fallback_flow: 'sign-in' }))),
    )
    assert.match(alone, /this address is a number/)
    assert.match(alone, /href="\/if\/flow\/sign-in\//)
  })

  it('L01 a typed name is kept beside a refused passkey, as text', async () => {
    const opened = await openWorld()
    const { facts } = await open(opened)
    const result = await stage.answer(at(opened, { facts }), { passkey: 'x', username: '"><b>ana' })
    assert.deepEqual(errorsOf(result), [{ field: null, text: 'authenticator.webauthn.malformed' }])
    assert.match(pageOf(stage, askOf(result), stageView()), /value="&quot;&gt;&lt;b&gt;ana"/)
  })
})
