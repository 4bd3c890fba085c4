import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Closed } from '../base/schema.ts'
import type { StageKind } from '../kinds/contract/stage.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { compileFlow } from './compile-flow.ts'
import { shippedFlows } from './shipped-flows.ts'

/** What the shipped flows count on in the kinds they name; the kinds themselves are another room's. */
const kind = (id: string, outcomes: readonly string[], traits: Partial<StageKind> = {}): [string, StageKind] => [
  id,
  {
    id,
    config: Closed({}),
    version: 1,
    outcomes,
    predict: () => ({ outcomes, needsPerson: !traits.signsIn, reads: [] }),
    open: async () => ({ ask: {} }),
    ...traits,
  },
]
const kinds = new Map([
  kind('first-run', ['ok'], { proves: true }),
  kind('identification', ['ok']),
  kind('password', ['ok', 'failed', 'cancelled'], { proves: true }),
  kind('user-login', ['ok'], { signsIn: true }),
  kind('user-logout', ['ok']),
  kind('consent', ['ok', 'refused']),
  kind('deny', []),
])

test('every shipped flow compiles and passes lint', () => {
  for (const [slug, spec] of shippedFlows) {
    const compiled = compileFlow(spec, { slug, revision: 1 }, kinds, compileExpression)
    assert.deepEqual(compiled.ok ? [] : compiled.error, [], slug)
  }
})

test('there is a shipped flow for first run, sign-in, step-up, sign-out and consent, one for each', () => {
  const purposes = [...shippedFlows.values()].map((spec) => spec.purpose)
  assert.deepEqual(purposes, ['setup', 'sign_in', 'step_up', 'sign_out', 'consent'])
})
