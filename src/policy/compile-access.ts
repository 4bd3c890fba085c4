/** Makes an application's `access` ready to be decided by: sets instead of lists, conditions parsed and checked. */
import { err, ok, type Result } from '../base/result.ts'
import type { Issue } from '../base/schema.ts'
import type { Access } from '../domain/applications/access.ts'
import type { Demands } from '../domain/assurance/assurance.ts'
import type { CompileExpression, Expression } from '../domain/expressions/expression.ts'
import { PERSON_VARIABLES } from '../domain/expressions/person-variables.ts'
import type { CompiledPolicy, PolicyBindings } from '../domain/policies/policy.ts'
import { usernameKey } from '../domain/users/user.ts'
import { compileAssurance } from './compile-assurance.ts'

/** Who a rule is about. `named` is false where it names neither groups nor users: then the condition alone speaks. */
export type CompiledWho = {
  readonly named: boolean
  readonly groups: ReadonlySet<string>
  /** User names as they are looked up. */
  readonly users: ReadonlySet<string>
  readonly when: Expression | null
}

export type CompiledAccess = {
  /** Null: every active internal person. */
  readonly allow: CompiledWho | null
  readonly deny: CompiledWho | null
  /** Null where none is asked for. */
  readonly policies: PolicyBindings | null
  readonly assurance: Demands
}

/** A policy as it will stand. */
export type FindPolicy = (slug: string) => CompiledPolicy | undefined

type Who = NonNullable<Access['allow']>

/** The issues name the path inside of `access`. */
export const compileAccess = (
  access: Access,
  compileExpression: CompileExpression,
  findPolicy: FindPolicy = () => undefined,
): Result<CompiledAccess, Issue[]> => {
  const issues: Issue[] = []
  const allow = compileWho('allow', access.allow, compileExpression, issues)
  const deny = compileWho('deny', access.deny, compileExpression, issues)
  const policies = compilePolicies(access, findPolicy, issues)
  const assurance = compileAssurance(access.assurance, 'assurance', issues)
  return issues.length > 0 ? err(issues) : ok({ allow, deny, policies, assurance })
}

const compilePolicies = (access: Access, find: FindPolicy, issues: Issue[]): PolicyBindings | null => {
  const { policies, policy_engine_mode: mode } = access
  if (!policies) {
    if (mode !== undefined) issues.push({ path: 'policy_engine_mode', message: 'stands without `policies`' })
    return null
  }
  const bindings = policies.flatMap((given, index) => {
    const { policy: slug, negate = false, enabled = true } = typeof given === 'string' ? { policy: given } : given
    const policy = find(slug)
    if (!policy) issues.push({ path: `policies[${index}]`, message: `there is no policy "${slug}" that can be used` })
    return policy && enabled ? [{ policy, negate }] : []
  })
  return { mode: mode ?? 'all', bindings }
}

/** A rule with no key at all says nothing; one that names an empty list names nobody. */
const compileWho = (
  path: string,
  who: Who | undefined,
  compile: CompileExpression,
  issues: Issue[],
): CompiledWho | null => {
  if (!who || (who.groups === undefined && who.users === undefined && who.when === undefined)) return null
  return {
    named: who.groups !== undefined || who.users !== undefined,
    groups: new Set(who.groups ?? []),
    users: new Set((who.users ?? []).map(usernameKey)),
    when: who.when === undefined ? null : compileCondition(`${path}.when`, who.when, compile, issues),
  }
}

const compileCondition = (
  path: string,
  source: string,
  compile: CompileExpression,
  issues: Issue[],
): Expression | null => {
  const compiled = compile(source, PERSON_VARIABLES)
  if (!compiled.ok) {
    issues.push({ path, message: compiled.error })
    return null
  }
  const { type } = compiled.value
  if (type !== undefined && type !== 'bool' && type !== 'dyn') {
    issues.push({ path, message: `must be true or false, but is ${type}` })
  }
  return compiled.value
}
