import assert from 'node:assert/strict'
import { forEachHouse } from '../../../../test/support/api-house.ts'

forEachHouse('simulate walks a flow as somebody would, and does nothing', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asToken('root')
  await root('PUT', '/applications/wiki', { body: { name: 'Wiki', access: { assurance: { mfa: 'required' } } } })
  const simulate = (body: object, slug = 'sign-in') => root('POST', `/flows/${slug}/simulate`, { body })
  const before = (await house.events()).length
  const { status, body } = await simulate({ user: 'ana', choices: { 'authenticator-validate': 'none' } })
  assert.equal(status, 200)
  const nodes = (answer: { path: { node: string }[] }) => answer.path.map(({ node }) => node)
  assert.deepEqual(nodes(body), ['identification', 'password', 'authenticator-validate', 'passkey-offer', 'user-login'])
  assert.deepEqual([body.end, body.signs_in], ['end', true])
  const demanding = await simulate({ user: 'ana', application: 'wiki', choices: { 'authenticator-validate': 'none' } })
  assert.deepEqual(nodes(demanding.body).at(-2), 'authenticator-setup')
  assert.deepEqual(demanding.body.path[2].edges[0], {
    to: 'authenticator-setup',
    when: 'application.mfa',
    policy: null,
    value: true,
    saw: { 'application.mfa': true },
    error: null,
  })
  for (const wrong of [
    { user: 'nobody' },
    { application: 'none' },
    { ip: 'here' },
    { at: 'soon' },
    { expression: '1' },
  ])
    assert.equal((await simulate(wrong)).status, 422, JSON.stringify(wrong))
  assert.equal((await simulate({}, 'nothing')).status, 404)
  assert.equal((await house.events()).length, before)
})

forEachHouse('H09 a draft is tried by whoever may write flows, and judged as if it were kept', async (house) => {
  await house.person('root', ['admins'])
  await house.group('auditors', ['auditor'])
  await house.person('aud', ['auditors'])
  const [root, auditor] = [await house.asToken('root'), await house.asToken('aud')]
  const draft = (when: string) => ({
    name: 'Draft',
    purpose: 'enrol',
    start: 'message',
    nodes: {
      message: { settings: {}, next: { ok: [{ to: 'deny', when }, { to: 'end' }] } },
      deny: {},
    },
  })
  const body = { draft: draft("in_network(request.ip, '192.0.2.0/24')"), ip: '192.0.2.9' }
  assert.equal((await auditor('POST', '/flows/sign-in/simulate', { body })).body.code, 'permission_missing')
  assert.equal((await auditor('POST', '/flows/sign-in/simulate', { body: {} })).status, 200)
  const walked = await root('POST', '/flows/trial/simulate', { body })
  assert.deepEqual(
    walked.body.path.map(({ node }: { node: string }) => node),
    ['message', 'deny'],
  )
  assert.equal(walked.body.end, 'stays')
  const broken = await root('POST', '/flows/trial/simulate', { body: { draft: draft('nothing.here == 1') } })
  assert.equal(broken.status, 422)
  assert.match(broken.body.errors[0].path, /^draft\.nodes\.message\.next/)
  const shapeless = await root('POST', '/flows/trial/simulate', { body: { draft: { nodes: [] } } })
  assert.ok(shapeless.body.errors.every(({ path }: { path: string }) => path.startsWith('draft')))
  assert.equal((await root('GET', '/flows/trial')).status, 404)
})
