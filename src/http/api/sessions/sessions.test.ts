/** The list of everybody's sessions. */
import assert from 'node:assert/strict'
import { forEachHouse } from '../../../../test/support/api-house.ts'
import { DAY } from '../../../base/clock.ts'

type Item = { id: string; username: string; active: boolean; ended_at: string | null }

forEachHouse('lists where people are signed in, by person and by whether it goes on', async (house) => {
  await house.group('auditors', ['auditor'])
  await house.person('aud', ['auditors'])
  await house.person('ana')
  const auditor = await house.asToken('aud')
  const first = await house.begin('ana')
  house.advance(1_000)
  const second = await house.begin('ana')
  house.advance(1_000)
  await house.begin('aud')
  const list = async (query = ''): Promise<Item[]> => (await auditor('GET', `/sessions${query}`)).body.items
  const shape = (items: Item[]) => items.map(({ username, active }) => [username, active])
  assert.deepEqual(shape(await list()), [
    ['aud', true],
    ['ana', true],
    ['ana', true],
  ])
  await house.store.write((tx) => house.store.sessions.end(tx, first.session.id, house.clock.now()))
  assert.deepEqual(
    (await list('?user=ana')).map(({ id, active }) => [id, active]),
    [
      [second.session.id, true],
      [first.session.id, false],
    ],
  )
  const [over] = await list('?active=false')
  assert.equal(over?.id, first.session.id)
  assert.equal(over?.ended_at, new Date(house.clock.now()).toISOString())
  assert.deepEqual((await list(`?active=true&user=${second.session.userId}`)).length, 1)
  house.advance(DAY)
  assert.deepEqual(await list('?active=true'), [], 'time ended the others')
})

forEachHouse('M11 the list of sessions comes in pages', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  for (let index = 0; index < 5; index += 1) {
    await house.begin('root')
    house.advance(1)
  }
  const seen: string[] = []
  let cursor = ''
  do {
    const { body } = await root('GET', `/sessions?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    seen.push(...body.items.map(({ id }: Item) => id))
    cursor = body.next ?? ''
  } while (cursor !== '')
  assert.equal(new Set(seen).size, 5)
  assert.deepEqual(seen, seen.toSorted().toReversed(), 'the newest first')
  for (const query of ['user=nobody', 'active=maybe', 'limit=0', 'sort=ip', 'cursor=x'])
    assert.equal((await root('GET', `/sessions?${query}`)).status, 400, query)
})
