import assert from 'node:assert/strict'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse as parseHtml } from 'node-html-parser'
import { forEachHouse } from '../../../../test/support/api-house.ts'
import { html } from '../../../base/html.ts'
import { PROBLEMS } from '../problem.ts'
import { openApi } from './openapi.ts'
import { reference } from './reference.ts'

type Document = ReturnType<typeof openApi>

forEachHouse(
  'the OpenAPI document tells every route, its permission, and schemas that are valid JSON Schema',
  async (house) => {
    const answer = await house.anonymous('GET', '/openapi.json')
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['content-type'], 'application/json')
    const api: Document = answer.body
    assert.equal(api.openapi, '3.1.0')
    assert.equal(api.info.version, '1.2.3')
    const told = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    const declared = house.routes.map(
      ({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`,
    )
    assert.deepEqual(told.sort(), declared.sort())
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    for (const [name, schema] of Object.entries(api.components.schemas))
      ajv.addSchema({ ...schema }, `#/components/schemas/${name}`)
    for (const name of Object.keys(api.components.schemas))
      assert.ok(ajv.getSchema(`#/components/schemas/${name}`), name)
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
        const given = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name)
        assert.deepEqual(given, named, `${method} ${path}`)
        assert.ok(operation.summary.endsWith('.'), operation.operationId)
        assert.deepEqual(operation.security.length === 0, operation['x-permission'] === 'public')
      }
    }
    const refs = [...answer.text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '')
    for (const name of refs) assert.ok(api.components.schemas[name], name)
    for (const name of [
      'Application',
      'ApplicationValues',
      'Flow',
      'Role',
      'User',
      'UserValues',
      'Group',
      'Problem',
      'Difference',
    ])
      assert.ok(api.components.schemas[name], name)
  },
)

forEachHouse(
  'what the API answers is valid by the document, judged by another reader of JSON Schema',
  async (house) => {
    await house.person('root', ['admins'])
    const root = await house.asSession('root')
    const api: Document = (await root('GET', '/openapi.json')).body
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ $id: 'api', components: api.components })
    const application = {
      name: 'Wiki',
      providers: {
        oidc: { client_id: 'wiki', client_secret: { value: 'x' }, redirect_uris: ['https://w.example/cb'] },
      },
    }
    await root('PUT', '/applications/wiki', { body: application })
    const judge = async (name: string, path: string) => {
      const validate = ajv.compile({ $ref: `api#/components/schemas/${name}` })
      const { body } = await root('GET', path)
      for (const one of body.items ?? [body]) assert.ok(validate(one), `${path}: ${ajv.errorsText(validate.errors)}`)
    }
    await judge('Application', '/applications')
    await judge('Flow', '/flows')
    await judge('Role', '/roles')
    await judge('User', '/users/root')
    await judge('Group', '/groups')
    await judge('Event', '/events')
    await judge('Session', '/me/sessions')
    await judge('Me', '/me')
    await judge('Problem', '/nothing')
  },
)

forEachHouse(
  'the document for programs is kept for as long as it stays the same, the page for people never',
  async (house) => {
    const first = await house.anonymous('GET', '/openapi.json')
    assert.equal(first.headers['cache-control'], 'no-cache')
    const again = await house.anonymous('GET', '/openapi.json', {
      headers: { 'if-none-match': first.headers.etag ?? '' },
    })
    assert.equal(again.status, 304)
    assert.equal(again.text, '')
    assert.equal((await house.anonymous('GET', '/docs')).headers['cache-control'], 'no-store')
  },
)

forEachHouse('the reference is a page without script, form or frame', async (house) => {
  const { text, headers } = await house.anonymous('GET', '/docs')
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  const policy = headers['content-security-policy'] ?? ''
  assert.match(String(policy), /default-src 'none'/)
  assert.match(String(policy), /frame-ancestors 'none'/)
  assert.doesNotMatch(String(policy), /script-src|unsafe/)
  const page = parseHtml(text)
  assert.equal(page.querySelectorAll('script, form, iframe, [onclick], [style]').length, 0)
  assert.equal(page.querySelectorAll('h1').length, 1)
  assert.equal(page.querySelector('html')?.getAttribute('lang'), 'en')
  const ids = page.querySelectorAll('[id]').map((one) => one.getAttribute('id') ?? '')
  assert.equal(new Set(ids).size, ids.length, 'each anchor stands once')
  for (const link of page.querySelectorAll('a[href^="#"]'))
    assert.ok(ids.includes((link.getAttribute('href') ?? '').slice(1)), link.getAttribute('href'))
  for (const code of Object.keys(PROBLEMS)) assert.ok(ids.includes(code), code)
  for (const { id } of house.routes) assert.ok(ids.includes(id), id)
  assert.ok(text.length < 400_000)
})

forEachHouse('L01 names are text in the reference, and in answers nothing but JSON', async (house) => {
  const name = '<img src=x onerror=alert(1)>{{7*7}}\u202e'
  const api = openApi(house.routes, { version: name, webPath: '/' })
  const evil = {
    ...api,
    components: {
      ...api.components,
      schemas: { Evil: { properties: { [name]: { description: name, default: name } } } },
    },
  }
  const page = reference(evil, '/')
  assert.ok(!page.includes('<img'))
  assert.ok(page.includes(html`${name}`.markup))
  await house.person('root', ['admins'])
  const root = await house.asSession('root')
  const made = await root('PUT', '/groups/evil', { body: { name } })
  assert.equal(made.body.name, name)
  assert.equal(made.headers['content-type'], 'application/json')
  assert.equal(made.headers['x-content-type-options'], 'nosniff')
  for (const path of [
    `/groups/${encodeURIComponent('<script>alert(1)</script>')}`,
    `/users?${encodeURIComponent('<b>')}=1`,
  ]) {
    const answer = await root('GET', path)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
  }
})
