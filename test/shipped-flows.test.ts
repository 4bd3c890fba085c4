/** What every instance begins with, over the kinds that are really registered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedFlows } from '../src/flow/shipped-flows.ts'
import { flows } from '../src/ops/resource-types.ts'
import { compileExpression } from '../src/policy/expression/compile-expression.ts'
import { readSpec } from '../src/resources/read-spec.ts'

for (const [slug, spec] of shippedFlows) {
  test(`the flow ${slug} compiles and passes lint over the kinds there are`, () => {
    const read = readSpec(flows, spec, flows.version)
    assert.ok(read.ok, JSON.stringify(read))
    const identity = { id: slug, slug, organisation: 'main', revision: 1 }
    // The schema has just let it through.
    const compiled = flows.compile(read.value as never, identity, {
      expression: compileExpression,
      secret: () => undefined,
      get: () => undefined,
    })
    assert.deepEqual(compiled.ok ? [] : compiled.error, [])
  })
}
