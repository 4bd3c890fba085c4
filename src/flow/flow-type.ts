/** The resource type `flows`: one versioned document, compiled and linted before it is kept. */
import type { JsonObject } from '../base/json.ts'
import type { CompiledPolicy } from '../domain/policies/policy.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import type { StageKind } from '../kinds/contract/stage.ts'
import { compileFlow, type StageKinds } from './compile-flow.ts'
import type { CompiledFlow } from './compiled-flow.ts'
import { type FlowSpec, flowSchema } from './document.ts'

/** Without a type of policies, no edge may name one. */
export const flowType = (
  stageKinds: Iterable<StageKind>,
  policies?: ResourceType<never, CompiledPolicy>,
): ResourceType<FlowSpec, CompiledFlow> => {
  const kinds: StageKinds = new Map([...stageKinds].map((kind) => [kind.id, kind]))
  return {
    type: 'flows',
    singular: 'flow',
    schema: flowSchema([...kinds.values()]),
    version: 1,
    read: 'flows.read',
    write: 'flows.write',
    upgradeParts: (spec) => upgradeNodes(spec, kinds),
    compile: (spec, identity, context) =>
      compileFlow(spec, identity, kinds, context.expression, (slug) => policies && context.get(policies, slug)),
  }
}

const isMap = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** Settings of an older version of their kind are brought up to date; what is not even a map is left to the check. */
const upgradeNodes = (spec: JsonObject, kinds: StageKinds): JsonObject => {
  if (!isMap(spec.nodes)) return spec
  const nodes = Object.entries(spec.nodes).map(([name, node]) => [
    name,
    isMap(node) ? upgradeNode(node, kinds.get(typeof node.stage === 'string' ? node.stage : name)) : node,
  ])
  return { ...spec, nodes: Object.fromEntries(nodes) }
}

const upgradeNode = (node: JsonObject, kind: StageKind | undefined): JsonObject => {
  const version = node.version ?? 1
  if (!kind?.upgrade || typeof version !== 'number' || version >= kind.version) return node
  const settings = isMap(node.settings) ? node.settings : {}
  return { ...node, version: kind.version, settings: kind.upgrade(settings, version) }
}
