/** Administering by the session of a browser: two factors, lately proven where access is handed out (DESIGN §13). */
import assert from 'node:assert/strict'
import { type ApiAnswer, type ApiHouse, forEachHouse } from '../../../test/support/api-house.ts'
import { HOUR, MINUTE } from '../../base/clock.ts'

const proofs = (house: ApiHouse, ...methods: string[]) => methods.map((method) => ({ method, at: house.clock.now() }))

const refused = (answer: ApiAnswer): unknown[] => [answer.status, answer.body?.code, answer.body?.step_up]
const ASKED = [403, 'step_up_required', '/if/flow/step-up/?next=%2Fif%2Fadmin%2F']

forEachHouse(
  'E21 an administrator with a password alone administers nothing, and is told where to prove more',
  async (house) => {
    await house.person('root', ['admins'])
    const weak = await house.asSession('root', proofs(house, 'pwd'))
    assert.deepEqual(refused(await weak('GET', '/users')), ASKED)
    assert.deepEqual(refused(await weak('PUT', '/groups/staff', { body: { name: 'Staff' } })), ASKED)
    // What is one's own is no administration.
    assert.equal((await weak('GET', '/me')).status, 200)
    assert.equal((await weak('GET', '/me/sessions')).status, 200)
    const strong = await house.asSession('root', proofs(house, 'pwd', 'otp'))
    assert.equal((await strong('GET', '/users')).status, 200)
  },
)

forEachHouse(
  'E21 a token that administers is not made past the second factor; one that does not, is',
  async (house) => {
    await house.person('root', ['admins'])
    await house.person('ana')
    const body = { kind: 'api', name: 'mine' }
    const weak = await house.asSession('root', proofs(house, 'pwd'))
    assert.deepEqual(refused(await weak('POST', '/me/tokens', { body })), ASKED)
    assert.equal(
      (await (await house.asSession('ana', proofs(house, 'pwd')))('POST', '/me/tokens', { body })).status,
      201,
    )
    const strong = await house.asSession('root', proofs(house, 'pwd', 'otp'))
    assert.equal((await strong('POST', '/me/tokens', { body })).status, 201)
  },
)

forEachHouse('access is handed out with a proof of lately alone; looking around needs none', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asSession('root', proofs(house, 'pwd', 'otp'))
  house.advance(HOUR)
  assert.equal((await root('PUT', '/groups/staff', { body: { name: 'Staff' } })).status, 201)
  house.advance(1)
  assert.equal((await root('GET', '/users')).status, 200)
  for (const [method, path, body] of [
    ['PUT', '/groups/other', { name: 'Other' }],
    ['POST', '/me/tokens', { kind: 'api', name: 'mine' }],
    ['PUT', '/roles/helper', { name: 'Helper', permissions: ['users.read'] }],
    ['POST', '/users/root/recovery_link', {}],
  ] as const) {
    assert.deepEqual(refused(await root(method, path, { body })), ASKED, path)
  }
})

forEachHouse('the settings say how strong and how fresh', async (house) => {
  await house.person('root', ['admins'])
  const strong = await house.asSession('root', proofs(house, 'pwd', 'otp'))
  const set = (administration: object) => strong('PATCH', '/settings/instance', { body: { administration } })
  const weak = await house.asSession('root', proofs(house, 'pwd'))
  assert.equal((await set({ assurance: { mfa: 'optional' }, fresh: '10m' })).status, 200)
  assert.equal((await weak('GET', '/users')).status, 200)
  house.advance(10 * MINUTE + 1)
  assert.deepEqual(refused(await weak('POST', '/me/tokens', { body: { kind: 'api', name: 'mine' } })), ASKED)
  assert.equal((await weak('GET', '/users')).status, 200)
})

forEachHouse('I19 settings that would let no administrator in from where they are made are refused', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asSession('root', proofs(house, 'pwd', 'otp'))
  const answer = await root('PATCH', '/settings/instance', {
    body: { administration: { assurance: { network: ['192.0.2.0/24'] } } },
  })
  assert.deepEqual([answer.status, answer.body?.code], [409, 'locked_out'], JSON.stringify(answer.body))
})

forEachHouse(
  'whoever came back in by `gatehouse recover` administers, for as long as a proof is fresh',
  async (house) => {
    await house.person('root', ['admins'])
    const root = await house.asSession('root', proofs(house, 'recovery'))
    assert.equal(
      (await root('POST', '/users/root/reset_password', { body: { password: { value: 'a quiet long passphrase' } } }))
        .status,
      200,
    )
    const later = await house.asSession('root', proofs(house, 'recovery'))
    house.advance(HOUR + 1)
    assert.deepEqual(refused(await later('GET', '/users')), ASKED)
  },
)
