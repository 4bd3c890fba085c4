/**
 * Compiles every resource, sharing what did not change: a resource is compiled again when its revision differs or when
 * one it asked for came out differently. One that no longer compiles leaves its last good form serving, and is told.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Issue } from '../../base/schema.ts'
import type { Secret } from '../../base/secret.ts'
import type { CompileExpression } from '../../domain/expressions/expression.ts'
import type { Lookup } from '../../kinds/contract/provider.ts'
import type { CompileContext, ResourceType } from '../../kinds/contract/resource.ts'
import type { StoredResource } from '../../store/store.ts'
import { readSpec } from '../read-spec.ts'
import { collectRefs, type FoundRef } from '../schema/collect-refs.ts'

/** One resource, compiled. */
export type Entry = {
  readonly type: ResourceType
  readonly stored: StoredResource
  /** As read today: upgraded, defaults filled in. */
  readonly spec: JsonObject
  readonly compiled: unknown
  readonly lookups: readonly Lookup[]
  readonly refs: readonly FoundRef[]
  /** What it asked for while it was compiled, and what it was given. */
  readonly asked: ReadonlyMap<string, unknown>
}

export type Problem = {
  readonly type: string
  readonly slug: string
  readonly revision: number
  readonly issues: readonly Issue[]
  /** Whether an older form of it serves meanwhile. */
  readonly serving: boolean
}

/** What came of one resource: compiled, or failed with the last good form, if any. */
type Outcome =
  | { readonly entry: Entry; readonly failed: null }
  | { readonly entry: Entry | null; readonly failed: Failed }
type Failed = { readonly stored: StoredResource; readonly issues: readonly Issue[] }

export type CompiledSet = {
  readonly outcomes: ReadonlyMap<string, Outcome>
  /** Type to slug to compiled. */
  readonly byType: ReadonlyMap<string, ReadonlyMap<string, unknown>>
  readonly lookups: ReadonlyMap<string, { readonly type: string; readonly slug: string }>
  readonly problems: readonly Problem[]
}

export type CompileInput = {
  readonly types: ReadonlyMap<string, ResourceType>
  readonly stored: readonly StoredResource[]
  readonly expression: CompileExpression
  secret(id: string): Secret | undefined
  readonly previous: CompiledSet | null
}

export const keyOf = (type: string, slug: string): string => `${type}/${slug}`
export const lookupKey = (kind: string, key: string): string => `${kind}\n${key}`

export const compileSet = (input: CompileInput): CompiledSet => {
  const outcomes = compileAll(input)
  const problems = [...outcomes.values()].flatMap(({ entry, failed }) =>
    failed ? [{ ...identityOf(failed.stored), issues: failed.issues, serving: entry !== null }] : [],
  )
  return { outcomes, byType: groupByType(outcomes, input.previous), lookups: indexLookups(outcomes), problems }
}

const identityOf = (stored: StoredResource) => ({ type: stored.type, slug: stored.slug, revision: stored.revision })

/** One run over everything. What is under way is how circles are found. */
type Run = {
  readonly input: CompileInput
  readonly stored: ReadonlyMap<string, StoredResource>
  readonly done: Map<string, Outcome>
  readonly underWay: Set<string>
}

const compileAll = (input: CompileInput): ReadonlyMap<string, Outcome> => {
  const stored = new Map(input.stored.map((one) => [keyOf(one.type, one.slug), one]))
  const run: Run = { input, stored, done: new Map(), underWay: new Set() }
  const outcomes = new Map<string, Outcome>()
  for (const key of stored.keys()) {
    const outcome = evaluate(run, key)
    if (outcome) outcomes.set(key, outcome)
  }
  return outcomes
}

const evaluate = (run: Run, key: string): Outcome | undefined => {
  const known = run.done.get(key)
  if (known) return known
  const stored = run.stored.get(key)
  // A type that this version does not know (a downgrade) is kept in the store and left alone.
  const type = stored && run.input.types.get(stored.type)
  if (!stored || !type || run.underWay.has(key)) return undefined
  run.underWay.add(key)
  const previous = run.input.previous?.outcomes.get(key)
  const outcome = previous && stands(run, previous, stored) ? previous : compileOne(run, type, stored, previous)
  run.underWay.delete(key)
  run.done.set(key, outcome)
  return outcome
}

/** Whether what came of it before is what would come of it now. */
const stands = (run: Run, previous: Outcome, stored: StoredResource): boolean => {
  // What failed is tried again each time: a key or a secret may have come back.
  if (previous.failed) return false
  const { stored: before, asked } = previous.entry
  if (before.id !== stored.id || before.revision !== stored.revision) return false
  return [...asked].every(([key, given]) => evaluate(run, key)?.entry?.compiled === given)
}

const compileOne = (run: Run, type: ResourceType, stored: StoredResource, previous: Outcome | undefined): Outcome => {
  const failed = (issues: readonly Issue[]): Outcome => {
    // The last good form serves on, if it was of this resource and not of another that had its slug before.
    const last = previous?.entry?.stored.id === stored.id ? previous.entry : null
    return { entry: last, failed: { stored, issues } }
  }
  const spec = readSpec(type, stored.spec, stored.schema)
  if (!spec.ok) return failed(spec.error)
  const asked = new Map<string, unknown>()
  const { id, slug, organisation, revision } = stored
  const compiled = type.compile(spec.value, { id, slug, organisation, revision }, contextOf(run, asked))
  if (!compiled.ok) return failed(compiled.error)
  const lookups = type.lookups?.(spec.value) ?? []
  const refs = collectRefs(type.schema, spec.value)
  return { entry: { type, stored, spec: spec.value, compiled: compiled.value, lookups, refs, asked }, failed: null }
}

const contextOf = (run: Run, asked: Map<string, unknown>): CompileContext => ({
  expression: run.input.expression,
  secret: (reference) => run.input.secret(reference.secret),
  get: <Spec, Compiled>(type: ResourceType<Spec, Compiled>, slug: string): Compiled | undefined => {
    const key = keyOf(type.type, slug)
    const compiled = evaluate(run, key)?.entry?.compiled
    asked.set(key, compiled)
    // What stands under a type's name was compiled by the object of that type.
    return compiled as Compiled | undefined
  },
})

const groupByType = (outcomes: ReadonlyMap<string, Outcome>, previous: CompiledSet | null): CompiledSet['byType'] => {
  const byType = new Map<string, Map<string, unknown>>()
  for (const { entry } of outcomes.values()) {
    if (!entry) continue
    const { type, slug } = entry.stored
    const ofType = byType.get(type) ?? new Map<string, unknown>()
    byType.set(type, ofType.set(slug, entry.compiled))
  }
  // The same map where nothing of that type changed: what others derived from it stays good.
  return new Map(
    [...byType].map(([type, made]) => {
      const before = previous?.byType.get(type)
      return [type, before && sameMembers(before, made) ? before : made]
    }),
  )
}

const sameMembers = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.has(key) && b.get(key) === value)

const indexLookups = (outcomes: ReadonlyMap<string, Outcome>): CompiledSet['lookups'] => {
  const lookups = new Map<string, { type: string; slug: string }>()
  for (const { entry } of outcomes.values()) {
    if (!entry) continue
    const { type, slug } = entry.stored
    for (const { kind, key } of entry.lookups) lookups.set(lookupKey(kind, key), { type, slug })
  }
  return lookups
}
