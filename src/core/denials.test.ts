import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import type { Reason } from '../domain/decisions/decision.ts'
import { findDenial, keptReasons } from './denials.ts'

const NOW = 1_760_000_000_000
const reason: Reason = {
  rule: 'policy',
  holds: false,
  says: 'The policy "office" does not hold.',
  saw: { policy: 'office', ip: '198.51.100.7' },
  cure: 'Come from elsewhere.',
}

forEachEngine('a denial is found by its code, the newest first, and in its own organisation alone', async (open) => {
  const store = await open()
  let now = NOW
  const recorder = testRecorder(store, { now: () => now })
  const deny = (code: string, application: string, organisation = 'main') =>
    recorder.alone({
      type: 'application.denied',
      actor: { kind: 'user', id: 'u1', name: 'ana' },
      target: `applications/${application}`,
      detail: { code, outcome: 'deny', reasons: keptReasons([reason]) },
      client: { ip: '198.51.100.7', userAgent: 'test', request: 'r' },
      organisation,
    })
  await deny('GH-7K2Q', 'older')
  now += 1000
  await deny('GH-7K2Q', 'grafana')
  await deny('GH-7K2R', 'GH-7K2Q')
  await deny('GH-AAAA', 'other', 'elsewhere')
  const find = (code: string, organisation = 'main') => findDenial(store.events, store.read, { code, organisation })
  const found = await find('GH-7K2Q')
  assert.equal(found?.application, 'grafana')
  assert.equal(found.at, now)
  assert.deepEqual(found.person, { id: 'u1', username: 'ana' })
  assert.deepEqual(found.decision, { outcome: 'deny', reasons: [reason] })
  assert.equal(await find('GH-AAAA'), null)
  assert.equal((await find('GH-AAAA', 'elsewhere'))?.application, 'other')
  assert.equal(await find('GH-____'), null)
})

forEachEngine('of a long decision what was said is kept, and what was seen goes first', async (open) => {
  const store = await open()
  const recorder = testRecorder(store, { now: () => NOW })
  const groups = Array.from({ length: 50 }, (_, index) => `${'g'.repeat(60)}${index}`)
  const reasons = Array.from({ length: 5 }, () => ({ ...reason, saw: { groups } }))
  await recorder.alone({
    type: 'application.denied',
    actor: { kind: 'anonymous' },
    target: 'applications/grafana',
    detail: { code: 'GH-7K2Q', outcome: 'deny', reasons: keptReasons(reasons) },
  })
  const found = await findDenial(store.events, store.read, { code: 'GH-7K2Q', organisation: 'main' })
  assert.deepEqual(
    found?.decision.reasons,
    reasons.map(({ saw: _, ...kept }) => kept),
  )
})
