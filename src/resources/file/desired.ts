/**
 * What the files ask for, checked as far as it can be without the store. Every issue of every file is told at once,
 * each with its place, its path and the nearest right name.
 */
import { isPoisonousKey, type Json, type JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { type Issue, isSlug, nearest, type Static, type TSchema, Type } from '../../base/schema.ts'
import type { PolicyTest } from '../../domain/policies/policy-test.ts'
import { emailKey, isEmailAddress, usernameKey } from '../../domain/users/user.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import { readPolicyTest } from '../../policy/read-policy-test.ts'
import type { DataKey } from '../../store/store.ts'
import { reservedReason } from '../edit/edit-one.ts'
import { readSpec } from '../read-spec.ts'
import { annotated, isObject, under } from '../schema/annotated-schema.ts'
import { parseNode } from '../schema/parse-spec.ts'
import type { FileIssue, FilePlace } from './file-issue.ts'
import { spellPlace } from './file-issue.ts'
import { type ParsedFile, parseFile } from './parse-file.ts'
import { GroupSpec, UserSpec } from './people-spec.ts'
import type { SourceFile } from './read-files.ts'

export type DesiredGroup = { readonly slug: string; readonly spec: GroupSpec; readonly file: string }
export type DesiredUser = { readonly username: string; readonly spec: UserSpec; readonly file: string }
export type DesiredResource = {
  readonly type: ResourceType
  readonly slug: string
  readonly spec: JsonObject
  readonly file: string
}

/** A test of the policies, to be run with all of it applied. */
export type DesiredTest = { readonly test: PolicyTest; readonly place: FileIssue }

export type Desired = {
  readonly groups: readonly DesiredGroup[]
  readonly users: readonly DesiredUser[]
  readonly resources: readonly DesiredResource[]
  readonly tests: readonly DesiredTest[]
  /** Wrapped data keys that came along with sealed secrets. */
  readonly keys: readonly DataKey[]
  /** The same issue with its place, by its path (`applications.nextcloud.launch_url`). */
  place(issue: Issue): FileIssue
}

export const readDesired = (
  sources: readonly SourceFile[],
  types: ReadonlyMap<string, ResourceType>,
): Result<Desired, FileIssue[]> => {
  const issues: FileIssue[] = []
  const files = sources.flatMap((source) => {
    const parsed = parseFile(source)
    if (parsed.ok) return [parsed.value]
    issues.push(...parsed.error)
    return []
  })
  const reading: Reading = { types, issues, groups: [], users: [], resources: [], tests: [], keys: [], seen: new Map() }
  for (const file of files) takeFile(reading, file)
  if (issues.length > 0) return err(issues.sort(byPlace))
  const { groups, users, resources, tests, keys } = reading
  return ok({ groups, users, resources, tests, keys, place: (issue) => placeIn(files, issue) })
}

export const byPlace = (a: FileIssue, b: FileIssue): number =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column

/** In the file that knows most of the path. */
const placeIn = (files: readonly ParsedFile[], issue: Issue): FileIssue => {
  let best: (FilePlace & { matched: number }) | null = null
  for (const file of files) {
    const found = file.locate(issue.path, issue.message.startsWith('unknown key'))
    if (!best || found.matched > best.matched) best = found
  }
  const { file, line, column } = best ?? { file: '', line: 0, column: 0 }
  return { file, line, column, ...issue }
}

const Keys = Type.Array(
  Type.Object({ id: Type.String(), purpose: Type.String(), wrapped: Type.String(), created_at: Type.Integer() }),
)
const Schemas = Type.Record(Type.String(), Type.Integer({ minimum: 1 }))

const MOST_NAME = 150

/** What was read so far. */
type Reading = {
  readonly types: ReadonlyMap<string, ResourceType>
  readonly issues: FileIssue[]
  readonly groups: DesiredGroup[]
  readonly users: DesiredUser[]
  readonly resources: DesiredResource[]
  readonly tests: DesiredTest[]
  readonly keys: DataKey[]
  /** Everything defined so far, by what makes it the same thing. */
  readonly seen: Map<string, { readonly file: ParsedFile; readonly path: string }>
}

const takeFile = (reading: Reading, file: ParsedFile): void => {
  const schemas = check(reading, file, 'schemas', Schemas, file.value.schemas ?? {}) ?? {}
  for (const [section, entries] of Object.entries(file.value)) {
    if (section === 'schemas' || entries === null || entries === undefined) continue
    if (section === 'keys') {
      takeKeys(reading, file, entries)
      continue
    }
    if (section === 'tests') {
      takeTests(reading, file, entries)
      continue
    }
    const take = takerOf(reading, section, schemas[section] ?? 1)
    if (!take) {
      const known = ['groups', 'users', 'tests', ...reading.types.keys()]
      tell(reading, file, { path: section, message: `unknown key${nearest(section, known)}` })
      continue
    }
    if (!isObject(entries)) {
      tell(reading, file, { path: section, message: `must be a map by ${section === 'users' ? 'user name' : 'slug'}` })
      continue
    }
    for (const [name, entry] of Object.entries(entries)) {
      const path = `${section}.${name}`
      if (isPoisonousKey(name)) tell(reading, file, { path, message: `the key "${name}" is not allowed` })
      else take(reading, file, name, entry ?? {})
    }
  }
}

type Take = (reading: Reading, file: ParsedFile, name: string, entry: Json) => void

const takerOf = (reading: Reading, section: string, schema: number): Take | undefined => {
  if (section === 'groups') return takeGroup
  if (section === 'users') return takeUser
  const type = reading.types.get(section)
  return type && ((to, file, slug, entry) => takeResource(to, file, { type, slug, entry, schema }))
}

const takeGroup: Take = (reading, file, slug, entry) => {
  const path = `groups.${slug}`
  if (!isGoodSlug(reading, file, path, slug) || !isFirst(reading, file, path, path)) return
  const spec = check(reading, file, path, GroupSpec, entry)
  if (spec) reading.groups.push({ slug, spec, file: file.name })
}

type GivenResource = {
  readonly type: ResourceType
  readonly slug: string
  readonly entry: Json
  /** The version of the type's schema that the file speaks. */
  readonly schema: number
}

const takeResource = (reading: Reading, file: ParsedFile, { type, slug, entry, schema }: GivenResource): void => {
  const path = `${type.type}.${slug}`
  if (!isGoodSlug(reading, file, path, slug) || !isFirst(reading, file, path, path)) return
  const reserved = reservedReason(type, slug)
  if (reserved) tell(reading, file, { path, message: reserved })
  const spec = readSpec(type, entry, schema)
  if (spec.ok) reading.resources.push({ type, slug, spec: spec.value, file: file.name })
  else tellAll(reading, file, path, spec.error)
}

const takeUser: Take = (reading, file, username, entry) => {
  const path = `users.${username}`
  const key = usernameKey(username)
  if (key === '' || username.length > MOST_NAME || /\p{Cc}/u.test(username)) {
    const message = `a user name has 1 to ${MOST_NAME} characters and no control characters`
    tell(reading, file, { path, message })
    return
  }
  if (!isFirst(reading, file, path, `users.${key}`)) return
  const spec = check(reading, file, path, UserSpec, entry)
  if (!spec) return
  judgeAddresses(reading, file, path, spec)
  judgeMemberships(reading, file, path, spec)
  reading.users.push({ username: username.trim(), spec, file: file.name })
}

const judgeAddresses = (reading: Reading, file: ParsedFile, path: string, spec: UserSpec): void => {
  if (spec.email !== undefined && spec.emails !== undefined) {
    tell(reading, file, { path: `${path}.emails`, message: 'stands beside email; keep one of them' })
  }
  const addresses = spec.emails ?? (spec.email === undefined ? [] : [spec.email])
  for (const [index, one] of addresses.entries()) {
    const at = spec.emails ? `${path}.emails[${index}]` : `${path}.email`
    const address = typeof one === 'string' ? one : one.address
    if (isEmailAddress(address)) isFirst(reading, file, at, `email ${emailKey(address)}`, 'the address')
    else tell(reading, file, { path: at, message: 'must be an e-mail address' })
  }
}

const judgeMemberships = (reading: Reading, file: ParsedFile, path: string, spec: UserSpec): void => {
  if (Array.isArray(spec.groups)) return
  for (const [group, { until }] of Object.entries(spec.groups)) {
    if (until === undefined || !Number.isNaN(Date.parse(until))) continue
    tell(reading, file, { path: `${path}.groups.${group}.until`, message: 'is no date' })
  }
}

const takeKeys = (reading: Reading, file: ParsedFile, entries: Json): void => {
  for (const { created_at: createdAt, ...key } of check(reading, file, 'keys', Keys, entries) ?? []) {
    reading.keys.push({ ...key, createdAt })
  }
}

const takeTests = (reading: Reading, file: ParsedFile, entries: Json): void => {
  if (!Array.isArray(entries)) {
    tell(reading, file, { path: 'tests', message: 'must be a list of tests' })
    return
  }
  for (const [index, entry] of entries.entries()) {
    const path = `tests[${index}]`
    const read = readPolicyTest(entry)
    if (read.ok) reading.tests.push({ test: read.value, place: placeIn([file], { path, message: '' }) })
    else tellAll(reading, file, path, read.error)
  }
}

const isGoodSlug = (reading: Reading, file: ParsedFile, path: string, slug: string): boolean => {
  if (isSlug(slug)) return true
  tell(reading, file, { path, message: 'a slug is lower-case letters, digits and hyphens' })
  return false
}

/** Notes that a thing is defined here, or tells where it was defined before. */
const isFirst = (reading: Reading, file: ParsedFile, path: string, identity: string, what = 'it'): boolean => {
  const first = reading.seen.get(identity)
  if (!first) {
    reading.seen.set(identity, { file, path })
    return true
  }
  tell(reading, file, {
    path,
    message: `${what} is defined twice; first at ${spellPlace(first.file.locate(first.path, true))}`,
  })
  return false
}

const check = <T extends TSchema>(
  reading: Reading,
  file: ParsedFile,
  path: string,
  schema: T,
  entry: Json,
): Static<T> | null => {
  const parsed = parseNode(annotated(schema), entry)
  // `parseNode` checked it against the schema.
  if (parsed.ok) return parsed.value as Static<T>
  tellAll(reading, file, path, parsed.error)
  return null
}

const tellAll = (reading: Reading, file: ParsedFile, path: string, issues: readonly Issue[]): void => {
  for (const issue of issues) tell(reading, file, { ...issue, path: under(path, issue.path) })
}

const tell = (reading: Reading, file: ParsedFile, issue: Issue): void => {
  reading.issues.push(placeIn([file], issue))
}
