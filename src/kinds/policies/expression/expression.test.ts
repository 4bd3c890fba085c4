import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOW, somebody } from '../../../../test/support/stage-world.ts'
import { parse } from '../../../base/schema.ts'
import { compileExpression } from '../../../policy/expression/compile-expression.ts'
import { expression } from './index.ts'

const compile = (source: string) => {
  const config = parse(expression.config, { expression: source })
  return expression.compile(config.ok ? config.value : assert.fail(), { expression: compileExpression })
}
const judge = (source: string) => {
  const compiled = compile(source)
  assert.ok(compiled.ok)
  return compiled.value.judge({
    person: somebody('ana', {}, 'ana@example.com'),
    session: null,
    application: { slug: 'wiki', name: 'Wiki' },
    request: { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW },
    deviceSince: null,
    failures: null,
  })
}

test('H10 a condition that cannot be judged holds for nobody, and says why', () => {
  for (const source of ["user.attributes.level == 'high'", '1 / 0 == 1', 'dyn(user.name)']) {
    const verdict = judge(source)
    assert.equal(verdict.holds, false, source)
    assert.equal(verdict.failed, true, source)
  }
})

test('H08 what is no expression of ours is refused where it is written', () => {
  for (const source of [
    "this.constructor.constructor('return process')()",
    "import('fs')",
    'user.nam == 1',
    "'text'",
    '1 +',
  ]) {
    const compiled = compile(source)
    assert.equal(compiled.ok, false, source)
    assert.equal(compiled.ok || compiled.error[0]?.path, 'expression')
  }
})

test('holds where it is true, and tells what it read', () => {
  assert.equal(judge("user.username == 'bob'").holds, false)
  const verdict = judge("user.username == 'ana' && application.slug == 'wiki'")
  assert.equal(verdict.holds, true)
  assert.deepEqual(verdict.saw, { 'user.username': 'ana', 'application.slug': 'wiki' })
})
