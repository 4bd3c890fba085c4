/**
 * Configuration as code (DESIGN §10): read the files, plan, apply. One apply is one transaction, all or nothing, judged
 * with everything in it; what goes wrong is told with file, line and column.
 */
import { err, ok, type Result } from '../../base/result.ts'
import type { Issue } from '../../base/schema.ts'
import type { PolicyTestResult } from '../../domain/policies/policy-test.ts'
import type { Actor } from '../../events/event.ts'
import type { Tx } from '../../store/store.ts'
import type { Author } from '../edit/author.ts'
import { lockConfiguration, readState } from '../edit/configuration-state.ts'
import { type ResourceFailure, type ResourceFailureCode, refuse } from '../edit/failure.ts'
import { askGuard, orRefused, standingOver, unless } from '../edit/perform-edits.ts'
import { pathOfMany } from '../edit/revise.ts'
import { writeRevisions } from '../edit/write-revisions.ts'
import type { CompiledSet } from '../snapshot/compile-set.ts'
import { openSecrets } from '../snapshot/open-secrets.ts'
import { snapshotOf } from '../snapshot/snapshot.ts'
import type { Desired, DesiredTest } from './desired.ts'
import { byPlace, readDesired } from './desired.ts'
import { type Draft, type DraftInput, draftPlan } from './draft-plan.ts'
import type { FileIssue } from './file-issue.ts'
import type { FilesDeps } from './files-deps.ts'
import { deleteGroups, performGroups, performUsers } from './perform-people.ts'
import type { Plan } from './plan.ts'
import { preparePasswords } from './prepare-passwords.ts'
import { readPeople } from './present-people.ts'
import { readFiles } from './read-files.ts'

export type FilesFailure = {
  readonly code: ResourceFailureCode
  readonly message: string
  readonly issues: readonly FileIssue[]
  /** With `needs_yes`: what would be done. */
  readonly plan?: Plan
}

/** Files as they were read, ready to be planned or applied. */
export type ReadConfiguration = { readonly folder: string; readonly desired: Desired }

export type ConfigurationFiles = {
  /** The file or folder at a path, every issue of it told at once. */
  read(location: string): Result<ReadConfiguration, FilesFailure>
  plan(configuration: ReadConfiguration): Promise<Result<Plan, FilesFailure>>
  /** `yes` lets more go than is taken away unasked. Tells what was done. */
  apply(configuration: ReadConfiguration, options: ApplyOptions): Promise<Result<Plan, FilesFailure>>
  /** Runs the policy tests of the files as if all of them were applied, or over what stands; changes nothing. */
  test(
    configuration: ReadConfiguration,
    over: 'applied' | 'standing',
  ): Promise<Result<readonly PolicyTestResult[], FilesFailure>>
}
export type ApplyOptions = {
  readonly actor: Actor
  readonly yes: boolean
  readonly why?: string
  /** Policy tests that fail refuse nothing. */
  readonly skipTests?: boolean
}

export const createConfigurationFiles = (deps: FilesDeps): ConfigurationFiles => ({
  read: (location) => {
    const files = readFiles(location)
    if (!files.ok) return err(invalid(files.error))
    const desired = readDesired(files.value.files, deps.types)
    return desired.ok ? ok({ folder: files.value.folder, desired: desired.value }) : err(invalid(desired.error))
  },
  plan: async (configuration) => {
    const prepared = await prepare(deps, configuration, false)
    if (!prepared.ok) return prepared
    const draft = await draftPlan(prepared.value.deps, deps.store.read, prepared.value.input)
    return draft.ok ? ok(draft.value.plan) : err(placed(configuration, draft.error))
  },
  apply: async (configuration, options) => {
    const prepared = await prepare(deps, configuration, true)
    if (!prepared.ok) return prepared
    return perform(prepared.value, configuration, options)
  },
  test: async (configuration, over) => {
    const { tests } = configuration.desired
    if (over === 'standing')
      return ok(await runTests(deps, deps.store.read, (await readState(deps, deps.store.read)).set, tests))
    const prepared = await prepare(deps, configuration, false)
    return prepared.ok ? tryTests(prepared.value, configuration) : prepared
  },
})

/** Carries what the tests came to out of a transaction that is undone. */
class Tried extends Error {
  readonly results: readonly PolicyTestResult[]
  constructor(results: readonly PolicyTestResult[]) {
    super('tried, and undone')
    this.results = results
  }
}

const tryTests = async (
  { deps, input }: Prepared,
  configuration: ReadConfiguration,
): Promise<Result<readonly PolicyTestResult[], FilesFailure>> => {
  // Whether it may be applied is another question.
  const { guard: _, ...unguarded } = deps
  const author: Author = { actor: { kind: 'system', name: 'policy tests' }, file: input.sources }
  try {
    const tried = await orRefused(() =>
      deps.store.write(async (tx): Promise<never> => {
        await lockConfiguration(deps.store, tx, deps.clock.now())
        const draft = unless(await draftPlan(unguarded, tx, input))
        await performDraft(unguarded, tx, draft, author)
        throw new Tried(await runTests(deps, tx, draft.revised.set, input.desired.tests))
      }),
    )
    return tried.ok ? tried : err(placed(configuration, tried.error))
  } catch (error) {
    if (error instanceof Tried) return ok(error.results)
    throw error
  }
}

const invalid = (issues: readonly FileIssue[]): FilesFailure => ({
  code: 'invalid',
  message: 'The configuration is not valid; nothing was changed.',
  issues,
})

const placed = ({ desired }: ReadConfiguration, failure: ResourceFailure): FilesFailure => ({
  code: failure.code,
  message: failure.message,
  issues: failure.issues.map(desired.place).sort(byPlace),
})

type Prepared = { readonly deps: FilesDeps; readonly input: DraftInput }

/** What takes time, and so comes before the transaction: keys that came along, and passwords. */
const prepare = async (
  deps: FilesDeps,
  configuration: ReadConfiguration,
  hashNow: boolean,
): Promise<Result<Prepared, FilesFailure>> => {
  const { desired, folder } = configuration
  const fail = (issues: Issue[]) => err(invalid(issues.map(desired.place)))
  const ring = await deps.dataKeys.including(desired.keys)
  if (!ring) return fail([{ path: 'keys', message: 'do not open with the secret key of this instance' }])
  const withKeys: FilesDeps =
    desired.keys.length === 0 ? deps : { ...deps, ring: { ...ring, hash: deps.ring.hash }, secrets: openSecrets(ring) }
  const people = await readPeople(deps, deps.store.read, desired)
  const sources = deps.secretSources(folder)
  const passwords = await preparePasswords(deps, { desired, people, sources, hashNow })
  if (!passwords.ok) return fail(passwords.error)
  return ok({ deps: withKeys, input: { desired, passwords: passwords.value, sources } })
}

const perform = async (
  { deps, input }: Prepared,
  configuration: ReadConfiguration,
  options: ApplyOptions,
): Promise<Result<Plan, FilesFailure>> => {
  let tooMuch: Plan | null = null
  let failed: readonly FileIssue[] = []
  const author: Author = { actor: options.actor, file: input.sources, ...(options.why ? { why: options.why } : {}) }
  const performed = await orRefused(() =>
    deps.store.write(async (tx) => {
      await lockConfiguration(deps.store, tx, deps.clock.now())
      await adoptKeys(deps, tx, input.desired)
      const draft = unless(await draftPlan(deps, tx, input))
      if (draft.plan.needsYes && !options.yes) {
        tooMuch = draft.plan
        unless(refuse('needs_yes', `${draft.plan.removed} of ${draft.plan.managed} would go; say yes to that.`))
      }
      await performDraft(deps, tx, draft, author)
      if (!options.skipTests) failed = await failedTests(deps, tx, draft, input.desired.tests)
      if (failed.length > 0) unless(refuse('tests_failed', testsFailed(failed.length)))
      return draft.plan
    }),
  )
  if (failed.length > 0) return err({ code: 'tests_failed', message: testsFailed(failed.length), issues: failed })
  if (!performed.ok) return err({ ...placed(configuration, performed.error), ...(tooMuch ? { plan: tooMuch } : {}) })
  return ok(performed.value)
}

const testsFailed = (count: number): string =>
  `${count === 1 ? 'A policy test fails' : `${count} policy tests fail`}; nothing was changed.`

const runTests = (
  deps: FilesDeps,
  tx: Tx,
  set: CompiledSet,
  tests: readonly DesiredTest[],
): Promise<readonly PolicyTestResult[]> => {
  const read = tests.map(({ test }) => test)
  return deps.runTests(tx, snapshotOf(set, 0), read)
}

/** Each with its place, and why it came out otherwise. */
const failedTests = async (
  deps: FilesDeps,
  tx: Tx,
  { revised }: Draft,
  tests: readonly DesiredTest[],
): Promise<FileIssue[]> => {
  if (tests.length === 0) return []
  const results = await runTests(deps, tx, revised.set, tests)
  return tests.flatMap(({ test, place }, index) => {
    const result = results[index]
    return result?.passed ? [] : [{ ...place, message: `${test.text}: ${result?.says.join(' ') ?? 'was not run'}` }]
  })
}

/** Keys that came with sealed secrets: without them, what they sealed could not be opened after the next start. */
/** Each process hears of them and opens its ring again before it compiles what they seal. */
const adoptKeys = async (deps: FilesDeps, tx: Tx, desired: Desired): Promise<void> => {
  if (desired.keys.length === 0) return
  const present = new Set((await deps.store.keys.all(tx)).map((key) => key.id))
  const missing = desired.keys.filter((key) => !present.has(key.id))
  for (const key of missing) await deps.store.keys.insert(tx, key)
}

const performDraft = async (deps: FilesDeps, tx: Tx, draft: Draft, author: Author): Promise<void> => {
  const { plan, groups, groupIds, users, revised } = draft
  if (plan.changes.length === 0) return
  const before = deps.guard && (await standingOver(deps, tx, draft.before, author))
  const to = { deps, tx, author }
  await performGroups(to, groups, groupIds)
  await performUsers(to, users)
  await writeRevisions(deps, tx, revised.ready, author)
  await deleteGroups(to, groups)
  await deps.record(tx, {
    type: 'configuration.applied',
    actor: author.actor,
    target: 'configuration',
    detail: { ...countsOf(plan), ...(author.why === undefined ? {} : { why: author.why }) },
  })
  if (before) await askGuard(deps, tx, revised, { author, pathOf: pathOfMany, before: async () => before })
}

// An event says what happened; each thing has an event of its own beside it.
const MOST_NAMED = 50

const countsOf = ({ changes }: Plan) => ({
  changed: changes.length,
  things: changes.slice(0, MOST_NAMED).map(({ action, type, key }) => `${action} ${type}/${key}`),
})
