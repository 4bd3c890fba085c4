/** Makes an application's `access` ready to be decided by: sets instead of lists, conditions parsed and checked. */
import { parseDuration } from '../base/duration.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Issue } from '../base/schema.ts'
import type { Access } from '../domain/applications/access.ts'
import type { CompileExpression, Expression } from '../domain/expressions/expression.ts'
import { PERSON_VARIABLES } from '../domain/expressions/person-variables.ts'
import { usernameKey } from '../domain/users/user.ts'

/** Who a rule is about. `named` is false where it names neither groups nor users: then the condition alone speaks. */
export type CompiledWho = {
  readonly named: boolean
  readonly groups: ReadonlySet<string>
  /** User names as they are looked up. */
  readonly users: ReadonlySet<string>
  readonly when: Expression | null
}

export type CompiledAssurance = {
  readonly mfa: boolean
  readonly methods: readonly string[]
  readonly maxAge: number | null
}

export type CompiledAccess = {
  /** Null: every active internal person. */
  readonly allow: CompiledWho | null
  readonly deny: CompiledWho | null
  readonly assurance: CompiledAssurance
}

type Who = NonNullable<Access['allow']>

/** The issues name the path inside of `access`. */
export const compileAccess = (
  access: Access,
  compileExpression: CompileExpression,
): Result<CompiledAccess, Issue[]> => {
  const issues: Issue[] = []
  const allow = compileWho('allow', access.allow, compileExpression, issues)
  const deny = compileWho('deny', access.deny, compileExpression, issues)
  const assurance = compileAssurance(access.assurance, issues)
  return issues.length > 0 ? err(issues) : ok({ allow, deny, assurance })
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

const compileAssurance = (assurance: Access['assurance'], issues: Issue[]): CompiledAssurance => {
  const maxAge = assurance?.max_age === undefined ? null : parseDuration(assurance.max_age)
  if (assurance?.max_age !== undefined && maxAge === null) {
    issues.push({ path: 'assurance.max_age', message: 'must be a duration such as 12h or 30d' })
  }
  // An empty list would be a demand that nobody can meet, and is more likely one that was cleared.
  if (assurance?.methods?.length === 0) issues.push({ path: 'assurance.methods', message: 'names no method' })
  return { mfa: assurance?.mfa === 'required', methods: assurance?.methods ?? [], maxAge }
}
