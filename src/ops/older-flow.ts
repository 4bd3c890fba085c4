/** A flow as it stood at an older revision: an attempt ends on the one it began with, whatever was published since. */
import type { CompiledFlow } from '../flow/compiled-flow.ts'
import type { CompileContext } from '../kinds/contract/resource.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { readSpec } from '../resources/read-spec.ts'
import type { Store } from '../store/store.ts'
import { flows } from './resource-types.ts'

/** `get` finds the policies that its edges name, as they stand now. */
export const olderFlow = async (
  store: Store,
  slug: string,
  revision: number,
  get: CompileContext['get'],
): Promise<CompiledFlow | null> => {
  const found = await store.resources.revision(store.read, flows.type, slug, revision)
  if (!found?.spec) return null
  const spec = readSpec(flows, found.spec, found.schema)
  if (!spec.ok) return null
  const identity = { id: found.resource, slug, organisation: 'main', revision }
  // The spec was checked against the schema of flows a line before.
  const compiled = flows.compile(spec.value as never, identity, {
    expression: compileExpression,
    secret: () => undefined,
    get,
  })
  return compiled.ok ? compiled.value : null
}
