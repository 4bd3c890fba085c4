import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amrOf, isLive, type Session } from './session.ts'

const proof = (method: string) => ({ method, at: 0 })

test('says mfa only where two different kinds of factor were proven (RFC 8176 §2)', () => {
  assert.deepEqual(amrOf([proof('pwd')]), ['pwd'])
  assert.deepEqual(amrOf([proof('pwd'), proof('pwd')]), ['pwd'])
  assert.deepEqual(amrOf([proof('pwd'), proof('otp')]), ['pwd', 'otp', 'mfa'])
  assert.deepEqual(amrOf([proof('otp'), proof('hwk')]), ['otp', 'hwk'])
  // A passkey that verified its person is two by itself; a key that was merely touched is one.
  assert.deepEqual(amrOf([proof('swk'), proof('user')]), ['swk', 'user', 'mfa'])
  assert.deepEqual(amrOf([proof('hwk')]), ['hwk'])
  assert.deepEqual(amrOf([proof('recovery'), proof('pwd')]), ['recovery', 'pwd']) // What every object has is no factor (`gatehouse why` takes any name).
  for (const method of ['constructor', 'toString', '__proto__']) {
    assert.deepEqual(amrOf([proof('pwd'), proof(method)]), ['pwd', method])
  }
})

test('F02 a session is dead once its person is inactive, of a newer generation, or its time is up', () => {
  // Only what the rule reads.
  const session = { generation: 3, idleEndsAt: 200, endsAt: 300 } as Session
  const user = { active: true, generation: 3 }
  assert.equal(isLive(session, user, 100), true)
  assert.equal(isLive(session, { ...user, active: false }, 100), false)
  assert.equal(isLive(session, { ...user, generation: 4 }, 100), false)
  assert.equal(isLive(session, user, 200), false)
  assert.equal(isLive({ ...session, idleEndsAt: 900 }, user, 300), false)
})
