import assert from 'node:assert/strict'
import { type ApiHouse, forEachHouse } from '../../test/support/api-house.ts'
import { DAY } from '../base/clock.ts'
import type { UserPatch } from '../store/store.ts'
import { administratorGuard, keepsAdministrators } from './administrators.ts'

/** Whether a change to somebody would leave an administrator; it is rolled back. */
const kept = async (house: ApiHouse, username: string, patch: UserPatch): Promise<boolean> => {
  const { store, clock, find } = house
  const { id } = await find(username)
  let answer = false
  const tried = store.write(async (tx) => {
    const change = () => store.users.update(tx, id, patch, clock.now())
    answer = (await keepsAdministrators(store, tx, clock.now(), change)).kept
    throw new Error('only a try')
  })
  await assert.rejects(tried, /only a try/)
  return answer
}

forEachHouse(
  'I19 whoever has nothing to sign in with, a machine, and a token with bounds are no last administrator',
  async (house) => {
    await house.person('root', ['admins'])
    const off = { active: false }
    assert.equal(await kept(house, 'root', off), false)
    await house.person('keyless', ['admins'], { password: false })
    assert.equal(await kept(house, 'root', off), false)
    await house.person('robot', ['admins'], { kind: 'service_account' })
    assert.equal(await kept(house, 'root', off), false)
    await house.token('robot', ['users.read'])
    await house.token('robot', null, { kind: 'app_password' })
    await house.token('robot', null, { expiresAt: house.clock.now() })
    assert.equal(await kept(house, 'root', off), false)
    await house.token('robot')
    assert.equal(await kept(house, 'root', off), true, 'a token without bounds opens the house')
    assert.equal(await kept(house, 'root', { name: 'x' }), true)
  },
)

forEachHouse(
  'I19 somebody whose membership ends is no last administrator, and permissions add up over groups',
  async (house) => {
    await house.person('root', ['admins'])
    await house.person('guest')
    const { store, clock, find } = house
    const admins = await store.groups.bySlug(store.read, 'admins')
    assert.ok(admins)
    const guest = await find('guest')
    await store.write((tx) =>
      store.groups.addMember(tx, { userId: guest.id, groupId: admins.id, until: clock.now() + DAY }),
    )
    assert.equal(await kept(house, 'root', { active: false }), false)
    const author = { actor: { kind: 'system', name: 'test' } } as const
    const halves = [['users.read'], ['*']]
    for (const [index, permissions] of halves.entries()) {
      const spec = { name: `half ${index}`, permissions }
      assert.ok((await house.configuration.resources.put(author, { type: 'roles', slug: `half-${index}`, spec })).ok)
      await house.group(`half-${index}`, [`half-${index}`])
    }
    await house.person('sum', ['half-0'])
    assert.equal(await kept(house, 'root', { active: false }), false)
    await house.person('all', ['half-0', 'half-1'])
    assert.equal(await kept(house, 'root', { active: false }), true)
  },
)

forEachHouse(
  'the guard asks nothing before set-up is over, and refuses what would leave nobody after it',
  async (house) => {
    const { store, clock, configuration } = house
    const guard = administratorGuard(store, clock)
    const snapshot = await configuration.live.current()
    assert.equal((await store.write((tx) => guard(tx, snapshot))).length, 1)
    await store.write((tx) => store.instance.remove(tx, 'setup_done'))
    assert.deepEqual(await store.write((tx) => guard(tx, snapshot)), [])
  },
)
