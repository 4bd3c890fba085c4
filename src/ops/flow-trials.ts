/** Flows to be tried before they go live, and where one may lead; nothing of it is kept. */
import type { Result } from '../base/result.ts'
import type { Issue } from '../base/schema.ts'
import type { CompiledFlow } from '../flow/compiled-flow.ts'
import type { CompileContext } from '../kinds/contract/resource.ts'
import type { Destination } from '../kinds/contract/stage.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { readSpec } from '../resources/read-spec.ts'
import type { LiveSnapshot } from '../resources/snapshot/live-snapshot.ts'
import { applications, flows } from './resource-types.ts'

export const flowTrials = (live: Pick<LiveSnapshot, 'current' | 'last'>) => ({
  current: async (slug: string): Promise<CompiledFlow | undefined> => (await live.current()).get(flows, slug),
  draft: (slug: string, spec: unknown) => draftFlow(slug, spec, live.last().get),
  destination: (slug: string): Destination | null => {
    const application = live.last().get(applications, slug)
    if (!application) return null
    const demandsMfa = application.access?.assurance.mfa === true
    return { application: slug, applicationName: application.name, formAction: [], demandsMfa }
  },
})

/** Judged and compiled as it would be if it were kept. */
const draftFlow = (slug: string, given: unknown, get: CompileContext['get']): Result<CompiledFlow, Issue[]> => {
  const spec = readSpec(flows, given, flows.version)
  if (!spec.ok) return spec
  const identity = { id: slug, slug, organisation: 'main', revision: 0 }
  // The spec was checked against the schema of flows a line before.
  return flows.compile(spec.value as never, identity, {
    expression: compileExpression,
    secret: () => undefined,
    get,
  })
}
