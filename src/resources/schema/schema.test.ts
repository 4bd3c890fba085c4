import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import { Closed, Duration, Ref, SlugMap, Type } from '../../base/schema.ts'
import { SecretReference } from '../../base/secret-reference.ts'
import { annotated, leaveOutDefaults } from './annotated-schema.ts'
import { collectRefs, replaceRef } from './collect-refs.ts'
import { fieldChanges } from './field-changes.ts'
import { mergePatch } from './merge-patch.ts'
import { parseSpec } from './parse-spec.ts'

const kind = (id: string, members: Parameters<typeof Closed>[0]) =>
  Closed({ kind: Type.Optional(Type.Literal(id, { default: id })), ...members })

const Spec = Closed({
  name: Type.String(),
  flow: Type.Optional(Ref('flows')),
  limits: Closed({ idle: Duration({ default: '1h' }) }, { default: {} }),
  providers: SlugMap(
    Type.Union(
      [
        kind('oidc', {
          client_id: Type.String(),
          client_secret: Type.Optional(SecretReference()),
          signing_key: Ref('keypairs', { default: 'default-rs256' }),
        }),
        kind('saml', { audience: Type.String() }),
      ],
      { 'x-discriminator': 'kind' },
    ),
    { default: {} },
  ),
})

test('reads a provider by its kind, or by its name where no kind is said', () => {
  const parsed = parseSpec(Spec, {
    name: 'App',
    providers: { oidc: { client_id: 'a' }, second: { kind: 'oidc', client_id: 'b' } },
  })
  assert.deepEqual(parsed, {
    ok: true,
    value: {
      name: 'App',
      limits: { idle: '1h' },
      providers: {
        oidc: { kind: 'oidc', client_id: 'a', signing_key: 'default-rs256' },
        second: { kind: 'oidc', client_id: 'b', signing_key: 'default-rs256' },
      },
    },
  })
})

test('tells the issues of the branch that was meant, of every provider at once, with the nearest right name', () => {
  const parsed = parseSpec(Spec, {
    nam: 'App',
    providers: { oidc: { clientid: 'a' }, odic: { audience: 'x' }, third: { kind: 'smal' }, saml: 7 },
  })
  assert.equal(parsed.ok, false)
  if (parsed.ok) return
  assert.deepEqual(
    parsed.error.map((issue) => `${issue.path}: ${issue.message}`).sort(),
    [
      'nam: unknown key; did you mean "name"?',
      'name: is required',
      'providers.odic: there is no kind "odic"; did you mean "oidc"?',
      'providers.oidc.client_id: is required',
      'providers.oidc.clientid: unknown key; did you mean "client_id"?',
      'providers.saml: must be object',
      'providers.third.kind: there is no kind "smal"; did you mean "saml"?',
    ].sort(),
  )
})

test('names the forms a secret can be given in', () => {
  const parsed = parseSpec(Spec, { name: 'A', providers: { oidc: { client_id: 'a', client_secret: { evn: 'X' } } } })
  assert.deepEqual(parsed, {
    ok: false,
    error: [
      {
        path: 'providers.oidc.client_secret',
        message: 'must be one of { env }, { file }, { value }, { sealed }',
      },
    ],
  })
})

test('H11 refuses poisonous keys inside of a provider', () => {
  const parsed = parseSpec(Spec, JSON.parse('{"name":"A","providers":{"oidc":{"client_id":"a","__proto__":{}}}}'))
  assert.equal(parsed.ok, false)
})

test('collects references, also defaults and those inside of a kind', () => {
  const parsed = parseSpec(Spec, { name: 'A', flow: 'login', providers: { oidc: { client_id: 'flows' } } })
  assert.ok(parsed.ok)
  assert.deepEqual(collectRefs(Spec, parsed.value), [
    { type: 'flows', slug: 'login', path: 'flow' },
    { type: 'keypairs', slug: 'default-rs256', path: 'providers.oidc.signing_key' },
  ])
  const replaced = replaceRef(Spec, parsed.value, 'keypairs', new Map([['default-rs256', 'other']]))
  assert.equal(collectRefs(Spec, replaced)[1]?.slug, 'other')
})

test('leaves out what parsing fills in again, and nothing else', () => {
  const input = { name: 'A', providers: { oidc: { client_id: 'a' }, two: { kind: 'oidc', client_id: 'b' } } }
  const parsed = parseSpec(Spec, input)
  assert.ok(parsed.ok)
  assert.deepEqual(leaveOutDefaults(annotated(Spec), parsed.value), input)
  const other = parseSpec(Spec, { name: 'A', limits: { idle: '2h' } })
  assert.ok(other.ok)
  assert.deepEqual(leaveOutDefaults(annotated(Spec), other.value), { name: 'A', limits: { idle: '2h' } })
})

test('M08 shows a secret by its version, in no form its value', () => {
  const spec = (secret: JsonObject) => ({ name: 'A', providers: { oidc: { client_id: 'a', client_secret: secret } } })
  const kept = (version: number) => spec({ secret: 'id', version })
  assert.deepEqual(fieldChanges(Spec, kept(1), kept(2)), [
    {
      path: 'providers.oidc.client_secret',
      before: '[secret, version 1]',
      after: '[secret, version 2]',
    },
  ])
  assert.ok(!JSON.stringify(fieldChanges(Spec, null, spec({ value: 'hunter2' }))).includes('hunter2'))
  assert.ok(!JSON.stringify(fieldChanges(Spec, null, spec({ sealed: 'hunter2' }))).includes('hunter2'))
})

test('tells what was added, changed and taken away', () => {
  assert.deepEqual(
    fieldChanges(Type.Any(), { a: 1, b: { c: 2, d: [1] }, e: 3 }, { a: 1, b: { c: 4, d: [1, 2] }, f: 5 }),
    [
      { path: 'b.c', before: 2, after: 4 },
      { path: 'b.d', before: [1], after: [1, 2] },
      { path: 'e', before: 3 },
      { path: 'f', after: 5 },
    ],
  )
})

test('merges a patch (RFC 7396), and replaces a kept secret whole', () => {
  assert.deepEqual(mergePatch({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null, e: 3 }, d: [2] }), {
    a: { c: 2, e: 3 },
    d: [2],
  })
  assert.deepEqual(mergePatch({ s: { secret: 'id', version: 1 } }, { s: { value: 'new' } }), { s: { value: 'new' } })
})
