/**
 * Policies: rules with a name, to be used by the access of applications and the edges of flows. Each is of one kind and
 * holds that kind's settings. This file knows the contract of kinds and none of them by name.
 */
import type { JsonObject } from '../../base/json.ts'
import { err, ok } from '../../base/result.ts'
import { Closed, Line, type TSchema, Type } from '../../base/schema.ts'
import type { CompiledPolicy } from '../../domain/policies/policy.ts'
import type { PolicyKind } from '../../kinds/contract/policy.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import { isObject, under } from '../schema/annotated-schema.ts'

export type PolicySpec = {
  readonly name?: string
  readonly kind: string
  readonly version: number
  readonly settings: JsonObject
}

export type PolicyType = ResourceType<PolicySpec, CompiledPolicy>

export const policyType = (policyKinds: Iterable<PolicyKind>): PolicyType => {
  const kinds = new Map([...policyKinds].map((kind) => [kind.id, kind]))
  return {
    type: 'policies',
    singular: 'policy',
    schema: policySchema([...kinds.values()]),
    version: 1,
    read: 'policies.read',
    write: 'policies.write',
    upgradeParts: (spec) => upgradeSettings(spec, kinds),
    compile: (spec, { slug }, { expression }) => {
      const kind = kinds.get(spec.kind)
      if (!kind) return err([{ path: 'kind', message: `there is no kind "${spec.kind}"` }])
      if (spec.version > kind.version) {
        return err([{ path: 'version', message: `is newer than this one knows (${kind.version})` }])
      }
      const compiled = kind.compile(spec.settings, { expression })
      if (!compiled.ok) return err(compiled.error.map((issue) => ({ ...issue, path: under('settings', issue.path) })))
      const { reads, address = null, judge } = compiled.value
      return ok({
        slug,
        name: spec.name ?? slug,
        kind: kind.id,
        reads,
        readsFailures: kind.readsFailures === true,
        unforeseeable: kind.unforeseeable === true,
        text: kind.text,
        address,
        judge,
      })
    },
  }
}

const Name = Type.Optional(Line({ description: 'For administrators.' }))

/** A policy is checked by the branch of its kind; what all branches share stands beside them, for whoever reads on. */
const policySchema = (kinds: readonly PolicyKind[]): TSchema =>
  ({
    ...Type.Union(kinds.map(branchOfKind), { 'x-discriminator': 'kind' }),
    type: 'object',
    properties: {
      name: Name,
      kind: Type.Enum(
        kinds.map(({ id }) => id),
        { description: 'What it goes by.' },
      ),
      version: Type.Integer({
        minimum: 1,
        default: 1,
        description: 'Version of the settings; older ones are upgraded.',
      }),
      settings: Type.Object({}, { additionalProperties: true, default: {}, description: 'Those of the kind.' }),
    },
    required: ['kind'],
    // The builder gives a union no members of its own, which JSON Schema does.
  }) as TSchema

const branchOfKind = (kind: PolicyKind): TSchema =>
  Closed(
    {
      name: Name,
      kind: Type.Literal(kind.id),
      version: Type.Integer({
        minimum: 1,
        default: 1,
        description: 'Version of the settings; older ones are upgraded.',
      }),
      settings: { ...kind.config, default: {} },
    },
    { title: kind.id },
  )

/** Settings of an older version of their kind are brought up to date; what is not even a map is left to the check. */
const upgradeSettings = (spec: JsonObject, kinds: ReadonlyMap<string, PolicyKind>): JsonObject => {
  const kind = typeof spec.kind === 'string' ? kinds.get(spec.kind) : undefined
  const version = spec.version ?? 1
  if (!kind?.upgrade || typeof version !== 'number' || version >= kind.version) return spec
  const settings = isObject(spec.settings) ? spec.settings : {}
  return { ...spec, version: kind.version, settings: kind.upgrade(settings, version) }
}
