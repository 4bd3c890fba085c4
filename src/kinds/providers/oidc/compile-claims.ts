/**
 * Scopes with their claims: the built-in ones, the settings' own, and what replaces single claims (contracts §1.12).
 * Every expression is checked here, where it was written; a claim that belongs to the token itself cannot be set.
 */

import { isPoisonousKey, type Json } from '../../../base/json.ts'
import { err, ok, type Result } from '../../../base/result.ts'
import type { Issue } from '../../../base/schema.ts'
import type { CompileExpression, Variables } from '../../../domain/expressions/expression.ts'
import { PERSON_VARIABLES } from '../../../domain/expressions/person-variables.ts'
import { BUILTIN_SCOPES, type BuiltinScope } from '../../../protocol/oidc/claims/builtin-scopes.ts'
import { isReservedClaim } from '../../../protocol/oidc/claims/reserved-claims.ts'
import type { OidcConfig } from './config.ts'
import type { Claim, Scope } from './oidc-provider.ts'

/** What a claim's expression may read. */
const CLAIM_VARIABLES: Variables = {
  ...PERSON_VARIABLES,
  client: 'map',
  'client.id': 'string',
  scopes: 'list<string>',
}

type Settings = Pick<OidcConfig, 'scopes' | 'claims'>

export const compileScopes = (
  config: Settings,
  expression: CompileExpression,
): Result<ReadonlyMap<string, Scope>, Issue[]> => {
  const issues: Issue[] = []
  const compile = (path: string, claims: Readonly<Record<string, string>>): Claim[] =>
    Object.entries(claims).flatMap(([name, source]) => {
      const made = compileClaim(name, source, expression)
      if (made.ok) return [made.value]
      issues.push({ path: `${path}.${name}`, message: made.error })
      return []
    })
  const replacing = compile('claims', config.claims)
  const scopes = new Map<string, Scope>()
  for (const name of new Set([...Object.keys(BUILTIN_SCOPES), ...Object.keys(config.scopes)])) {
    const builtin = Object.hasOwn(BUILTIN_SCOPES, name) ? BUILTIN_SCOPES[name] : undefined
    const given = Object.hasOwn(config.scopes, name) ? config.scopes[name] : undefined
    const own = given ? compile(`scopes.${name}.claims`, given.claims) : []
    const description = given?.description ?? builtin?.description ?? name
    scopes.set(name, { name, description, claims: replace([...builtinClaims(builtin), ...own], replacing) })
  }
  return issues.length > 0 ? err(issues) : ok(withRest(scopes, replacing))
}

const compileClaim = (name: string, source: string, expression: CompileExpression): Result<Claim, string> => {
  if (isReservedClaim(name)) return err(`the claim "${name}" is the token's own and cannot be set`)
  if (isPoisonousKey(name)) return err(`the claim name "${name}" is not allowed`)
  const compiled = expression(source, CLAIM_VARIABLES)
  if (!compiled.ok) return compiled
  return ok({ name, of: ({ variables }) => compiled.value.evaluate(variables()) })
}

const builtinClaims = (scope: BuiltinScope | undefined): Claim[] =>
  Object.entries(scope?.claims ?? {}).map(([name, of]) => ({ name, of: ({ profile }) => ok(of(profile)) }))

/** Later ones win over earlier ones of the same name, and what replaces wins over both. */
const replace = (claims: readonly Claim[], replacing: readonly Claim[]): readonly Claim[] => {
  const byName = new Map(claims.map((claim) => [claim.name, claim]))
  for (const claim of replacing) if (byName.has(claim.name)) byName.set(claim.name, claim)
  return [...byName.values()]
}

const withRest = (scopes: ReadonlyMap<string, Scope>, replacing: readonly Claim[]): ReadonlyMap<string, Scope> => {
  const held = new Set([...scopes.values()].flatMap((scope) => scope.claims.map((claim) => claim.name)))
  const rest = replacing.filter((claim) => !held.has(claim.name))
  return new Map([...scopes].map(([name, scope]) => [name, name === 'openid' ? addTo(scope, rest) : scope]))
}

const addTo = (scope: Scope, claims: readonly Claim[]): Scope => ({ ...scope, claims: [...scope.claims, ...claims] })

/** The names of everything that a claim of a scope may be called, for discovery. */
export const claimNames = (scopes: ReadonlyMap<string, Scope>): string[] => [
  ...new Set([...scopes.values()].flatMap((scope) => scope.claims.map((claim) => claim.name))),
]

/** What the granted scopes tell; null values are left out (contracts §1.11). */
export const evaluateClaims = (
  scopes: ReadonlyMap<string, Scope>,
  granted: readonly string[],
  context: Parameters<Claim['of']>[0],
): Result<Readonly<Record<string, Json>>, { claim: string; says: string }> => {
  const about: Record<string, Json> = {}
  for (const name of granted) {
    for (const claim of scopes.get(name)?.claims ?? []) {
      const value = claim.of(context)
      if (!value.ok) return err({ claim: claim.name, says: value.error })
      if (value.value !== null) about[claim.name] = value.value
    }
  }
  return ok(about)
}
