/** What refreshing leaves in the log, on real stores. */
import assert from 'node:assert/strict'
import { aGrant, aRefreshToken, aSession, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine, rawRows } from '../../test/support/stores.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import { testRing } from '../../test/support/test-ring.ts'
import { systemRandom as random } from '../base/random.ts'
import { createGrants } from './grants.ts'
import { createPeople } from './people.ts'

forEachEngine(
  'counts silent refreshes per session and application, in the transaction of each',
  async (open, _e, where) => {
    const store = await open()
    const clock = { now: () => 10_000 }
    const ring = await testRing()
    const people = createPeople(store, clock)
    const grants = createGrants({ store, ring, people, recorder: testRecorder(store, clock), clock, random })
    const user = aUser()
    const session = aSession(user.id)
    const tied = aGrant({ userId: user.id, sessionId: session.id })
    const offline = aGrant({ userId: user.id, scopes: ['openid', 'offline_access'] })
    await store.write(async (tx) => {
      await store.users.insert(tx, user)
      await store.sessions.insert(tx, session)
      for (const [grant, value] of [
        [tied, 'first'],
        [offline, 'other'],
      ] as const) {
        await store.grants.insert(tx, grant)
        await store.grants.insertRefresh(tx, ring.hash('refresh', value), aRefreshToken(grant.id))
      }
    })
    const rotate = async (value: string): Promise<string> => {
      const rotated = await grants.rotate(value, 10_000, {
        expiresAt: 100_000,
        event: {
          type: 'oauth.tokens_refreshed',
          actor: { kind: 'client', id: 'wiki' },
          client: { ip: '192.0.2.1', userAgent: 'x', request: value },
        },
      })
      assert.ok(rotated.outcome === 'rotated')
      return rotated.refreshToken
    }
    const event = (target: string) => ({
      type: 'oauth.tokens_refreshed',
      actor: { kind: 'client', id: 'wiki' },
      target,
      detail: { application: 'wiki', user: user.id },
    })
    let token = 'first'
    for (let round = 0; round < 5; round += 1) token = await rotate(token)
    await rotate('other')
    const counts = await rawRows(where, 'select key, count from event_counts order by count')
    assert.deepEqual(
      counts.map(({ key, count }) => [JSON.parse(String(key)), Number(count)]),
      [
        [event(`grants/${offline.id}`), 1],
        [event(`sessions/${session.id}`), 5],
      ],
    )
    assert.deepEqual(await rawRows(where, 'select count(*) as count from events'), [{ count: 0 }])
    // One that is used twice is no silent refresh: it ends the family, and that is told at once.
    assert.equal((await grants.rotate('first', 10_000, { expiresAt: 1, event: never })).outcome, 'reused')
    assert.deepEqual(await rawRows(where, 'select type from events'), [{ type: 'oauth.refresh_reused' }])
    people.close()
  },
)

const never = { type: 'oauth.tokens_refreshed', actor: { kind: 'anonymous' } } as const
