/** A type of resource: its schema, what is unique about it, and what the snapshot makes of it. */
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Issue, TSchema } from '../../base/schema.ts'
import type { Secret } from '../../base/secret.ts'
import type { CompileExpression } from '../../domain/expressions/expression.ts'
import type { Permission } from '../../domain/permissions/permission.ts'
import type { Lookup } from './provider.ts'

export type CompileContext = {
  readonly expression: CompileExpression
  secret(reference: { readonly secret: string }): Secret | undefined
  /** Another resource as it will stand; noted as a dependency, so that its change compiles this one again. */
  get<Spec, Compiled>(type: ResourceType<Spec, Compiled>, slug: string): Compiled | undefined
}

export type ResourceIdentity = {
  readonly id: string
  readonly slug: string
  readonly organisation: string
  readonly revision: number
}

export type ResourceType<Spec = unknown, Compiled = unknown> = {
  /** As in the address and the YAML: `applications`. */
  readonly type: string
  readonly singular: string
  readonly schema: TSchema
  readonly version: number
  readonly read: Permission
  readonly write: Permission
  upgrade?(spec: JsonObject, from: number): JsonObject
  /** Upgrades what carries a version of its own inside the spec: the settings of kinds. Called at every read. */
  upgradeParts?(spec: JsonObject): JsonObject
  /** Slugs that would collide with addresses. */
  readonly reserved?: readonly string[]
  /** Exactly one resource of this type stands, under this slug; it cannot be deleted. */
  readonly single?: string
  lookups?(spec: Spec): Lookup[]
  compile(spec: Spec, identity: ResourceIdentity, context: CompileContext): Result<Compiled, Issue[]>
}

/** The compiled, immutable form of all resources at one revision. */
export type Snapshot = {
  readonly revision: number
  get<Spec, Compiled>(type: ResourceType<Spec, Compiled>, slug: string): Compiled | undefined
  all<Spec, Compiled>(type: ResourceType<Spec, Compiled>): ReadonlyMap<string, Compiled>
  lookup(kind: string, key: string): { readonly type: string; readonly slug: string } | undefined
}
