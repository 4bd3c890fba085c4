import assert from 'node:assert/strict'
import { type ApiHouse, forEachHouse } from '../../test/support/api-house.ts'
import { engineOver, REMEMBERED } from '../../test/support/engine-over.ts'
import { flowWith, ledTo, to } from '../../test/support/sign-in-flows.ts'
import type { FlowContext, FlowStep } from '../flow/ports.ts'
import { olderFlow } from './older-flow.ts'
import { flows } from './resource-types.ts'

const ORIGIN = 'https://auth.example.com'

/** Says something once the password was right. */
const withNotice = flowWith('sign-in', {
  password: ledTo('sign-in', 'password', 'ok', [to('notice')]),
  notice: { stage: 'message', settings: {}, next: { ok: [to('authenticator-validate')] } },
})

const attemptIn = (house: ApiHouse) => {
  const now = async () => (await house.configuration.live.current()).get(flows, 'sign-in') ?? assert.fail('no flow')
  const engine = engineOver(house, async (slug, revision) => {
    const current = await now()
    return current.revision === revision ? current : olderFlow(house.store, slug, revision, () => undefined)
  })
  return async (browser: string) => {
    const context = (): FlowContext => ({
      request: { ip: '10.0.0.1', userAgent: 'test', origin: ORIGIN, at: house.clock.now(), id: 'r' },
      browser,
      signedIn: null,
      device: null,
    })
    let step: FlowStep = await engine.begin({ ...context(), flow: await now(), purpose: 'sign_in', next: '/if/user/' })
    const at = (): string => (step.kind === 'show' ? step.node : step.kind)
    const answer = async (input: Readonly<Record<string, string>>): Promise<string> => {
      if (step.kind !== 'show') assert.fail(JSON.stringify(step))
      step = await engine.answer(step.attempt, step.step, input, context())
      return step.performed.session ? 'signed in' : at()
    }
    return { at, answer }
  }
}

forEachHouse('an attempt stays on the revision it began with, over a publish and a roll-back', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  const begin = attemptIn(house)
  const first = await begin('first')
  assert.equal((await root('PUT', '/flows/sign-in/draft', { body: { spec: withNotice } })).body.problem, null)
  assert.equal((await root('POST', '/flows/sign-in/publish')).body.meta.revision, 2)
  const second = await begin('second')
  assert.equal(await first.answer({ username: 'root' }), 'password')
  assert.equal(await second.answer({ username: 'root' }), 'password')
  assert.equal(await second.answer({ password: REMEMBERED }), 'notice')
  assert.equal((await root('POST', '/flows/sign-in/undo', { body: { revision: 1 } })).body.meta.revision, 3)
  const third = await begin('third')
  assert.equal(await third.answer({ username: 'root' }), 'password')
  assert.equal(await first.answer({ password: REMEMBERED }), 'signed in', 'begun before there was a notice')
  assert.equal(second.at(), 'notice')
  assert.equal(await second.answer({ go: 'on' }), 'signed in')
  assert.equal(await third.answer({ password: REMEMBERED }), 'signed in', 'rolled back to none')
})
