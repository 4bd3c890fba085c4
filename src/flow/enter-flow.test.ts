/** Attempts that begin at a node with its answer: a mailed link that was opened in another browser. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createToyHouse, toyFlow, toyPerson } from '../../test/support/toy-house.ts'
import type { NewLink } from '../kinds/contract/stage.ts'
import { judgeEffects } from './judge-effects.ts'

const to = (target: string) => [{ to: target }]

const recovery = toyFlow({
  purpose: 'recover',
  start: 'who',
  nodes: {
    who: { stage: 'identify', next: { ok: to('prove') } },
    prove: { stage: 'password', next: { ok: to('say'), failed: to('who') } },
    say: { stage: 'message', next: { ok: to('end') } },
  },
})

const enter = (house: ReturnType<typeof createToyHouse>, given: object = {}) =>
  house.engine.enter({
    ...house.context('another browser'),
    flow: recovery,
    purpose: 'recover',
    next: null,
    node: 'prove',
    input: { password: 'ana-password' },
    know: [{ name: 'user.pending', value: 'user-ana' }],
    ...given,
  })

test('goes on behind the node that was answered, as a row of this browser, with nothing but what was proven', async () => {
  const house = createToyHouse(recovery)
  const step = await enter(house)
  assert.ok(step.kind === 'show')
  assert.equal(step.node, 'say')
  assert.equal(step.sealed, false)
  const [row, ...more] = [...house.rows.values()]
  assert.equal(more.length, 0)
  assert.deepEqual(Object.keys(row?.facts ?? {}).sort(), ['proofs', 'user.pending'])
  const elsewhere = await house.engine.reopen(step.attempt, house.context())
  assert.ok(elsewhere.kind === 'refused' && elsewhere.code === 'other_browser')
})

test('stays at the node where its answer proves nothing', async () => {
  const house = createToyHouse(recovery)
  const step = await enter(house, { input: { password: 'wrong' } })
  assert.ok(step.kind === 'show')
  assert.deepEqual([step.node, step.errors.length, house.rows.size], ['prove', 1, 0])
})

test('H04 enters no flow that serves something else', async () => {
  const house = createToyHouse(recovery)
  const step = await enter(house, { purpose: 'sign_in' })
  assert.ok(step.kind === 'refused' && step.code === 'denied')
  assert.equal(house.rows.size, 0)
})

test('begins the flow again with what is known where the stage says that something is missing', async () => {
  const flow = toyFlow({
    purpose: 'enrol',
    start: 'say',
    nodes: {
      say: { stage: 'message', next: { ok: to('rogue') } },
      rogue: {
        stage: 'rogue',
        settings: { end: { end: 'ok', again: true, know: [{ name: 'rogue.known', value: true }] } },
        next: { ok: to('end') },
      },
    },
  })
  const house = createToyHouse(flow)
  const step = await house.engine.enter({
    ...house.context(),
    flow,
    purpose: 'enrol',
    next: null,
    node: 'rogue',
    input: {},
  })
  assert.ok(step.kind === 'show')
  assert.equal(step.node, 'say')
})

test('G04 a link is sent to whom the attempt is about, and to nobody else', async () => {
  const link = {} as NewLink
  const place = { flow: 'recover', revision: 1, node: 'email', attempt: 'a' as never }
  const judge = (user: string | null, address: string | null, purpose: 'recover' | 'verify' = 'recover') =>
    judgeEffects([{ do: 'send_link', purpose, user: user as never, address, link, expiresAt: 1, place }], {
      kind: { id: 'email' },
      before: {},
      facts: { 'user.pending': 'user-ana' },
      session: null,
      now: 1,
      person: async () => toyPerson('ana'),
      heldMethods: async () => new Set(),
    })
  assert.equal(await judge('user-ana', 'ana@example.com'), null)
  assert.equal(await judge(null, null), null)
  assert.equal(await judge(null, 'new@example.com', 'verify'), null)
  assert.match((await judge('user-bea', 'bea@example.com')) ?? '', /not about/)
  assert.match((await judge(null, 'eve@example.com')) ?? '', /of nobody/)
})
