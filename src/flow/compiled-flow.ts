/** A flow ready to run: settings checked, conditions parsed, every edge known to lead somewhere. */
import type { Expression } from '../domain/expressions/expression.ts'
import type { CompiledPolicy } from '../domain/policies/policy.ts'
import type { FlowPurpose, StageKind } from '../kinds/contract/stage.ts'

export type CompiledEdge = {
  readonly to: string
  readonly when: Expression | null
  /** It must hold beside the condition. */
  readonly policy: CompiledPolicy | null
}

export type CompiledNode = {
  readonly id: string
  readonly kind: StageKind
  readonly settings: unknown
  /** Outcome to edges, in order; the last of each has no condition. */
  readonly next: ReadonlyMap<string, readonly CompiledEdge[]>
}

export type CompiledFlow = {
  readonly slug: string
  readonly revision: number
  readonly name: string
  readonly title: string | null
  readonly purpose: FlowPurpose
  /** Opens only where settings name it. */
  readonly onlyNamed?: boolean
  readonly start: string
  readonly nodes: ReadonlyMap<string, CompiledNode>
}
