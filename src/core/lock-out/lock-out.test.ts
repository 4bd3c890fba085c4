import assert from 'node:assert/strict'
import { type ApiClient, type ApiHouse, forEachHouse } from '../../../test/support/api-house.ts'
import { demandsFactor, deniedWhere, flowWith, ledTo, to } from '../../../test/support/sign-in-flows.ts'
import { DAY } from '../../base/clock.ts'
import { type CredentialId, newId } from '../../base/ids.ts'
import { systemRandom } from '../../base/random.ts'

type World = { readonly house: ApiHouse; readonly root: ApiClient }

/** What has to stand before an edit is tried, the edit, and what is said of it. */
type Edit = {
  readonly title: string
  readonly given?: (world: World) => Promise<unknown>
  readonly edit: (world: World) => ReturnType<ApiClient>
}
type Harmful = Edit & { readonly says: RegExp; readonly path?: string }

const put =
  (path: string, body: object) =>
  async ({ root }: World) =>
    root('PUT', path, { body })

const done = async (answer: ReturnType<ApiClient>): Promise<void> => {
  const { status, text } = await answer
  assert.ok(status < 300, text)
}

const inOrder =
  (...steps: ((world: World) => ReturnType<ApiClient>)[]) =>
  async (world: World): Promise<void> => {
    for (const step of steps) await done(step(world))
  }

const withFactor = async ({ house }: World): Promise<CredentialId> => {
  const { id: userId } = await house.find('root')
  const id = newId<CredentialId>(house.clock.now(), systemRandom)
  const data = { secret: 'sealed', algorithm: 'SHA1', digits: 6, period: 30, last_step: 0 }
  const now = house.clock.now()
  await house.store.write((tx) =>
    house.store.credentials.insert(tx, { id, userId, kind: 'totp', name: '', data, createdAt: now, lastUsedAt: null }),
  )
  return id
}

const patchRoot =
  (body: object) =>
  async ({ root }: World) =>
    root('PATCH', '/users/root', { body })

const HARMFUL: readonly Harmful[] = [
  {
    title: 'a flow that denies the network of whoever publishes it',
    edit: put('/flows/sign-in', deniedWhere("in_network(request.ip, '127.0.0.0/8')")),
    says: /^root stops in the flow "sign-in" at "deny": is denied \(since "in_network.*" holds: request\.ip is 127\.0\.0\.1\)\.$/,
    path: 'nodes.deny',
  },
  {
    title: 'a flow with a condition that cannot be judged for the administrator',
    edit: put('/flows/sign-in', deniedWhere("user.attributes.department != 'IT'")),
    says: /^root stops in the flow "sign-in" at "password": is refused, since "user\.attributes.*" cannot be judged/,
    path: 'nodes.password',
  },
  {
    title: 'a flow that signs in by mail alone',
    edit: put('/flows/sign-in', {
      name: 'By mail',
      purpose: 'sign_in',
      start: 'identification',
      nodes: {
        identification: { next: { ok: [to('email')] } },
        email: { next: { ok: [to('user-login')], failed: [to('identification')], unavailable: [to('deny')] } },
        'user-login': { next: { ok: [to('end')] } },
        deny: {},
      },
    }),
    says: /^root stops in the flow "sign-in" at "email": gets no mail, since none can be sent\.$/,
  },
  {
    title: 'a step-up that asks for a second factor that the administrator does not have',
    given: put(
      '/flows/sign-in',
      flowWith('sign-in', {
        'authenticator-validate': ledTo('sign-in', 'authenticator-validate', 'none', [
          to('authenticator-setup', "application.slug == 'wiki'"),
          to('user-login'),
        ]),
      }),
    ),
    edit: put('/flows/step-up', demandsFactor('step-up')),
    says: /^root stops in the flow "step-up" at "authenticator-validate": holds no authenticator that counts there\.$/,
    path: 'nodes.authenticator-validate',
  },
  {
    title: 'settings that sign in by a flow of another purpose',
    edit: async ({ root }) => root('PATCH', '/settings/instance', { body: { flows: { sign_in: 'recover' } } }),
    says: /^root finds the flow "recover", of the purpose recover, to sign in by\.$/,
    path: 'flows.recover',
  },
  {
    title: 'a brand whose flow lets nobody of the administrators in',
    given: put('/flows/guests', { ...deniedWhere("user.kind != 'external'"), name: 'Guests' }),
    edit: async ({ root }) => root('PATCH', '/brands/default', { body: { flows: { sign_in: 'guests' } } }),
    says: /^root stops in the flow "guests" at "deny"/,
    path: 'flows.guests.nodes.deny',
  },
  {
    title: 'a role that no longer gives everything',
    edit: async ({ root }) => root('PATCH', '/roles/administrator', { body: { permissions: ['users.read'] } }),
    says: /^root would no longer hold every permission\.$/,
  },
  {
    title: 'a group that no longer gives the role',
    edit: async ({ root }) => root('PATCH', '/groups/admins', { body: { roles: [] } }),
    says: /^root would no longer hold every permission\.$/,
  },
  {
    title: 'a group that a condition of the flow asks for',
    given: async (world) => {
      await world.house.group('keyholders', [])
      await inOrder(
        put('/groups/keyholders/members/root', { until: null }),
        put('/flows/sign-in', deniedWhere("!('keyholders' in user.groups)")),
      )(world)
    },
    edit: async ({ root }) => root('DELETE', '/groups/keyholders/members/root'),
    says: /at "deny": is denied \(since .*: user\.groups is \["admins"\]\)\.$/,
  },
  {
    title: 'a membership that is given an end',
    edit: async ({ root, house }) =>
      root('PUT', '/groups/admins/members/root', {
        body: { until: new Date(house.clock.now() + DAY).toISOString() },
      }),
    says: /^root holds every permission only until a membership ends\.$/,
  },
  {
    title: 'the last administrator switched off',
    edit: async ({ root }) => root('POST', '/users/root/disable'),
    says: /^root is switched off\.$/,
  },
  {
    title: 'the last administrator deleted',
    edit: async ({ root }) => root('DELETE', '/users/root'),
    says: /^root would be gone\.$/,
  },
  {
    title: 'the last administrator made a machine',
    edit: patchRoot({ kind: 'service_account' }),
    says: /^root is a service account, which signs in nowhere\.$/,
  },
  {
    title: 'the one authenticator of whom the flow asks for one',
    given: async (world) => {
      await withFactor(world)
      await inOrder(put('/flows/sign-in', demandsFactor('sign-in')))(world)
    },
    edit: async ({ root, house }) => {
      const { items } = (await root('GET', '/users/root/authenticators')).body
      assert.equal(items.length, 1, String(house.faults[0]))
      return root('DELETE', `/users/root/authenticators/${items[0].id}`)
    },
    says: /^root stops in the flow "sign-in" at "authenticator-validate": holds no authenticator that counts there\.$/,
  },
  {
    title: 'another user name than the one a condition asks for',
    given: put('/flows/sign-in', deniedWhere("user.username != 'root'")),
    edit: async ({ root }) => root('POST', '/users/root/rename', { body: { username: 'chief' } }),
    says: /^chief stops in the flow "sign-in" at "deny"/,
  },
  {
    title: 'the address of an administrator, where people sign in by theirs',
    given: put(
      '/flows/sign-in',
      flowWith('sign-in', {
        identification: {
          stage: 'identification',
          settings: { user_fields: ['email'] },
          next: { ok: [to('password')] },
        },
      }),
    ),
    edit: async ({ root }) => {
      const { items } = (await root('GET', '/users/root/emails')).body
      return root('DELETE', `/users/root/emails/${items[0].id}`)
    },
    says: /^root stops in the flow "sign-in" at "identification": cannot be named by email\.$/,
  },
  {
    title: 'the way back to a flow that asks for what the administrator no longer is',
    given: async (world) => {
      await world.house.group('keyholders', [])
      await inOrder(
        put('/groups/keyholders/members/root', { until: null }),
        put('/flows/sign-in', deniedWhere("!('keyholders' in user.groups)")),
        put('/flows/sign-in', flowWith('sign-in', {})),
        async ({ root }) => root('DELETE', '/groups/keyholders/members/root'),
      )(world)
    },
    edit: async ({ root }) => root('POST', '/flows/sign-in/undo', { body: { revision: 2 } }),
    says: /^root stops in the flow "sign-in" at "deny"/,
  },
]

const HARMLESS: readonly Edit[] = [
  { title: 'the name of a flow', edit: async ({ root }) => root('PATCH', '/flows/sign-in', { body: { name: 'In' } }) },
  {
    title: 'a flow that denies another network',
    edit: put('/flows/sign-in', deniedWhere("!in_network(request.ip, '127.0.0.0/8')")),
  },
  {
    title: 'a flow that denies everybody but administrators',
    edit: put('/flows/sign-in', deniedWhere("!('admins' in user.groups)")),
  },
  {
    title: 'a sign-in that demands a second factor of an administrator who has one',
    given: withFactor,
    edit: put('/flows/sign-in', demandsFactor('sign-in')),
  },
  {
    title: 'a second factor taken away where a new one can be set up',
    given: withFactor,
    edit: async ({ root }) => {
      const { items } = (await root('GET', '/users/root/authenticators')).body
      return root('DELETE', `/users/root/authenticators/${items[0].id}`)
    },
  },
  {
    title: 'a recovery that works by mail, with no mail server',
    edit: async ({ root }) => root('PATCH', '/flows/recover', { body: { name: 'Lost it' } }),
  },
  {
    title: 'the look of a brand',
    edit: async ({ root }) => root('PATCH', '/brands/default', { body: { title: 'X' } }),
  },
  {
    title: 'rules of passwords to come',
    edit: async ({ root }) => root('PATCH', '/settings/instance', { body: { password: { min_length: 20 } } }),
  },
  {
    title: 'somebody else switched off',
    given: ({ house }) => house.person('ana'),
    edit: async ({ root }) => root('POST', '/users/ana/disable'),
  },
  {
    title: 'one of two administrators deleted',
    given: ({ house }) => house.person('eva', ['admins']),
    edit: async ({ root }) => root('DELETE', '/users/eva'),
  },
  {
    title: 'a role that has nothing to do with it',
    edit: async ({ root }) => root('PATCH', '/roles/auditor', { body: { permissions: ['events.read'] } }),
  },
  { title: 'a new key pair', edit: put('/keypairs/more', { algorithm: 'ES256' }) },
  {
    title: 'an application that nobody may open',
    edit: put('/applications/shut', { name: 'Shut', access: { deny: { when: 'true' } } }),
  },
  {
    title: 'a group renamed',
    edit: async ({ root }) => root('POST', '/groups/admins/rename', { body: { slug: 'bosses' } }),
  },
]

for (const { title, given, edit, says, path } of HARMFUL) {
  forEachHouse(`I19 refuses ${title}, and says who would fail and where`, async (house) => {
    await house.person('root', ['admins'])
    const world = { house, root: await house.asToken('root') }
    await given?.(world)
    const before = (await house.events()).length
    const { status, body } = await edit(world)
    assert.deepEqual([status, body.code], [409, 'locked_out'], JSON.stringify(body))
    assert.match(body.detail, /gatehouse recover/)
    assert.match(body.errors[0].message, says)
    if (path !== undefined) assert.equal(body.errors[0].path, path)
    assert.equal((await house.events()).length, before, 'nothing was done')
  })
}

for (const { title, given, edit } of HARMLESS) {
  forEachHouse(`the lock-out guard lets ${title} pass`, async (house) => {
    await house.person('root', ['admins'])
    const world = { house, root: await house.asToken('root') }
    await given?.(world)
    await done(edit(world))
  })
}
