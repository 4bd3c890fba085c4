import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Closed, Type } from '../base/schema.ts'
import type { StageKind } from '../kinds/contract/stage.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { compileFlow } from './compile-flow.ts'
import { shippedFlows } from './shipped-flows.ts'

// Settings that another room checks.
const Open = Type.Object({})

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
  kind('authenticator-setup', ['ok', 'skipped', 'cancelled'], { proves: true, needsProof: true, config: Open }),
  kind('authenticator-validate', ['ok', 'none', 'failed', 'cancelled', 'password'], {
    proves: true,
    config: Open,
    outcomesOf: (config) =>
      Object(config).instead_of_password
        ? ['ok', 'none', 'failed', 'cancelled', 'password']
        : ['ok', 'none', 'failed', 'cancelled'],
  }),
  kind('first-run', ['ok'], { proves: true }),
  kind('identification', ['ok', 'proven'], {
    proves: true,
    provenBy: ['proven'],
    config: Open,
    outcomesOf: (config) => [
      ...(Object(config).user_fields?.length === 0 ? [] : ['ok']),
      ...(Object(config).enable_passkeys ? ['proven'] : []),
    ],
  }),
  kind('password', ['ok', 'failed', 'cancelled'], { proves: true, config: Open }),
  kind('invitation', ['ok', 'addressed', 'none'], { outcomesOf: () => ['ok', 'addressed'] }),
  kind('user-email', ['ok', 'refused'], { needsProof: true }),
  kind('user-delete', ['ok', 'cancelled', 'refused'], { needsProof: true }),
  kind('prompt', ['ok'], { config: Open }),
  kind('user-write', ['ok', 'refused'], { config: Open }),
  kind('email', ['ok', 'failed', 'unavailable'], { proves: true, config: Open }),
  kind('new-password', ['ok', 'refused']),
  kind('message', ['ok'], { config: Open }),
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

test('there is a shipped flow for each purpose that every house serves, and one for each kind to set up', () => {
  const purposes = [...shippedFlows.values()].map((spec) => spec.purpose)
  assert.deepEqual(purposes, [
    ...['setup', 'sign_in', 'step_up', 'recover', 'sign_out', 'consent'],
    // By a passkey alone; by a mailed link.
    ...['sign_in', 'sign_in'],
    // Open, with a yes, by invitation.
    ...['enrol', 'enrol', 'enrol'],
    ...Array.from({ length: 7 }, () => 'settings'),
  ])
})
