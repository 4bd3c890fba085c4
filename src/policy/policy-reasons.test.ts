import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NOW, somebody } from '../../test/support/stage-world.ts'
import { DAY, HOUR, MINUTE } from '../base/clock.ts'
import { parse } from '../base/schema.ts'
import { Access } from '../domain/applications/access.ts'
import { NO_DEMANDS } from '../domain/assurance/assurance.ts'
import type { CompiledPolicy, PolicyVerdict } from '../domain/policies/policy.ts'
import { policyKinds } from '../kinds/registry.ts'
import { readSpec } from '../resources/read-spec.ts'
import { policyType } from '../resources/types/policy-type.ts'
import { compileAccess } from './compile-access.ts'
import { type DecideInput, decide } from './decide.ts'
import { denialText, explainDecision } from './explain.ts'
import { compileExpression } from './expression/compile-expression.ts'

const toy = (slug: string, verdict: PolicyVerdict): CompiledPolicy => ({
  slug,
  name: slug,
  kind: 'toy',
  reads: [],
  readsFailures: false,
  unforeseeable: false,
  text: `denied.toy_${slug}`,
  address: null,
  judge: () => verdict,
})
const TOYS = new Map(
  [
    toy('yes', { holds: true, says: 'it does' }),
    toy('no', { holds: false, says: 'it does not', cure: 'Make it.' }),
    toy('broken', { holds: false, failed: true, says: 'it cannot be told' }),
    // A kind that says it holds and cannot be judged lets nobody in either.
    toy('liar', { holds: true, failed: true, says: 'it cannot be told' }),
    {
      ...toy('throws', { holds: true, says: '' }),
      judge: () => {
        throw new Error('a fault')
      },
    },
  ].map((one) => [one.slug, one]),
)

const compiled = (access: object, find = (slug: string): CompiledPolicy | undefined => TOYS.get(slug)) => {
  const read = parse(Access, access)
  assert.ok(read.ok, JSON.stringify(read))
  return compileAccess(read.value, compileExpression, find)
}
const about = (access: object, over: Partial<DecideInput> = {}) => {
  const made = compiled(access)
  assert.ok(made.ok, JSON.stringify(made))
  return decide({
    person: somebody('ana', {}, 'ana@example.com'),
    session: { proofs: [{ method: 'pwd', at: NOW }], authTime: NOW, persistent: false },
    channel: 'oidc',
    application: { slug: 'wiki', name: 'Wiki', access: made.value },
    request: { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW },
    now: NOW,
    ...over,
  })
}

test('H06 the truth table of policies: all and any, with zero, disabled, negated and failing ones', () => {
  const not = (policy: string) => ({ policy, negate: true })
  const off = (policy: string) => ({ policy, enabled: false })
  const table: [policies: (string | object)[], all: string, any: string][] = [
    [['yes'], 'allow', 'allow'],
    [['no'], 'deny', 'deny'],
    [['yes', 'yes'], 'allow', 'allow'],
    [['yes', 'no'], 'deny', 'allow'],
    [['no', 'yes'], 'deny', 'allow'],
    [['no', 'no'], 'deny', 'deny'],
    // Switched off: as if it were not listed. Of none, all hold and none does.
    [[off('no')], 'allow', 'deny'],
    [[off('yes')], 'allow', 'deny'],
    [[off('no'), off('no')], 'allow', 'deny'],
    [[off('no'), 'yes'], 'allow', 'allow'],
    [[off('yes'), 'no'], 'deny', 'deny'],
    [[off('broken'), 'yes'], 'allow', 'allow'],
    [[{ ...not('yes'), enabled: false }, 'yes'], 'allow', 'allow'],
    [[not('no')], 'allow', 'allow'],
    [[not('yes')], 'deny', 'deny'],
    [[not('yes'), 'yes'], 'deny', 'allow'],
    [[not('no'), 'no'], 'deny', 'allow'],
    // What cannot be judged holds for nobody, turned round or not.
    ...['broken', 'liar', 'throws'].flatMap((failing): [(string | object)[], string, string][] => [
      [[failing], 'deny', 'deny'],
      [[not(failing)], 'deny', 'deny'],
      [[failing, 'yes'], 'deny', 'allow'],
      [[not(failing), 'yes'], 'deny', 'allow'],
      [[not(failing), 'no'], 'deny', 'deny'],
    ]),
  ]
  for (const [policies, all, any] of table) {
    const what = JSON.stringify(policies)
    assert.equal(about({ policies }).outcome, all, `left out: ${what}`)
    assert.equal(about({ policies, policy_engine_mode: 'all' }).outcome, all, `all: ${what}`)
    assert.equal(about({ policies, policy_engine_mode: 'any' }).outcome, any, `any: ${what}`)
  }
  assert.equal(about({}).outcome, 'allow', 'zero')
})

test('H06 an empty list is refused, and so is a mode that is about nothing', () => {
  assert.equal(parse(Access, { policies: [] }).ok, false)
  const mode = compiled({ policy_engine_mode: 'any' })
  assert.deepEqual(mode.ok || mode.error, [{ path: 'policy_engine_mode', message: 'stands without `policies`' }])
  const unknown = compiled({ policies: ['yes', { policy: 'nothing', enabled: false }] })
  assert.equal(unknown.ok || unknown.error[0]?.path, 'policies[1]')
})

test('policies let nobody in whom other rules keep out, and what they keep out no assurance lets in', () => {
  assert.equal(about({ policies: ['yes'], allow: { groups: ['admins'] } }).outcome, 'deny')
  assert.equal(about({ policies: ['yes'], deny: { users: ['ana'] } }).outcome, 'deny')
  assert.equal(about({ policies: ['no'], assurance: { mfa: 'required' } }).outcome, 'deny')
  assert.equal(about({ policies: ['yes'], assurance: { mfa: 'required' } }).outcome, 'step_up')
})

test('names each policy with what it saw, and to the person no more than what they can do', () => {
  const all = about({ policies: ['yes', 'no'] })
  assert.deepEqual(
    all.reasons.filter(({ rule }) => rule === 'policy').map(({ holds, saw }) => [saw?.policy, holds]),
    [
      ['yes', true],
      ['no', false],
    ],
  )
  assert.equal(denialText(all), 'denied.toy_no')
  const said = explainDecision(all, { person: 'ana', application: 'Wiki' })
  assert.equal(said.at(-1), 'What would let them in: Make it.')
  const any = about({ policies: ['no', { policy: 'yes', negate: true }], policy_engine_mode: 'any' })
  assert.equal(denialText(any), 'denied.condition')
  assert.match(
    explainDecision(any, { person: 'ana', application: 'Wiki' }).at(-1) ?? '',
    /Make it\. Or: Have "yes" not hold\.$/,
  )
  const through = about({ policies: ['no', 'yes'], policy_engine_mode: 'any', allow: { users: ['bob'] } })
  assert.equal(denialText(through), 'denied.not_allowed', 'one policy of any that does not hold stands in nobody’s way')
})

const policies = policyType(policyKinds)
const made = (slug: string, kind: string, settings: object): CompiledPolicy => {
  const read = readSpec(policies, { kind, settings }, policies.version)
  if (!read.ok) return assert.fail(JSON.stringify(read.error))
  const identity = { id: slug, slug, organisation: 'main', revision: 1 }
  const context = { expression: compileExpression, secret: () => undefined, get: () => undefined }
  // The schema of policies made it.
  const result = policies.compile(read.value as never, identity, context)
  return result.ok ? result.value : assert.fail(JSON.stringify(result.error))
}

const hours = fc.record({
  from: fc.constantFrom('00:00', '08:10', '09:30', '13:05'),
  to: fc.constantFrom('12:00', '18:20', '23:59'),
})
const policy = fc.oneof(
  fc
    .constantFrom(
      'request.hour < 10',
      "request.ip.startsWith('10.')",
      'session.age_seconds < 100',
      "user.username == 'ana'",
      'request.weekday == 2',
      "request.user_agent == 'a' || request.hour > 12",
      'user.attributes.x',
    )
    .map((expression) => made('expression', 'expression', { expression })),
  fc
    .record({
      windows: fc.array(hours, { minLength: 1, maxLength: 2 }),
      time_zone: fc.constantFrom('UTC', 'Europe/Berlin'),
    })
    .map((settings) => made('hours', 'time-window', settings)),
  fc.constantFrom('10.0.0.0/8', '192.0.2.0/24').map((network) => made('network', 'network', { allowed: [network] })),
  fc.constantFrom('0s', '30m', '1d').map((known_for) => made('device', 'known-device', { known_for })),
  fc.constantFrom(1, 3).map((limit) => made('calm', 'reputation', { pair: limit, network: limit })),
)

test('a decision that is kept until `validUntil`, for the same values of what it read, is the one that would be made', () => {
  const facts = fc.record({
    ip: fc.constantFrom('10.0.0.1', '192.0.2.9', '2001:db8::1'),
    userAgent: fc.constantFrom('a', 'b'),
    failed: fc.constantFrom(0, 2, 5),
    after: fc.integer({ min: 0, max: 2 * HOUR }),
  })
  const binding = fc.record({ policy, negate: fc.boolean() })
  fc.assert(
    fc.property(
      fc.array(binding, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('all' as const, 'any' as const),
      fc.option(fc.constantFrom(NOW - 2 * DAY, NOW - 10 * MINUTE), { nil: undefined }),
      facts,
      fc.array(facts, { minLength: 1, maxLength: 10 }),
      (bindings, mode, deviceSince, first, others) => {
        const at = ({ ip, userAgent, failed }: typeof first, now: number) =>
          decide({
            person: somebody('ana', {}, 'ana@example.com'),
            session: {
              proofs: [{ method: 'pwd', at: NOW }],
              authTime: NOW,
              persistent: false,
              ...(deviceSince === undefined ? {} : { deviceSince }),
            },
            channel: 'oidc',
            application: {
              slug: 'wiki',
              name: 'Wiki',
              access: {
                allow: null,
                deny: null,
                policies: { mode, bindings },
                assurance: NO_DEMANDS,
              },
            },
            request: { ip, userAgent, origin: 'https://id.example.com', at: now },
            failures: { device: null, pair: failed, network: failed, account: failed },
            now,
          })
        const began = NOW + first.after
        const kept = at(first, began)
        const seen = (of: typeof first) =>
          kept.reads.map((path) => (path === 'request.ip' ? of.ip : path === 'request.user_agent' ? of.userAgent : ''))
        // The last instant is where an end that was told too late shows.
        const looks = [
          ...others.map((other) => ({ other, later: began + other.after })),
          { other: first, later: kept.validUntil - 1 },
        ]
        for (const { other, later } of looks) {
          if (later < began) continue
          if (later >= kept.validUntil || String(seen(other)) !== String(seen(first))) continue
          assert.equal(at(other, later).outcome, kept.outcome, JSON.stringify({ kept, later }))
        }
      },
    ),
    { numRuns: 400 },
  )
})
