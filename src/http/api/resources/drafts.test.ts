import assert from 'node:assert/strict'
import { type ApiHouse, forEachHouse } from '../../../../test/support/api-house.ts'
import { deniedWhere, flowWith, to } from '../../../../test/support/sign-in-flows.ts'

const signIn = flowWith('sign-in', {})
const asked = deniedWhere("user.kind == 'external'")

const opened = async (house: ApiHouse) => {
  await house.person('root', ['admins'])
  return house.asToken('root')
}

forEachHouse('a draft is kept, serves nobody, and is published as a revision with its note', async (house) => {
  const root = await opened(house)
  assert.equal((await root('GET', '/flows/sign-in/draft')).status, 404)
  const events = (await house.events()).length
  const saved = await root('PUT', '/flows/sign-in/draft', { body: { spec: asked, note: 'No guests' } })
  assert.equal(saved.status, 200, saved.text)
  const { based_on, note, saved_by, problem, changes } = saved.body
  assert.deepEqual([based_on, note, saved_by.name, problem], [1, 'No guests', 'test', null], JSON.stringify(saved.body))
  assert.deepEqual(changes.map(({ path }: { path: string }) => path).sort(), ['nodes.deny', 'nodes.password.next.ok'])
  assert.equal((await house.events()).length, events, 'a draft changes nothing')
  const stands = await root('GET', '/flows/sign-in')
  assert.equal(stands.body.meta.revision, 1)
  assert.equal(stands.body.nodes.deny, undefined)

  const tried = await root('POST', '/flows/sign-in/publish?dry_run=true')
  assert.deepEqual(tried.body.outcome, 'updated')
  assert.equal((await root('GET', '/flows/sign-in/draft')).status, 200, 'a dry run publishes nothing')
  const published = await root('POST', '/flows/sign-in/publish')
  assert.equal(published.status, 200, published.text)
  assert.equal(published.body.meta.revision, 2)
  assert.ok(published.body.nodes.deny)
  assert.equal((await root('GET', '/flows/sign-in/draft')).status, 404, 'what serves is no draft any more')
  assert.equal((await root('POST', '/flows/sign-in/publish')).status, 404)
  const { items } = (await root('GET', '/flows/sign-in/history')).body
  assert.deepEqual([items[0].revision, items[0].why], [2, 'No guests'])
  const event = (await house.events('resource.updated')).at(-1)
  assert.equal(event?.target, 'flows/sign-in')
  const told = event?.detail?.draft as { by: object; based_on: number } | undefined
  assert.deepEqual([told?.based_on, told?.by], [1, saved_by])
})

forEachHouse('a draft of what does not stand yet makes it', async (house) => {
  const root = await opened(house)
  const spec = { ...signIn, name: 'Another' }
  assert.equal((await root('PUT', '/flows/another/draft', { body: { spec } })).body.based_on, 0)
  assert.equal((await root('GET', '/flows/another')).status, 404)
  const published = await root('POST', '/flows/another/publish?why=trial')
  assert.equal(published.status, 201)
  assert.equal((await root('GET', '/flows/another/history')).body.items[0].why, 'trial')
  assert.equal((await root('PUT', '/flows/No_Slug/draft', { body: { spec } })).status, 422)
})

forEachHouse('a draft keeps to its schema, and what else is wrong with it is told and not published', async (house) => {
  const root = await opened(house)
  const put = (spec: object) => root('PUT', '/flows/sign-in/draft', { body: { spec } })
  const unknown = await put({ ...signIn, nodez: {} })
  assert.deepEqual([unknown.status, unknown.body.errors[0].path], [422, 'nodez'])
  assert.equal((await root('GET', '/flows/sign-in/draft')).status, 404)
  const dead = await put({
    ...signIn,
    nodes: { ...signIn.nodes, lonely: { stage: 'message', settings: {}, next: {} } },
  })
  assert.equal(dead.status, 200, dead.text)
  assert.equal(dead.body.changes, null)
  assert.equal(dead.body.problem.code, 'invalid')
  assert.deepEqual(dead.body.problem.errors.map(({ path }: { path: string }) => path).sort(), [
    'nodes.lonely',
    'nodes.lonely.next',
  ])
  const refused = await root('POST', '/flows/sign-in/publish')
  assert.deepEqual([refused.status, refused.body.code], [422, 'invalid'])
  assert.equal((await root('GET', '/flows/sign-in/draft')).status, 200, 'a refused draft stays')
})

forEachHouse('I19 a draft that would lock the administrators out says so, and is not published', async (house) => {
  const root = await opened(house)
  const saved = await root('PUT', '/flows/sign-in/draft', { body: { spec: deniedWhere('true') } })
  assert.equal(saved.body.problem.code, 'locked_out')
  assert.match(saved.body.problem.errors[0].message, /^root stops in the flow "sign-in" at "deny"/)
  assert.equal(saved.body.problem.errors[0].path, 'nodes.deny')
  const refused = await root('POST', '/flows/sign-in/publish')
  assert.deepEqual([refused.status, refused.body.code], [409, 'locked_out'])
  await house.group('auditors', ['auditor'])
  await house.person('aud', ['auditors'])
  const auditor = await house.asToken('aud')
  const { problem } = (await auditor('GET', '/flows/sign-in/draft')).body
  assert.deepEqual([problem.code, problem.errors], ['locked_out', []], 'who stands where is not for readers')
})

forEachHouse(
  'a draft is not published over what was published meanwhile, and says what that changed',
  async (house) => {
    const root = await opened(house)
    await root('PUT', '/flows/sign-in/draft', { body: { spec: asked } })
    await root('PATCH', '/flows/sign-in', { body: { title: 'Welcome' } })
    const refused = await root('POST', '/flows/sign-in/publish')
    assert.deepEqual([refused.status, refused.body.code], [409, 'conflict'])
    assert.match(refused.body.detail, /^Revision 2 was published since the draft was begun from 1\./)
    assert.deepEqual(refused.body.errors, [{ path: 'title', message: 'was changed meanwhile' }])
    const spec = { ...asked, title: 'Welcome' }
    assert.equal((await root('PUT', '/flows/sign-in/draft', { body: { spec, based_on: 2 } })).body.problem, null)
    assert.equal((await root('POST', '/flows/sign-in/publish')).body.meta.revision, 3)
  },
)

forEachHouse('two who write one draft do not overwrite one another', async (house) => {
  const root = await opened(house)
  const first = await root('PUT', '/flows/sign-in/draft', { body: { spec: asked }, headers: { 'if-none-match': '*' } })
  assert.equal(first.status, 200)
  const again = await root('PUT', '/flows/sign-in/draft', { body: { spec: asked }, headers: { 'if-none-match': '*' } })
  assert.equal(again.status, 412)
  const seen = { 'if-match': first.headers.etag ?? '' }
  const spec = { ...asked, name: 'Second' }
  const both = await Promise.all(
    ['one', 'two'].map((note) => root('PUT', '/flows/sign-in/draft', { body: { spec, note }, headers: seen })),
  )
  assert.equal(both.filter(({ status }) => status === 200).length, 1, JSON.stringify(both.map(({ status }) => status)))
  assert.equal((await root('POST', '/flows/sign-in/publish', { headers: seen })).status, 412)
  assert.equal((await root('DELETE', '/flows/sign-in/draft', { headers: seen })).status, 412)
  assert.equal((await root('DELETE', '/flows/sign-in/draft')).status, 204)
  assert.equal((await root('DELETE', '/flows/sign-in/draft')).status, 404)
})

forEachHouse('of two who publish one draft at the same moment, one does', async (house) => {
  const root = await opened(house)
  await root('PUT', '/flows/sign-in/draft', { body: { spec: asked } })
  const both = await Promise.all([1, 2].map(() => root('POST', '/flows/sign-in/publish')))
  assert.equal(both.filter(({ status }) => status === 200).length, 1, JSON.stringify(both.map(({ body }) => body)))
  assert.equal((await root('GET', '/flows/sign-in')).body.meta.revision, 2)
})

forEachHouse('what a file manages is not published by a draft; the refusal names the file', async (house) => {
  const root = await opened(house)
  const stored = await house.store.resources.get(house.store.read, 'flows', 'sign-in')
  assert.ok(stored)
  await house.store.write((tx) =>
    house.store.resources.put(tx, {
      ...stored,
      expected: 1,
      managedBy: 'flows.yaml',
      lookups: [],
      refs: [],
      actor: { kind: 'system', name: 'test' },
      why: null,
      now: house.clock.now(),
    }),
  )
  const saved = await root('PUT', '/flows/sign-in/draft', { body: { spec: asked } })
  assert.equal(saved.body.problem.code, 'managed_by_file')
  const refused = await root('POST', '/flows/sign-in/publish')
  assert.deepEqual([refused.status, refused.body.code], [409, 'managed_by_file'])
  assert.match(refused.body.detail, /flows\.yaml/)
})

const enrol = (nodes: object, more: object = {}) => ({
  name: 'Trial',
  purpose: 'enrol',
  start: 'message',
  nodes,
  ...more,
})
const noGuests = [to('deny', "user.kind == 'external'"), to('end')]

forEachHouse('versions are compared by their nodes, edges and settings', async (house) => {
  const root = await opened(house)
  const before = enrol({
    message: { settings: { title: 'Hello' }, next: { ok: [to('more')] } },
    more: { stage: 'message', next: { ok: [to('end')] } },
  })
  const after = enrol(
    { message: { settings: { title: 'Good day' }, next: { ok: noGuests } }, deny: {} },
    { title: 'Hi' },
  )
  await root('PUT', '/flows/trial', { body: before })
  await root('PUT', '/flows/trial/draft', { body: { spec: after } })
  const { nodes: found, changes } = (await root('GET', '/flows/trial/compare')).body
  assert.deepEqual([found.added, found.removed], [['deny'], ['more']])
  assert.deepEqual(found.flow, [{ path: 'title', after: 'Hi' }])
  assert.deepEqual(found.changed, [
    {
      node: 'message',
      edges: [{ outcome: 'ok', before: [to('more')], after: noGuests }],
      settings: [{ path: 'settings.title', before: 'Hello', after: 'Good day' }],
    },
  ])
  assert.equal(changes.length, 5, JSON.stringify(changes))
  assert.equal((await root('POST', '/flows/trial/publish')).status, 200)
  const back = (await root('GET', '/flows/trial/compare?from=2&to=1')).body
  assert.deepEqual([back.nodes.added, back.nodes.removed], [['more'], ['deny']])
  assert.deepEqual((await root('GET', '/flows/trial/compare?from=0&to=1')).body.nodes.removed, [])
  assert.equal((await root('GET', '/flows/trial/compare')).status, 404)
  assert.equal((await root('GET', '/flows/trial/compare?from=9&to=1')).status, 404)
  assert.equal((await root('GET', '/flows/trial/compare?from=first&to=1')).status, 422)
  assert.deepEqual((await root('GET', '/brands/default/compare?from=1&to=published')).body, { changes: [] })
})

forEachHouse('a roll-back is a new revision, and its event says to which', async (house) => {
  const root = await opened(house)
  await root('PUT', '/flows/sign-in/draft', { body: { spec: asked } })
  await root('POST', '/flows/sign-in/publish')
  const back = await root('POST', '/flows/sign-in/undo', { body: { revision: 1 } })
  assert.equal(back.body.meta.revision, 3)
  assert.equal(back.body.nodes.deny, undefined)
  const history = (await root('GET', '/flows/sign-in/history')).body.items
  assert.deepEqual(
    history.map(({ revision }: { revision: number }) => revision),
    [3, 2, 1],
  )
  const event = (await house.events('resource.updated')).at(-1)
  assert.equal(event?.detail?.rolled_back_to, 1)
})

forEachHouse('a draft that is kept is simulated by whoever may read flows', async (house) => {
  const root = await opened(house)
  await root('PUT', '/flows/sign-in/draft', { body: { spec: deniedWhere("user.username == 'root'") } })
  const walked = await root('POST', '/flows/sign-in/simulate', { body: { draft: true, user: 'root' } })
  assert.equal(walked.body.path.at(-1).node, 'deny', walked.text)
  assert.equal((await root('POST', '/flows/sign-in/simulate', { body: { user: 'root' } })).body.signs_in, true)
  assert.equal((await root('POST', '/flows/step-up/simulate', { body: { draft: true } })).status, 404)
  const narrow = await house.asToken('root', ['decisions.explain'])
  assert.equal((await narrow('POST', '/flows/sign-in/simulate', { body: { draft: true } })).status, 403)
})

forEachHouse('I03 whoever publishes the draft of a role gives it, and gives no more than they hold', async (house) => {
  const root = await opened(house)
  await house.delegate('helper', ['roles.read', 'roles.write'])
  const helper = await house.asToken('helper')
  const spec = { name: 'More', permissions: ['users.read', 'roles.read'] }
  assert.equal((await helper('PUT', '/roles/more/draft', { body: { spec } })).status, 200)
  assert.equal((await helper('POST', '/roles/more/publish')).body.code, 'grants_too_much')
  assert.equal((await root('POST', '/roles/more/publish')).status, 201)
})

forEachHouse('a draft holds no secret', async (house) => {
  const root = await opened(house)
  const spec = (secret: object) => ({
    name: 'Wiki',
    providers: { oidc: { client_id: 'wiki', client_secret: secret, redirect_uris: ['https://wiki.example.com/cb'] } },
  })
  const refused = await root('PUT', '/applications/wiki/draft', { body: { spec: spec({ value: 'x'.repeat(40) }) } })
  assert.deepEqual([refused.status, refused.body.errors[0].path], [422, 'providers.oidc.client_secret'])
  await root('PUT', '/applications/wiki', { body: spec({ value: 'x'.repeat(40) }) })
  const { meta: _, ...told } = (await root('GET', '/applications/wiki')).body
  const saved = await root('PUT', '/applications/wiki/draft', { body: { spec: { ...told, name: 'The wiki' } } })
  assert.equal(saved.body.problem, null, saved.text)
  assert.doesNotMatch(saved.text, /x{40}/)
  assert.equal((await root('POST', '/applications/wiki/publish')).body.name, 'The wiki')
})
