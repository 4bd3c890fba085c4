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
  PLACE,
  pageOf,
  somebody,
  stageContext,
  stageView,
  stageWorld,
  type World,
} from '../../../../test/support/stage-world.ts'
import type { EmailId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Person } from '../../../domain/people/person.ts'
import { nobody, pendingUser, proofs, verifiedAddress } from '../../contract/fact.ts'
import type { Effect, LiveLink } from '../../contract/stage.ts'
import { email } from './index.ts'

const verified = (person: Person, ...more: string[]): Person => ({
  ...person,
  emails: [...person.emails, ...more.map((address) => addressOf(person, address))].map((one) => ({
    ...one,
    verifiedAt: 1,
  })),
})
const addressOf = ({ user }: Person, address: string) => ({
  id: `mail-${address}` as EmailId,
  userId: user.id,
  address,
  primary: false,
  verifiedAt: null,
  verifiedBy: null,
})
const ana = verified(somebody('ana', {}, 'ana@example.com'), 'second@example.com')
const bea = verified(somebody('bea', {}, 'bea@example.com'))
const unverified = somebody('una', {}, 'una@example.com')

const named = (typed: string, person: Person | null, facts: JsonObject = {}): Given => ({
  person,
  purpose: 'recover',
  facts: { 'user.typed': typed, 'user.pending': person?.user.id ?? nobody, ...facts },
})
const context = (world: World, given: Given, settings: JsonObject = {}) => stageContext(email, world, given, settings)

type SendLink = Extract<Effect, { do: 'send_link' }>
const linkIn = (effects: readonly Effect[]): SendLink =>
  effects.find((effect) => effect.do === 'send_link') ?? assert.fail('no link')
const told = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.do === 'record' ? [`${effect.event.type} ${effect.event.detail?.reason ?? ''}`.trim()] : [],
  )

/** Somebody waits on the page, and what was sent counts. */
const waiting = async (world: World, person: Person, live: Partial<LiveLink> = {}) => {
  const given = named(person.user.username, person)
  const opened = await email.open(context(world, given))
  const { linkHash } = linkIn(effectsOf(opened)).link
  const kept = world.links.get(linkHash) ?? assert.fail()
  const counts: LiveLink = { linkHash, purpose: 'recover', person, address: 'ana@example.com', place: PLACE, ...live }
  kept.live = counts
  return { given: { ...given, facts: after(given.facts ?? {}, opened) }, kept, linkHash }
}

describe('email', () => {
  it('G01 asks, writes and counts the same for nobody as for somebody, and sends nobody a mail', async () => {
    const seen = []
    for (const person of [ana, null, unverified, somebody('ana', { active: false }, 'ana@example.com')]) {
      const world = stageWorld()
      const opened = await email.open(context(world, named('somebody', person)))
      const effects = effectsOf(opened)
      seen.push({
        ask: askOf(opened),
        errors: errorsOf(opened),
        effects: effects.map((effect) => effect.do),
        know: opened.know?.map(({ name, value }) => `${name} ${JSON.stringify(value)}`),
        tried: world.tried.length,
      })
      const { address, user } = linkIn(effects)
      assert.deepEqual([address, user], person === ana ? ['ana@example.com', ana.user.id] : [null, null])
    }
    for (const one of seen) assert.deepEqual(one, seen[0])
  })

  it('says in the log why nobody got a mail', async () => {
    for (const [person, reason] of [
      [null, 'nobody'],
      [unverified, 'no_verified_address'],
      [verified(somebody('bot', { kind: 'service_account' }, 'bot@example.com')), 'nobody'],
    ] as const) {
      const opened = await email.open(context(stageWorld(), named('x', person)))
      assert.deepEqual(told(effectsOf(opened)), [`mail.link_refused ${reason}`])
    }
  })

  it('G06 sends to an address as it is stored, and to none that merely looks like it', async () => {
    for (const [typed, to] of [
      ['ana', 'ana@example.com'],
      ['SECOND@example.com', 'second@example.com'],
      ['sec\u043end@example.com', 'ana@example.com'],
      ['ana@ex\u0430mple.com', 'ana@example.com'],
    ] as const) {
      const opened = await email.open(context(stageWorld(), named(typed, ana)))
      assert.equal(linkIn(effectsOf(opened)).address, to, typed)
    }
  })

  it('sends once: looking at the page again sends nothing, and its button does', async () => {
    const world = stageWorld()
    const { given } = await waiting(world, ana)
    assert.deepEqual(effectsOf(await email.open(context(world, given))), [])
    const again = await email.answer(context(world, given), { again: 'yes' })
    assert.notEqual(linkIn(effectsOf(again)).link.linkHash, 'hash-of-link-1')
    assert.equal(world.links.size, 2)
  })

  it('E18 sends nothing before the wait is over: told for what was typed, never for whose it is', async () => {
    const world = { ...stageWorld(), wait: 61_000 }
    const opened = await email.open(context(world, named('ana', ana)))
    assert.deepEqual(errorsOf(opened), [{ field: null, text: 'guesses.wait', values: { count: '61' } }])
    assert.deepEqual([effectsOf(opened), world.tried], [[], ['mail ana']])
    assert.doesNotMatch(pageOf(email, askOf(opened)), /name="code"/)
  })

  it('E18 a mailbox that got enough gets no more, and the page does not tell', async () => {
    const world = stageWorld()
    const full = context(world, named('ana', ana))
    const ports = {
      ...full.ports,
      guesses: {
        ...full.ports.guesses,
        take: async (what: string) => (what === 'mail_to' ? { wait: 9 } : { ticket: [] }),
      },
    }
    const opened = await email.open({ ...full, ports })
    assert.deepEqual([askOf(opened).sent, errorsOf(opened)], [true, []])
    assert.equal(linkIn(effectsOf(opened)).address, null)
    assert.deepEqual(told(effectsOf(opened)), ['mail.link_refused too_many'])
  })

  it('proves by the link who somebody is, spends it and says so', async () => {
    const world = stageWorld()
    const { kept, linkHash } = await waiting(world, ana)
    // In another browser: the attempt knows nothing.
    const used = await email.answer(context(world, { purpose: 'recover' }), { mail_link: kept.link })
    assert.equal(ended(used), 'ok')
    assert.equal(learnt(used, pendingUser), ana.user.id)
    assert.deepEqual(learnt(used, proofs), [{ method: 'email', at: NOW }])
    assert.deepEqual(effectsOf(used)[0], { do: 'spend_link', linkHash })
    assert.deepEqual(told(effectsOf(used)), ['mail.link_used'])
  })

  it('proves by the code in the browser that waits, spaces and all', async () => {
    const world = stageWorld()
    const { given, kept } = await waiting(world, ana)
    const spaced = `${kept.code.slice(0, 4)} ${kept.code.slice(4)} `
    const used = await email.answer(context(world, given), { code: spaced })
    assert.equal(ended(used), 'ok')
    assert.equal(learnt(used, pendingUser), ana.user.id)
    assert.equal(world.tried.at(-1), '+')
  })

  it('G04 takes no link of somebody else, of another purpose, flow or node', async () => {
    for (const [live, typed] of [
      [{ person: bea }, 'ana'],
      [{ person: null }, 'ana'],
      [{ purpose: 'verify' }, 'ana'],
      [{ place: { ...PLACE, flow: 'sign-in' } }, 'ana'],
      [{ place: { ...PLACE, node: 'other' } }, 'ana'],
    ] as const) {
      const world = stageWorld()
      const { given, kept } = await waiting(world, ana, live)
      for (const input of [{ mail_link: kept.link }, { code: kept.code }]) {
        const used = await email.answer(context(world, given), input)
        assert.equal(ended(used), null, JSON.stringify(live))
        assert.equal(learnt(used, proofs), undefined)
        assert.equal(told(effectsOf(used)).length, 1, typed)
      }
    }
  })

  it('G03 takes no link and no code that does not count any more', async () => {
    const world = stageWorld()
    const { given, kept } = await waiting(world, ana)
    kept.live = null
    const link = await email.answer(context(world, given), { mail_link: kept.link })
    assert.deepEqual(errorsOf(link), [{ field: null, text: 'email.link_invalid' }])
    const code = await email.answer(context(world, given), { code: kept.code })
    assert.deepEqual(errorsOf(code), [{ field: 'code', text: 'email.code_wrong' }])
  })

  it('E14 counts each code before it is looked at, and ends after five wrong ones', async () => {
    const world = stageWorld()
    const { given } = await waiting(world, ana)
    let facts = given.facts ?? {}
    const outcomes = []
    for (let count = 0; count < 5; count += 1) {
      const answered = await email.answer(context(world, { ...given, facts }), { code: '00000000' })
      outcomes.push(ended(answered))
      facts = after(facts, answered)
    }
    assert.deepEqual(outcomes, [null, null, null, null, 'failed'])
    assert.equal(world.tried.filter((one) => one === `mail_code ${ana.user.id}`).length, 5)
    const late = await email.answer(context(world, { ...given, facts }), { code: '10000001' })
    assert.equal(ended(late), null)
  })

  it('a code that was sent for one name proves nothing about another', async () => {
    const world = stageWorld()
    const { given, kept } = await waiting(world, ana)
    const facts = { ...given.facts, 'user.typed': 'bea', 'user.pending': bea.user.id }
    const answered = await email.answer(context(world, { ...given, person: bea, facts }), { code: kept.code })
    assert.equal(ended(answered), null)
  })

  it('ends as unavailable where no mail server is set up, before anything is written', async () => {
    const world = { ...stageWorld(), mail: false }
    const opened = await email.open(context(world, named('ana', ana)))
    assert.equal(ended(opened), 'unavailable')
    assert.deepEqual(told(effectsOf(opened)), ['mail.link_refused mail_unavailable'])
  })

  it('shows that an address is theirs, and begins again where what was asked is not known', async () => {
    const world = stageWorld()
    const settings = { send_to: 'answer' }
    const facts = { 'prompt.answers': { email: 'new@example.com' } }
    const opened = await email.open(context(world, { purpose: 'enrol', facts }, settings))
    const effect = linkIn(effectsOf(opened))
    assert.deepEqual([effect.purpose, effect.user, effect.address], ['verify', null, 'new@example.com'])
    const kept = world.links.get(effect.link.linkHash) ?? assert.fail()
    const { linkHash } = effect.link
    kept.live = { linkHash, purpose: 'verify', person: null, address: 'new@example.com', place: PLACE }
    const here = { purpose: 'enrol', facts: after(facts, opened) } as const
    const used = await email.answer(context(world, here, settings), { mail_link: kept.link })
    assert.deepEqual([ended(used), 'again' in used], ['ok', false])
    assert.equal(learnt(used, verifiedAddress), 'new@example.com')
    const elsewhere = await email.answer(context(world, { purpose: 'enrol' }, settings), { mail_link: kept.link })
    assert.deepEqual([ended(elsewhere), 'again' in elsewhere], ['ok', true])
    const asked = { purpose: 'enrol', facts: { ...after({}, elsewhere), ...facts } } as const
    assert.equal(ended(await email.open(context(world, asked, settings))), 'ok')
  })

  it('G04 an address proves nothing about whoever was named, proved or signed in before', async () => {
    const settings = { send_to: 'answer' }
    const facts = { 'prompt.answers': { email: 'new@example.com' } }
    const proven = async (more: JsonObject) => {
      const world = stageWorld([ana])
      const given = (facts: JsonObject): Given => ({ person: ana, purpose: 'settings', facts })
      const opened = await email.open(context(world, given({ ...facts, ...more }), settings))
      const { linkHash } = linkIn(effectsOf(opened)).link
      const kept = world.links.get(linkHash) ?? assert.fail()
      kept.live = { linkHash, purpose: 'verify', person: null, address: 'new@example.com', place: PLACE }
      const asked = context(world, given(after({ ...facts, ...more }, opened)), settings)
      const used = await email.answer(asked, { mail_link: kept.link })
      assert.equal(learnt(used, verifiedAddress), 'new@example.com')
      return learnt(used, proofs)?.map(({ method }) => method)
    }
    assert.equal(await proven({ 'user.pending': ana.user.id }), undefined)
    assert.equal(await proven({ 'user.pending': nobody }), undefined)
    assert.equal(await proven({ 'user.pending': ana.user.id, proofs: [{ method: 'pwd', at: NOW }] }), undefined)
    assert.deepEqual(await proven({ 'user.pending': ana.user.id, 'attempt.created': ana.user.id }), ['email'])
  })

  it('L05 shows a name as text, and the code in one box', async () => {
    const world = stageWorld()
    const opened = await email.open(context(world, named('<img src=x>', null)))
    const page = pageOf(email, askOf(opened), stageView())
    assert.match(page, /&lt;img src=x&gt;/)
    assert.match(page, /name="code" autocomplete="one-time-code"/)
  })
})
