/** Policies to be tried, as they stand and as a draft would be; nothing of it is kept. */
import type { Result } from '../base/result.ts'
import type { Issue } from '../base/schema.ts'
import type { CompiledPolicy } from '../domain/policies/policy.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { readSpec } from '../resources/read-spec.ts'
import type { LiveSnapshot } from '../resources/snapshot/live-snapshot.ts'
import { policies } from './resource-types.ts'

export const policyTrials = (live: Pick<LiveSnapshot, 'current'>) => ({
  current: async (slug: string): Promise<CompiledPolicy | undefined> => (await live.current()).get(policies, slug),
  draft: draftPolicy,
})

/** Judged and compiled as it would be if it were kept. */
const draftPolicy = (slug: string, given: unknown): Result<CompiledPolicy, Issue[]> => {
  const spec = readSpec(policies, given, policies.version)
  if (!spec.ok) return spec
  const identity = { id: slug, slug, organisation: 'main', revision: 0 }
  // The spec was checked against the schema of policies a line before.
  return policies.compile(spec.value as never, identity, {
    expression: compileExpression,
    secret: () => undefined,
    get: () => undefined,
  })
}
