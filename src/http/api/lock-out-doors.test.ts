/**
 * Every route that changes something, against a table kept by hand: by which of them could the last administrator be
 * shut out? Each such door is tried, and refuses; of every other it is said why not. A route that nobody thought about
 * fails here.
 */
import assert from 'node:assert/strict'
import { type ApiAnswer, type ApiClient, type ApiHouse, forEachHouse } from '../../../test/support/api-house.ts'
import { demandsFactor, deniedWhere, flowWith, ledTo, to } from '../../../test/support/sign-in-flows.ts'
import { DAY } from '../../base/clock.ts'
import { type CredentialId, newId } from '../../base/ids.ts'
import { systemRandom } from '../../base/random.ts'

type World = { readonly house: ApiHouse; readonly root: ApiClient }
/** Makes the house one where the door matters, and goes through it. */
type Trial = (world: World) => Promise<ApiAnswer>
/** Or why nobody can be locked out there. */
type Door = Trial | string

const given = async (answer: Promise<ApiAnswer>): Promise<void> => {
  const { status, text } = await answer
  assert.ok(status < 300, text)
}

const SHUT = deniedWhere('true')
const ROOT_ONLY = deniedWhere("user.username != 'root'")
const KEYHOLDERS = deniedWhere("!('keyholders' in user.groups)")
const BY_MAIL_ADDRESS = flowWith('sign-in', {
  identification: {
    ...ledTo('sign-in', 'identification', 'ok', [to('password')]),
    settings: { user_fields: ['email'] },
  },
})

const withFactor = async ({ house, root }: World): Promise<CredentialId> => {
  const { id: userId } = await house.find('root')
  const now = house.clock.now()
  const id = newId<CredentialId>(now, systemRandom)
  const data = { secret: 'sealed', algorithm: 'SHA1', digits: 6, period: 30, last_step: 0 }
  const row = { id, userId, kind: 'totp', name: '', data, createdAt: now, lastUsedAt: null }
  await house.store.write((tx) => house.store.credentials.insert(tx, row))
  await given(root('PUT', '/flows/sign-in', { body: demandsFactor('sign-in') }))
  return id
}

const keyholders = async ({ house, root }: World): Promise<void> => {
  await house.group('keyholders', [])
  await given(root('PUT', '/groups/keyholders/members/root', { body: { until: null } }))
  await given(root('PUT', '/flows/sign-in', { body: KEYHOLDERS }))
}

const onlyToken = async ({ house }: World): Promise<{ readonly id: string; readonly robot: ApiClient }> => {
  const robot = await house.person('robot', ['admins'], { kind: 'service_account' })
  const { id, key } = await house.token('robot')
  const { store } = house
  const root = await house.find('root')
  await store.write((tx) => store.users.update(tx, root.id, { active: false }, house.clock.now()))
  assert.ok(robot)
  return { id, robot: house.withKey(key) }
}

const byMailAddress = async ({ root }: World): Promise<string> => {
  await given(root('PUT', '/flows/sign-in', { body: BY_MAIL_ADDRESS }))
  return (await root('GET', '/users/root/emails')).body.items[0].id
}

/** Two addresses, of which a condition wants the first to be the primary one. */
const primary = async (world: World): Promise<string> => {
  const { root } = world
  const added = await root('POST', '/users/root/emails', { body: { address: 'r@example.org', verified: true } })
  const when = "user.email != 'root@example.com'"
  await given(root('PUT', '/flows/sign-in', { body: deniedWhere(when) }))
  return added.body.id
}

const stepUpNeeded = flowWith('sign-in', {
  'authenticator-validate': ledTo('sign-in', 'authenticator-validate', 'none', [to('user-login')]),
})

/** Revision 2 asks for what the administrator was then and no longer is. */
const oldFlow = async (world: World): Promise<void> => {
  const { root } = world
  await keyholders(world)
  await given(root('PUT', '/flows/sign-in', { body: flowWith('sign-in', {}) }))
  await given(root('DELETE', '/groups/keyholders/members/root'))
}

const draftOf =
  (path: string, spec: object): Trial =>
  async ({ root }) => {
    await given(root('PUT', `${path}/draft`, { body: { spec } }))
    return root('POST', `${path}/publish`)
  }

const network = (allowed: string) => ({ kind: 'network', settings: { allowed: [allowed] } })

/** Signs in only where the policy `office` holds, and there it does. */
const officeOnly = async ({ root }: World): Promise<void> => {
  await given(root('PUT', '/policies/office', { body: network('127.0.0.0/8') }))
  const onward = { to: 'authenticator-validate', policy: 'office' }
  const edges = ledTo('sign-in', 'password', 'ok', [onward, to('deny')])
  const deny = { stage: 'deny', settings: {}, next: {} }
  await given(root('PUT', '/flows/sign-in', { body: flowWith('sign-in', { password: edges, deny }) }))
}

const guests = (root: ApiClient) => given(root('PUT', '/flows/guests', { body: { ...SHUT, name: 'Guests' } }))
const signInBy = (slug: string) => ({ flows: { sign_in: slug } })

const NONE_HELD = 'it only adds'
const OWN_NAME = 'one’s own display name and language: a flow that lets in by those lets in whoever likes'
const ENDS = 'whoever was signed in signs in again'
const NOT_IN_THE_WAY = 'nothing that the console is reached by rests on it'
const SERVES_NOBODY = 'a draft serves nobody'

const RECORDS: Readonly<Record<string, Door>> = {
  'PATCH /me': OWN_NAME,
  'DELETE /me/sessions/:session': ENDS,
  'POST /me/end_sessions': ENDS,
  'DELETE /me/trusted_devices/:device': ENDS,
  'POST /me/tokens': NONE_HELD,
  'DELETE /me/tokens/:token': async (world) => {
    const { id, robot } = await onlyToken(world)
    return robot('DELETE', `/me/tokens/${id}`)
  },
  'DELETE /me/consents/:client': NOT_IN_THE_WAY,
  'DELETE /me/authenticators/:authenticator': async (world) => {
    const id = await withFactor(world)
    const now = world.house.clock.now()
    const proofs = ['pwd', 'otp'].map((method) => ({ method, at: now }))
    return (await world.house.asSession('root', proofs))('DELETE', `/me/authenticators/${id}`)
  },
  'PUT /users/:user': ({ root }) => root('PUT', '/users/root', { body: { name: 'Root', groups: [] } }),
  'PATCH /users/:user': ({ root }) => root('PATCH', '/users/root', { body: { active: false } }),
  'DELETE /users/:user': ({ root }) => root('DELETE', '/users/root'),
  'POST /users/:user/disable': ({ root }) => root('POST', '/users/root/disable'),
  'POST /users/:user/enable': NONE_HELD,
  'POST /users/:user/rename': async ({ root }) => {
    await given(root('PUT', '/flows/sign-in', { body: ROOT_ONLY }))
    return root('POST', '/users/root/rename', { body: { username: 'chief' } })
  },
  'POST /users/:user/reset_password': async (world) => {
    const { robot } = await onlyToken(world)
    return robot('POST', '/users/robot/reset_password', { body: { password: { value: 'a quite long password' } } })
  },
  'POST /users/:user/recovery_link': NONE_HELD,
  'POST /users/:user/unlock': NONE_HELD,
  'POST /users/:user/approve': 'Lets somebody in whose name and address were nobody else’s when they chose them.',
  'POST /users/:user/refuse': 'Removes somebody who never came in.',
  'POST /invitations': 'Changes nobody who is there.',
  'DELETE /invitations/:invitation': 'Takes back what nobody has used.',
  'POST /users/:user/emails': async (world) => {
    const { house, root } = world
    await given(root('PATCH', '/users/root', { body: { emails: [{ address: 'r@example.org', verified: false }] } }))
    await byMailAddress(world)
    await house.person('ana')
    // Two people of one address: neither is found by it any more.
    return root('POST', '/users/ana/emails', { body: { address: 'r@example.org' } })
  },
  'DELETE /users/:user/emails/:email': async (world) => {
    const id = await byMailAddress(world)
    return world.root('DELETE', `/users/root/emails/${id}`)
  },
  'POST /users/:user/emails/:email/verify': async ({ root }) => {
    await given(root('PATCH', '/users/root', { body: { emails: [{ address: 'r@example.org', verified: false }] } }))
    await given(root('PUT', '/flows/sign-in', { body: deniedWhere('user.email_verified') }))
    const { id } = (await root('GET', '/users/root/emails')).body.items[0]
    return root('POST', `/users/root/emails/${id}/verify`)
  },
  'POST /users/:user/emails/:email/make_primary': async (world) => {
    const id = await primary(world)
    return world.root('POST', `/users/root/emails/${id}/make_primary`)
  },
  'PUT /users/:user/memberships/:group': ({ root, house }) =>
    root('PUT', '/users/root/memberships/admins', {
      body: { until: new Date(house.clock.now() + DAY).toISOString() },
    }),
  'DELETE /users/:user/memberships/:group': ({ root }) => root('DELETE', '/users/root/memberships/admins'),
  'DELETE /users/:user/sessions/:session': ENDS,
  'POST /users/:user/end_sessions': ENDS,
  'DELETE /users/:user/trusted_devices/:device': ENDS,
  'POST /users/:user/tokens': NONE_HELD,
  'DELETE /users/:user/tokens/:token': async (world) => {
    const { id, robot } = await onlyToken(world)
    return robot('DELETE', `/users/robot/tokens/${id}`)
  },
  'DELETE /users/:user/grants/:grant': NOT_IN_THE_WAY,
  'DELETE /users/:user/consents/:client': NOT_IN_THE_WAY,
  'DELETE /users/:user/authenticators/:authenticator': async (world) => {
    const id = await withFactor(world)
    return world.root('DELETE', `/users/root/authenticators/${id}`)
  },
  'PUT /groups/:group': ({ root }) => root('PUT', '/groups/admins', { body: { name: 'Admins', roles: [] } }),
  'PATCH /groups/:group': ({ root }) => root('PATCH', '/groups/admins', { body: { roles: [] } }),
  'DELETE /groups/:group': ({ root }) => root('DELETE', '/groups/admins'),
  'POST /groups/:group/rename': async (world) => {
    await keyholders(world)
    return world.root('POST', '/groups/keyholders/rename', { body: { slug: 'holders' } })
  },
  'PUT /groups/:group/members/:user': ({ root, house }) =>
    root('PUT', '/groups/admins/members/root', { body: { until: new Date(house.clock.now() + DAY).toISOString() } }),
  'DELETE /groups/:group/members/:user': ({ root }) => root('DELETE', '/groups/admins/members/root'),
  'DELETE /sessions/:session': ENDS,
  'DELETE /tokens/:token': async (world) => {
    const { id, robot } = await onlyToken(world)
    return robot('DELETE', `/tokens/${id}`)
  },
  'POST /applications/:slug/why': 'it changes nothing',
  'POST /flows/:slug/simulate': 'it changes nothing',
  'POST /policies/:slug/test': 'it changes nothing',
  'POST /jobs/:job/retry': NOT_IN_THE_WAY,
  'DELETE /jobs/:job': NOT_IN_THE_WAY,
  'POST /settings/instance/test_mail': NOT_IN_THE_WAY,
}

/** For each type its five ways to serve anew: put, patch, delete, undo, publish. */
const TYPES: Readonly<
  Record<string, string | Readonly<Record<'put' | 'patch' | 'delete' | 'undo' | 'publish', Door>>>
> = {
  settings: {
    put: ({ root }) => root('PUT', '/settings/instance', { body: signInBy('recover') }),
    patch: ({ root }) => root('PATCH', '/settings/instance', { body: signInBy('recover') }),
    delete: 'they always stand',
    undo: async ({ root }) => {
      // Revision 1 signs in by the shipped flow, which lets nobody in by now.
      await given(root('PUT', '/flows/mine', { body: { ...flowWith('sign-in', {}), name: 'Mine' } }))
      await given(root('PATCH', '/settings/instance', { body: signInBy('mine') }))
      await given(root('PUT', '/flows/sign-in', { body: SHUT }))
      return root('POST', '/settings/instance/undo', { body: { revision: 1 } })
    },
    publish: draftOf('/settings/instance', signInBy('recover')),
  },
  roles: {
    put: ({ root }) => root('PUT', '/roles/administrator', { body: { name: 'A', permissions: [] } }),
    patch: ({ root }) => root('PATCH', '/roles/administrator', { body: { permissions: ['users.read'] } }),
    delete: 'a role that a group gives cannot be deleted, and any other gives nobody anything',
    undo: async ({ house, root }) => {
      await given(root('PUT', '/roles/all', { body: { name: 'All', permissions: [] } }))
      await given(root('PUT', '/roles/all', { body: { name: 'All', permissions: ['*'] } }))
      await house.group('chiefs', ['all'])
      await given(root('PUT', '/groups/chiefs/members/root', { body: { until: null } }))
      await given(root('DELETE', '/groups/admins/members/root'))
      return root('POST', '/roles/all/undo', { body: { revision: 1 } })
    },
    publish: draftOf('/roles/administrator', { name: 'A', permissions: [] }),
  },
  brands: {
    put: async ({ root }) => {
      await guests(root)
      return root('PUT', '/brands/default', { body: { default: true, ...signInBy('guests') } })
    },
    patch: async ({ root }) => {
      await guests(root)
      return root('PATCH', '/brands/default', { body: signInBy('guests') })
    },
    delete: async ({ root }) => {
      // The brand's flow is the one that lets in; without it the instance's would serve.
      await guests(root)
      await given(root('PATCH', '/brands/default', { body: signInBy('sign-in') }))
      await given(root('PATCH', '/settings/instance', { body: signInBy('guests') }))
      return root('DELETE', '/brands/default')
    },
    undo: async ({ root }) => {
      await guests(root)
      await given(root('PATCH', '/brands/default', { body: signInBy('sign-in') }))
      await given(root('PATCH', '/settings/instance', { body: signInBy('guests') }))
      return root('POST', '/brands/default/undo', { body: { revision: 1 } })
    },
    publish: async (world) => {
      await guests(world.root)
      return draftOf('/brands/default', { default: true, ...signInBy('guests') })(world)
    },
  },
  policies: {
    put: async (world) => {
      await officeOnly(world)
      return world.root('PUT', '/policies/office', { body: network('192.0.2.0/24') })
    },
    patch: async (world) => {
      await officeOnly(world)
      return world.root('PATCH', '/policies/office', { body: { settings: { refused: ['127.0.0.0/8'] } } })
    },
    delete: 'a policy that a flow names cannot be deleted, and any other keeps nobody out of the console',
    undo: async (world) => {
      await world.root('PUT', '/policies/office', { body: network('192.0.2.0/24') })
      await officeOnly(world)
      return world.root('POST', '/policies/office/undo', { body: { revision: 1 } })
    },
    publish: async (world) => {
      await officeOnly(world)
      return draftOf('/policies/office', network('192.0.2.0/24'))(world)
    },
  },
  flows: {
    put: ({ root }) => root('PUT', '/flows/sign-in', { body: SHUT }),
    patch: ({ root }) => root('PATCH', '/flows/sign-in', { body: { purpose: 'enrol' } }),
    delete: async ({ root }) => {
      await given(root('PUT', '/flows/sign-in', { body: stepUpNeeded }))
      await given(root('PATCH', '/settings/instance', { body: { flows: { step_up: null } } }))
      return root('DELETE', '/flows/step-up')
    },
    undo: async (world) => {
      await oldFlow(world)
      return world.root('POST', '/flows/sign-in/undo', { body: { revision: 2 } })
    },
    publish: draftOf('/flows/sign-in', SHUT),
  },
  // Edited through the same door as all other types, which asks the guard whatever the type is.
  keypairs: NOT_IN_THE_WAY,
  applications: NOT_IN_THE_WAY,
}

const ofType = ([type, doors]: [string, (typeof TYPES)[string]]): readonly (readonly [string, Door])[] => {
  const door = (name: 'put' | 'patch' | 'delete' | 'undo' | 'publish') =>
    typeof doors === 'string' ? doors : doors[name]
  const one = `/${type}/:slug`
  return [
    [`PUT ${one}`, door('put')],
    [`PATCH ${one}`, door('patch')],
    [`DELETE ${one}`, door('delete')],
    [`POST ${one}/undo`, door('undo')],
    [`POST ${one}/publish`, door('publish')],
    [`PUT ${one}/draft`, SERVES_NOBODY],
    [`DELETE ${one}/draft`, SERVES_NOBODY],
  ]
}

const DOORS = new Map<string, Door>([...Object.entries(RECORDS), ...Object.entries(TYPES).flatMap(ofType)])

forEachHouse('I19 of every route that changes something it is known whether it could lock out', async ({ routes }) => {
  const changing = routes.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual([...DOORS.keys()].sort(), changing.sort())
})

for (const [name, door] of DOORS) {
  if (typeof door === 'string') continue
  forEachHouse(`I19 ${name} does not shut the last administrator out`, async (house) => {
    await house.person('root', ['admins'])
    const world = { house, root: await house.asToken('root') }
    const { status, body, text } = await door(world)
    assert.deepEqual([status, body?.code], [409, 'locked_out'], text)
  })
}
