import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Route } from '../kinds/contract/provider.ts'
import { hotRoutes } from './hot-routes.ts'

const route = (path: string, hot: boolean, method: Route['method'] = 'GET'): Route => ({
  method,
  path,
  hot,
  handle: () => ({ status: 200 }),
})
const routes = hotRoutes([
  route('/o/authorize/', false),
  route('/o/:slug/', true),
  route('/o/:slug/jwks/', true),
  route('/o/token/', true, 'POST'),
])

test('finds hot routes by path and by name', () => {
  assert.equal(routes.match('POST', '/o/token/')?.route.path, '/o/token/')
  assert.deepEqual(routes.match('GET', '/o/gitlab/jwks/')?.params, { slug: 'gitlab' })
  assert.equal(routes.match('HEAD', '/o/gitlab/')?.route.path, '/o/:slug/')
})

test('never takes the path of another route for a name, nor what no name of ours looks like', () => {
  assert.equal(routes.match('GET', '/o/authorize/'), null)
  assert.equal(routes.match('GET', '/o/token/'), null)
  for (const path of ['/o/../', '/o/%2e%2e/', '/o/a/b/', '/o//', '/o/a', `/o/${'a'.repeat(64)}/`])
    assert.equal(routes.match('GET', path), null, path)
})

test('tells which methods a path takes (RFC 9110 §15.5.6)', () => {
  assert.deepEqual(routes.methodsAt('/o/token/'), ['POST'])
  assert.deepEqual(routes.methodsAt('/o/gitlab/jwks/'), ['GET', 'HEAD'])
  assert.deepEqual(routes.methodsAt('/o/authorize/'), [])
  assert.deepEqual(routes.methodsAt('/elsewhere/'), [])
})
