/** Every route with every role, against a table kept by hand: a route that nobody thought about fails here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ApiClient, type ApiHouse, forEachHouse } from '../../../test/support/api-house.ts'
import { PERMISSIONS } from '../../domain/permissions/permission.ts'
import { route } from './route.ts'

/** Who reaches what. `token` is one of the administrator's, for `users.read` and `groups.write` alone. */
const ROLES = ['anonymous', 'person', 'auditor', 'administrator', 'token'] as const
type Role = (typeof ROLES)[number]

const EVERYBODY: readonly Role[] = ROLES
const OWN: readonly Role[] = ['person', 'auditor', 'administrator']
const READ: readonly Role[] = ['auditor', 'administrator']
const WRITE: readonly Role[] = ['administrator']
const READ_BY_TOKEN: readonly Role[] = [...READ, 'token']
const WRITE_BY_TOKEN: readonly Role[] = [...WRITE, 'token']

const RECORDS: Readonly<Record<string, readonly Role[]>> = {
  'GET /openapi.json': EVERYBODY,
  'GET /docs': EVERYBODY,

  'GET /me': OWN,
  'PATCH /me': OWN,
  'GET /me/sessions': OWN,
  'DELETE /me/sessions/:session': OWN,
  'POST /me/end_sessions': OWN,
  'GET /me/tokens': OWN,
  'POST /me/tokens': OWN,
  'DELETE /me/tokens/:token': OWN,
  'GET /me/consents': OWN,
  'DELETE /me/consents/:client': OWN,
  'GET /me/authenticators': OWN,
  'DELETE /me/authenticators/:authenticator': OWN,
  'GET /me/trusted_devices': OWN,
  'DELETE /me/trusted_devices/:device': OWN,

  'GET /users': READ_BY_TOKEN,
  'GET /users/:user': READ_BY_TOKEN,
  'PUT /users/:user': WRITE,
  'PATCH /users/:user': WRITE,
  'DELETE /users/:user': WRITE,
  'POST /users/:user/disable': WRITE,
  'POST /users/:user/enable': WRITE,
  'POST /users/:user/rename': WRITE,
  'POST /users/:user/reset_password': WRITE,
  'POST /users/:user/recovery_link': WRITE,
  'POST /users/:user/unlock': WRITE,
  'GET /approvals': READ_BY_TOKEN,
  'POST /users/:user/approve': WRITE,
  'POST /users/:user/refuse': WRITE,
  'GET /invitations': READ_BY_TOKEN,
  'POST /invitations': WRITE,
  'DELETE /invitations/:invitation': WRITE,
  'GET /users/:user/emails': READ_BY_TOKEN,
  'POST /users/:user/emails': WRITE,
  'DELETE /users/:user/emails/:email': WRITE,
  'POST /users/:user/emails/:email/verify': WRITE,
  'POST /users/:user/emails/:email/make_primary': WRITE,
  'GET /users/:user/memberships': READ_BY_TOKEN,
  'PUT /users/:user/memberships/:group': WRITE_BY_TOKEN,
  'DELETE /users/:user/memberships/:group': WRITE_BY_TOKEN,
  'GET /users/:user/sessions': READ,
  'DELETE /users/:user/sessions/:session': WRITE,
  'POST /users/:user/end_sessions': WRITE,
  'GET /users/:user/tokens': READ,
  'POST /users/:user/tokens': WRITE,
  'DELETE /users/:user/tokens/:token': WRITE,
  'GET /users/:user/grants': READ,
  'DELETE /users/:user/grants/:grant': WRITE,
  'GET /users/:user/consents': READ,
  'DELETE /users/:user/consents/:client': WRITE,
  'GET /users/:user/trusted_devices': READ,
  'DELETE /users/:user/trusted_devices/:device': WRITE,
  'GET /users/:user/authenticators': READ_BY_TOKEN,
  'DELETE /users/:user/authenticators/:authenticator': WRITE,

  'GET /groups': READ,
  'GET /groups/:group': READ,
  'PUT /groups/:group': WRITE_BY_TOKEN,
  'PATCH /groups/:group': WRITE_BY_TOKEN,
  'DELETE /groups/:group': WRITE_BY_TOKEN,
  'POST /groups/:group/rename': WRITE_BY_TOKEN,
  'GET /groups/:group/members': READ,
  'PUT /groups/:group/members/:user': WRITE_BY_TOKEN,
  'DELETE /groups/:group/members/:user': WRITE_BY_TOKEN,

  'GET /sessions': READ,
  'GET /sessions/:session': READ,
  'DELETE /sessions/:session': WRITE,
  'GET /tokens': READ,
  'GET /tokens/:token': READ,
  'DELETE /tokens/:token': WRITE,

  'POST /applications/:slug/why': READ,
  'POST /flows/:slug/simulate': READ,
  'POST /policies/:slug/test': READ,
  'GET /denials/:code': READ,
  'GET /events': READ,
  'GET /events/:event': READ,
  'GET /jobs': READ,
  'POST /jobs/:job/retry': WRITE,
  'DELETE /jobs/:job': WRITE,
  'GET /mails': READ,
  'GET /mails/:mail/preview': READ,
  'POST /settings/instance/test_mail': WRITE,
}

const TYPES = ['settings', 'roles', 'keypairs', 'brands', 'policies', 'flows', 'applications']
const RESOURCES: Readonly<Record<string, readonly Role[]>> = {
  'GET /:type': READ,
  'GET /:type/:slug': READ,
  'PUT /:type/:slug': WRITE,
  'PATCH /:type/:slug': WRITE,
  'DELETE /:type/:slug': WRITE,
  'GET /:type/:slug/used_by': READ,
  'GET /:type/:slug/history': READ,
  'GET /:type/:slug/history/:revision': READ,
  'POST /:type/:slug/undo': WRITE,
  'GET /:type/:slug/draft': READ,
  'PUT /:type/:slug/draft': WRITE,
  'DELETE /:type/:slug/draft': WRITE,
  'POST /:type/:slug/publish': WRITE,
  'GET /:type/:slug/compare': READ,
}

const TABLE = new Map([
  ...Object.entries(RECORDS),
  ...TYPES.flatMap((type) =>
    Object.entries(RESOURCES).map(([line, may]) => [line.replace(':type', type), may] as const),
  ),
])

const clientsOf = async (house: ApiHouse): Promise<Readonly<Record<Role, ApiClient>>> => {
  await house.group('auditors', ['auditor'])
  await house.person('root', ['admins'])
  await house.person('ana')
  await house.person('aud', ['auditors'])
  return {
    anonymous: house.anonymous,
    person: await house.asSession('ana'),
    auditor: await house.asSession('aud'),
    administrator: await house.asSession('root'),
    token: await house.asToken('root', ['users.read', 'groups.write']),
  }
}

forEachHouse('I06 I07 every route answers the roles of the table, and no other', async (house) => {
  const declared = house.routes.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual([...declared].sort(), [...TABLE.keys()].sort(), 'the table has exactly the routes there are')
  const clients = await clientsOf(house)
  let refused = 0
  for (const { method, path, query } of house.routes) {
    const may = TABLE.get(`${method} ${path}`) ?? []
    const tried = query && 'dry_run' in ((query as { properties?: object }).properties ?? {})
    const address = `${path.replace(/:\w+/g, 'nothing-of-that-name')}${tried ? '?dry_run=true' : ''}`
    for (const role of ROLES) {
      const { status } = await clients[role](method, address, method === 'GET' ? {} : { body: {} })
      const what = `${role} at ${method} ${path}: ${status}`
      if (may.includes(role)) assert.ok(status !== 401 && status !== 403 && status !== 405, what)
      else assert.equal(status, role === 'anonymous' ? 401 : 403, what)
      if (status === 403) refused += 1
    }
  }
  assert.equal(await countEvents(house), refused, 'each refusal to somebody known is an event')
})

const countEvents = async ({ store }: ApiHouse): Promise<number> => {
  let count = 0
  let cursor: string | null = null
  do {
    const query = {
      organisation: 'main',
      types: ['permission.refused'],
      limit: 200,
      ...(cursor === null ? {} : { cursor }),
    }
    const page: { items: unknown[]; next: string | null } = await store.events.list(store.read, query)
    count += page.items.length
    cursor = page.next
  } while (cursor !== null)
  return count
}

forEachHouse('every route declares a permission of the closed list', async (house) => {
  const known = new Set<string>(['public', 'self', ...PERMISSIONS])
  for (const { permission, id } of house.routes) assert.ok(known.has(permission), id)
  const ids = house.routes.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length, 'no two routes have one name')
})

test('a route without a permission does not compile', () => {
  const words = { tag: 'x', id: 'x', summary: 'x', method: 'GET', path: '/x', response: null } as const
  // @ts-expect-error the permission is missing
  route({ ...words, handle: () => ({ ok: true, value: {} }) })
  // @ts-expect-error no such permission
  route({ ...words, permission: 'users.everything', handle: () => ({ ok: true, value: {} }) })
})
