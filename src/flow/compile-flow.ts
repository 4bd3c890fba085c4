/** Makes a flow's document ready to run. Every issue is told at once, each with its path in the document. */
import { err, ok, type Result } from '../base/result.ts'
import { type Issue, nearest, parse } from '../base/schema.ts'
import type { CompileExpression, Expression } from '../domain/expressions/expression.ts'
import type { CompiledPolicy } from '../domain/policies/policy.ts'
import type { StageKind } from '../kinds/contract/stage.ts'
import type { FindPolicy } from '../policy/compile-access.ts'
import { checkExpressions } from './check-expressions.ts'
import type { CompiledEdge, CompiledFlow, CompiledNode } from './compiled-flow.ts'
import { END, type FlowEdge, type FlowNode, type FlowSpec } from './document.ts'
import { FLOW_VARIABLES } from './flow-variables.ts'
import { lintFlow } from './lint-flow.ts'

export type StageKinds = ReadonlyMap<string, StageKind>

type Compiling = {
  readonly spec: FlowSpec
  readonly kinds: StageKinds
  readonly expression: CompileExpression
  readonly policy: FindPolicy
  readonly issues: Issue[]
}

export const compileFlow = (
  spec: FlowSpec,
  identity: { readonly slug: string; readonly revision: number },
  kinds: StageKinds,
  expression: CompileExpression,
  policy: FindPolicy = () => undefined,
): Result<CompiledFlow, Issue[]> => {
  const compiling: Compiling = { spec, kinds, expression, policy, issues: [] }
  const { issues } = compiling
  if (Object.hasOwn(spec.nodes, END)) issues.push({ path: `nodes.${END}`, message: `"${END}" is where a flow ends` })
  checkTarget(compiling, 'start', spec.start, false)
  const nodes = new Map<string, CompiledNode>()
  for (const [id, node] of Object.entries(spec.nodes)) {
    const compiled = compileNode(compiling, id, node)
    if (compiled) nodes.set(id, compiled)
  }
  if (issues.length > 0) return err(issues)
  const flow: CompiledFlow = {
    slug: identity.slug,
    revision: identity.revision,
    name: spec.name,
    title: spec.title ?? null,
    purpose: spec.purpose,
    onlyNamed: spec.only_named === true,
    start: spec.start,
    nodes,
  }
  const found = lintFlow(flow)
  return found.length > 0 ? err(found) : ok(flow)
}

const compileNode = (compiling: Compiling, id: string, node: FlowNode): CompiledNode | null => {
  const path = `nodes.${id}`
  const kind = compiling.kinds.get(node.stage)
  if (!kind) {
    const message = `unknown kind of stage "${node.stage}"${nearest(node.stage, [...compiling.kinds.keys()])}`
    compiling.issues.push({ path: `${path}.stage`, message })
    return null
  }
  const settings = compileSettings(compiling, path, kind, node)
  const next = new Map<string, readonly CompiledEdge[]>()
  for (const [outcome, edges] of Object.entries(node.next)) {
    const at = `${path}.next.${outcome}`
    if (!kind.outcomes.includes(outcome)) {
      const message = `${kind.id} has no outcome "${outcome}"${nearest(outcome, kind.outcomes)}`
      compiling.issues.push({ path: at, message })
    }
    next.set(outcome, compileEdges(compiling, at, edges))
  }
  return { id, kind, settings, next }
}

const compileSettings = (compiling: Compiling, nodePath: string, kind: StageKind, node: FlowNode): unknown => {
  const path = `${nodePath}.settings`
  if ((node.version ?? 1) > kind.version) {
    compiling.issues.push({ path: `${nodePath}.version`, message: `is newer than this one knows (${kind.version})` })
  }
  const parsed = parse(kind.config, node.settings)
  if (!parsed.ok) {
    compiling.issues.push(...parsed.error.map((issue) => ({ ...issue, path: join(path, issue.path) })))
    return null
  }
  compiling.issues.push(...checkExpressions(kind.config, parsed.value, path, compiling.expression))
  return parsed.value
}

const join = (path: string, inner: string): string =>
  inner === '' ? path : inner.startsWith('[') ? `${path}${inner}` : `${path}.${inner}`

const compileEdges = (compiling: Compiling, path: string, edges: readonly FlowEdge[]): CompiledEdge[] =>
  edges.map((edge, index) => {
    const at = `${path}[${index}]`
    const last = index === edges.length - 1
    checkTarget(compiling, `${at}.to`, edge.to, true)
    const conditional = edge.when !== undefined || edge.policy !== undefined
    if (last && conditional) {
      compiling.issues.push({
        path: `${at}.${edge.when === undefined ? 'policy' : 'when'}`,
        message: 'the last edge of an outcome has no condition: it is taken otherwise',
      })
    }
    if (!last && !conditional) {
      compiling.issues.push({ path: at, message: 'without a condition, the edges after it are never taken' })
    }
    return {
      to: edge.to,
      when: edge.when === undefined ? null : compileCondition(compiling, `${at}.when`, edge.when),
      policy: edge.policy === undefined ? null : findPolicy(compiling, `${at}.policy`, edge.policy),
    }
  })

const findPolicy = (compiling: Compiling, path: string, slug: string): CompiledPolicy | null => {
  const policy = compiling.policy(slug)
  if (!policy) compiling.issues.push({ path, message: `there is no policy "${slug}" that can be used` })
  return policy ?? null
}

const checkTarget = (compiling: Compiling, path: string, target: string, orEnd: boolean): void => {
  if (Object.hasOwn(compiling.spec.nodes, target) || (orEnd && target === END)) return
  const names = [...Object.keys(compiling.spec.nodes), ...(orEnd ? [END] : [])]
  compiling.issues.push({ path, message: `no node "${target}"${nearest(target, names)}` })
}

const compileCondition = (compiling: Compiling, path: string, source: string): Expression | null => {
  const compiled = compiling.expression(source, FLOW_VARIABLES)
  if (!compiled.ok) {
    compiling.issues.push({ path, message: compiled.error })
    return null
  }
  const { type } = compiled.value
  if (type !== undefined && type !== 'bool' && type !== 'dyn') {
    compiling.issues.push({ path, message: `must be true or false, but is ${type}` })
  }
  return compiled.value
}
