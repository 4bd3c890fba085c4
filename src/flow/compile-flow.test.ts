import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOY_KINDS } from '../../test/support/toy-house.ts'
import { Closed, Expression, type Issue, parse, Type } from '../base/schema.ts'
import type { StageKind } from '../kinds/contract/stage.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { compileFlow } from './compile-flow.ts'
import type { FlowEdge, FlowNode, FlowSpec } from './document.ts'
import { flowType } from './flow-type.ts'

const to = (target: string) => [{ to: target }]

const prompt: StageKind = {
  id: 'prompt',
  config: Closed({
    fields: Type.Array(
      Closed({ name: Type.String(), check: Type.Optional(Expression({ 'x-variables': { value: 'string' } })) }),
      { default: [] },
    ),
  }),
  version: 3,
  upgrade: (config, from) => (from === 1 ? { fields: config.questions } : config),
  outcomes: ['ok'],
  predict: () => ({ outcomes: ['ok'], needsPerson: true, reads: [] }),
  open: async () => ({ ask: {} }),
}
const kinds = new Map([...TOY_KINDS, [prompt.id, prompt]])

type Document = Omit<Partial<FlowSpec>, 'nodes'> & { nodes: Record<string, Partial<FlowNode>> }

const compile = ({ nodes, ...document }: Document) => {
  const filled = Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => [name, { stage: name, settings: {}, next: {}, ...node }]),
  )
  const spec: FlowSpec = { name: 'Flow', purpose: 'enrol', start: '', ...document, nodes: filled }
  const compiled = compileFlow(spec, { slug: 'flow', revision: 4 }, kinds, compileExpression)
  return compiled.ok ? { flow: compiled.value } : { issues: compiled.error }
}
const issuesOf = (document: Document): readonly Issue[] => {
  const { issues } = compile(document)
  assert.ok(issues, 'the flow was taken')
  return issues
}

test('compiles a flow, with the settings of its stages filled in', () => {
  const { flow } = compile({ start: 'hello', nodes: { hello: { stage: 'message', next: { ok: to('end') } } } })
  assert.equal(flow?.revision, 4)
  assert.deepEqual(flow?.nodes.get('hello')?.settings, { text: 'hello' })
})

test('tells every issue at once, each with its path and the nearest right name', () => {
  const issues = issuesOf({
    start: 'helo',
    nodes: {
      hello: { stage: 'mesage' },
      other: {
        stage: 'message',
        settings: { txt: 'x' },
        next: { okay: to('end'), ok: [{ to: 'hello', when: 'usr == 1' }, { to: 'othr' }] },
      },
    },
  })
  assert.deepEqual(issues, [
    { path: 'start', message: 'no node "helo"; did you mean "hello"?' },
    { path: 'nodes.hello.stage', message: 'unknown kind of stage "mesage"; did you mean "message"?' },
    { path: 'nodes.other.settings.txt', message: 'unknown key; did you mean "text"?' },
    { path: 'nodes.other.next.okay', message: 'message has no outcome "okay"; did you mean "ok"?' },
    { path: 'nodes.other.next.ok[0].when', message: 'column 1: unknown variable "usr"; did you mean "user"?' },
    { path: 'nodes.other.next.ok[1].to', message: 'no node "othr"; did you mean "other"?' },
  ])
})

test('only the last edge of an outcome has no condition', () => {
  const node = (edges: FlowEdge[]) => ({ start: 'a', nodes: { a: { stage: 'message', next: { ok: edges } } } })
  assert.match(
    issuesOf(node([{ to: 'end', when: 'true' }]))[0]?.message ?? '',
    /the last edge of an outcome has no condition/,
  )
  assert.match(issuesOf(node([{ to: 'end' }, { to: 'a' }]))[0]?.message ?? '', /never taken/)
  assert.match(
    issuesOf(node([{ to: 'a', when: 'user.username' }, { to: 'end' }]))[0]?.message ?? '',
    /must be true or false, but is string/,
  )
})

test('checks expressions in the settings of a stage, with the variables of their place', () => {
  const document = (check: string) => ({
    start: 'ask',
    nodes: {
      ask: {
        stage: 'prompt',
        version: 3,
        settings: { fields: [{ name: 'a' }, { name: 'b', check }] },
        next: { ok: to('end') },
      },
    },
  })
  assert.ok(compile(document('value != "" && !has(facts.prompt.answers.b)')).flow)
  assert.deepEqual(issuesOf(document('valu != ""')), [
    { path: 'nodes.ask.settings.fields[1].check', message: 'column 1: unknown variable "valu"; did you mean "value"?' },
  ])
})

test('settings of an older version are upgraded when read, newer ones refused', () => {
  const { upgradeParts } = flowType(kinds.values())
  assert.ok(upgradeParts)
  const old = {
    nodes: { prompt: { settings: { questions: [] } }, b: { stage: 'prompt', version: 2 }, c: { stage: 'x' }, d: 1 },
  }
  assert.deepEqual(upgradeParts(old), {
    nodes: {
      prompt: { version: 3, settings: { fields: [] } },
      b: { stage: 'prompt', version: 3, settings: {} },
      c: { stage: 'x' },
      d: 1,
    },
  })
  assert.deepEqual(upgradeParts({ nodes: 3 }), { nodes: 3 })
  const newer = { start: 'a', nodes: { a: { stage: 'message', version: 2, next: { ok: to('end') } } } }
  assert.deepEqual(issuesOf(newer), [{ path: 'nodes.a.version', message: 'is newer than this one knows (1)' }])
})

test('refuses a node named end, and a flow of more than two hundred nodes', () => {
  const message = { stage: 'message', version: 1, settings: { text: 'x' }, next: { ok: to('end') } }
  assert.deepEqual(issuesOf({ start: 'end', nodes: { end: message } })[0]?.path, 'nodes.end')
  const { schema } = flowType(kinds.values())
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, message]))
  const parsed = (nodes: object) => parse(schema, { name: 'F', purpose: 'enrol', start: 'n0', nodes }).ok
  assert.deepEqual([parsed(many(200)), parsed(many(201)), parsed({})], [true, false, false])
  assert.equal(parsed({ n0: { ...message, settings: { txt: 'x' } } }), false)
})

test('lint finds a node that no edge leads to', () => {
  const message = { stage: 'message', next: { ok: to('end') } }
  assert.deepEqual(issuesOf({ start: 'a', nodes: { a: message, b: message } }), [
    { path: 'nodes.b', message: 'no edge leads here' },
  ])
})

test('lint finds an outcome that leads nowhere', () => {
  const nodes = { a: { stage: 'password', next: { ok: to('end') } } }
  assert.deepEqual(issuesOf({ start: 'a', nodes }), [
    { path: 'nodes.a.next', message: 'the outcome "failed" leads nowhere' },
  ])
})

test('lint finds a sign-in that never signs in', () => {
  for (const purpose of ['sign_in', 'step_up', 'setup'] as const) {
    const nodes = { a: { stage: 'code', next: { ok: to('end') } } }
    assert.deepEqual(issuesOf({ purpose, start: 'a', nodes }), [
      { path: 'nodes', message: 'no stage of this flow signs in' },
    ])
  }
})

test('lint finds a way to sign in without a proof, also by an outcome that proves nothing', () => {
  const nodes = (failed: string) => ({
    a: { stage: 'password', next: { ok: to('in'), failed: to(failed) } },
    in: { stage: 'sign-in', next: { ok: to('end') } },
  })
  const say = { stage: 'message', next: { ok: to('in') } }
  const no = { stage: 'deny' }
  const issue = [{ path: 'nodes.in', message: 'can be reached without a proof' }]
  assert.deepEqual(issuesOf({ purpose: 'sign_in', start: 'a', nodes: nodes('in') }), issue)
  assert.deepEqual(issuesOf({ purpose: 'sign_in', start: 'a', nodes: { ...nodes('say'), say } }), issue)
  assert.deepEqual(issuesOf({ purpose: 'sign_in', start: 'in', nodes: { in: nodes('').in } }), issue)
  assert.ok(compile({ purpose: 'sign_in', start: 'a', nodes: { ...nodes('no'), no } }).flow)
})

test('lint finds a circle in which nobody is asked anything', () => {
  const nodes = (stage: string) => ({
    a: { stage: 'pass', next: { ok: to('b') } },
    b: { stage, next: { ok: to('a') } },
  })
  assert.deepEqual(issuesOf({ start: 'a', nodes: nodes('pass') }), [
    { path: 'nodes.a', message: 'runs in a circle in which nobody is asked anything' },
  ])
  assert.ok(compile({ start: 'a', nodes: nodes('message') }).flow)
})

test('the resource type compiles with the expressions it is given', () => {
  const type = flowType(TOY_KINDS.values())
  const spec: FlowSpec = {
    name: 'F',
    purpose: 'enrol',
    start: 'message',
    nodes: { message: { stage: 'message', settings: {}, next: { ok: to('end') } } },
  }
  const context = { expression: compileExpression, secret: () => undefined, get: () => undefined }
  const compiled = type.compile(spec, { id: 'x', slug: 'f', organisation: 'main', revision: 2 }, context)
  assert.deepEqual(compiled.ok && [compiled.value.slug, compiled.value.revision], ['f', 2])
})
