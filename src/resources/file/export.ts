/**
 * Writes the whole configuration as one YAML file, such that export, wipe, import, export gives the same bytes (DESIGN
 * §10). Secrets are named (`{ env: NAME }`) or, where asked for, given as they lie in the store (`{ sealed }`) with the
 * wrapped keys that open them: then the file is worth a backup, and is to be guarded like one (M08).
 */
import { stringify } from 'yaml'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Group } from '../../domain/groups/group.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import type { StoredResource, Tx } from '../../store/store.ts'
import { readSpec } from '../read-spec.ts'
import {
  type AnnotatedSchema,
  annotated,
  branchOf,
  isGuided,
  isObject,
  leaveOutDefaults,
  mapValue,
  memberSchema,
} from '../schema/annotated-schema.ts'
import { carriedSecret, type HeldSecret } from '../secrets/settle-secrets.ts'
import { storedSecrets } from '../secrets/stored-secrets.ts'
import type { FilesDeps } from './files-deps.ts'
import { complete, type PresentUser, readUsers } from './present-people.ts'

export type ExportOptions = {
  /** `named`: no secret and no password hash is in it. `sealed`: both are. */
  readonly secrets: 'named' | 'sealed'
}

export const exportConfiguration = async (deps: FilesDeps, options: ExportOptions): Promise<string> => {
  const tx = deps.store.read
  const held = new Map((await deps.store.secrets.all(tx)).map((row) => [row.id, row]))
  const types = [...deps.types.values()].sort((a, b) => (a.type < b.type ? -1 : 1))
  const stored = Map.groupBy(await deps.store.resources.all(tx), (one) => one.type)
  const spelling = spellSecrets(options, held, namesInUse(types, stored))
  const resources = types.map((type) => [type.type, exportType(type, stored.get(type.type) ?? [], spelling)] as const)
  const groups = await deps.store.groups.all(tx)
  const document = {
    schemas: schemasOf(types, Object.fromEntries(resources)),
    keys: options.secrets === 'sealed' ? await exportKeys(deps, tx, spelling.used) : [],
    groups: exportGroups(groups),
    users: await exportUsers(deps, tx, groups, options),
    ...Object.fromEntries(resources),
  }
  const kept = Object.fromEntries(Object.entries(document).filter(([, value]) => Object.keys(value).length > 0))
  return HEAD[options.secrets] + write(kept)
}

/** Versions of the schemas that the document's sections are written under; 1 goes without saying. */
const schemasOf = (types: readonly ResourceType[], sections: Readonly<Record<string, object>>) =>
  Object.fromEntries(
    types.flatMap(({ type, version }) =>
      version > 1 && Object.keys(sections[type] ?? {}).length > 0 ? [[type, version]] : [],
    ),
  )

const HEAD = {
  named: '# Written by gatehouse export. Secrets are read from the environment variables it names.\n',
  sealed:
    '# Written by gatehouse export --secrets sealed. Holds password hashes and sealed secrets: guard it as a backup.\n',
}

/** One spelling on every machine: no folding, no aliases, strings in quotes only where they must. */
const write = (document: JsonObject): string =>
  Object.keys(document).length === 0 ? '{}\n' : stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })

// --- Resources.

const exportType = (type: ResourceType, stored: readonly StoredResource[], spelling: SecretSpelling): JsonObject =>
  Object.fromEntries(
    [...stored].sort(bySlug).map((one) => {
      // What this version cannot read is written as it stands rather than left out.
      const read = readSpec(type, one.spec, one.schema)
      const spec = read.ok ? leaveOutDefaults(annotated(type.schema), read.value) : one.spec
      const spelt = mapValue(annotated(type.schema), spec, ({ schema, value, path }) =>
        schema['x-secret'] && isObject(value) ? spelling.spell(`${one.slug} ${path}`, value) : undefined,
      )
      return [one.slug, inOrder(annotated(type.schema), spelt, one.slug)]
    }),
  )

const bySlug = (a: { readonly slug: string }, b: { readonly slug: string }): number => (a.slug < b.slug ? -1 : 1)

/** Members as their schema lists them, the keys of maps by name: a store that keeps no order gives the same bytes. */
const inOrder = (schema: AnnotatedSchema | undefined, value: Json, key = ''): Json => {
  if (schema?.anyOf) return inOrder(isGuided(schema) ? branchOf(schema, value, key) : undefined, value, key)
  if (Array.isArray(value)) return value.map((item: Json) => inOrder(schema?.items, item))
  if (!isObject(value)) return value
  const listed = Object.keys(schema?.properties ?? {})
  const rank = (name: string): number => (listed.includes(name) ? listed.indexOf(name) : listed.length)
  const names = Object.keys(value).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  const ordered: Record<string, Json> = {}
  for (const name of names) {
    const member = value[name]
    if (member !== undefined) ordered[name] = inOrder(schema && memberSchema(schema, name), member, name)
  }
  return ordered
}

// --- Secrets.

type SecretSpelling = { spell(place: string, secret: JsonObject): Json; readonly used: Set<string> }

/** A name suggested for one secret must not be the one that another is read from. */
const namesInUse = (
  types: readonly ResourceType[],
  stored: ReadonlyMap<string, readonly StoredResource[]>,
): Set<string> =>
  new Set(
    types.flatMap((type) =>
      (stored.get(type.type) ?? []).flatMap((one) =>
        [...storedSecrets(type.schema, one.spec).values()].flatMap(({ env }) => env ?? []),
      ),
    ),
  )

const spellSecrets = (
  options: ExportOptions,
  held: ReadonlyMap<string, HeldSecret>,
  names: Set<string>,
): SecretSpelling => {
  const used = new Set<string>()
  return {
    used,
    spell: (place, secret) => {
      const row = typeof secret.secret === 'string' ? held.get(secret.secret) : undefined
      if (options.secrets === 'sealed' && row && typeof secret.secret === 'string') {
        used.add(row.sealed.split('.')[0] ?? '')
        return { sealed: carriedSecret(secret.secret, row.sealed) }
      }
      if (typeof secret.env === 'string') return { env: secret.env }
      if (typeof secret.file === 'string') return { file: secret.file }
      return { env: freeName(names, suggestName(place)) }
    },
  }
}

/** `nextcloud providers.oidc.client_secret` is NEXTCLOUD_OIDC_CLIENT_SECRET. */
const suggestName = (place: string): string => {
  const name = place
    .replace(/(^|[ .])(?:providers|clients)\./g, '$1')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase()
  // Names with these beginnings are the server's own and are refused when read.
  return /^(?:[0-9]|GATEHOUSE_|AUTHENTIK_|PG_PASS$|POSTGRES_PASSWORD$)/.test(name) ? `APP_${name}` : name
}

const freeName = (taken: Set<string>, name: string): string => {
  let free = name
  for (let next = 2; taken.has(free); next += 1) free = `${name}_${next}`
  taken.add(free)
  return free
}

/** The wrapped keys that what is written hangs off; they open with the same secret key only. */
const exportKeys = async (deps: FilesDeps, tx: Tx, used: ReadonlySet<string>): Promise<Json[]> =>
  (await deps.store.keys.all(tx))
    .filter((key) => used.has(key.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, purpose, wrapped, createdAt }) => ({ id, purpose, wrapped, created_at: createdAt }))

// --- Groups and people. A person's id is written, since other systems remember people by it; a group is its slug, so
// that what every instance is shipped with (`admins`) is the same group after an import.

const exportGroups = (groups: readonly Group[]): JsonObject => {
  const slugs = new Map<string, string>(groups.map((group) => [group.id, group.slug]))
  return Object.fromEntries(
    [...groups].sort(bySlug).map(({ slug, name, parents, roles, attributes }) => {
      const above = parents.flatMap((parent) => slugs.get(parent) ?? []).sort()
      const entry = { name, parents: above, roles: [...roles].sort(), attributes: inOrder(undefined, attributes) }
      return [slug, withoutEmpty(entry)]
    }),
  )
}

const exportUsers = async (
  deps: FilesDeps,
  tx: Tx,
  groups: readonly Group[],
  options: ExportOptions,
): Promise<JsonObject> => {
  const slugs = new Map<string, string>(groups.map((group) => [group.id, group.slug]))
  const entries: (readonly [string, Json])[] = []
  for await (const users of readUsers(deps, tx)) {
    for (const person of await complete(deps, tx, users)) {
      entries.push([person.user.username, exportUser(person, slugs, options)])
    }
  }
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const exportUser = (person: PresentUser, slugs: ReadonlyMap<string, string>, options: ExportOptions): Json => {
  const { user, subjects, passwordHash } = person
  return withoutEmpty({
    id: user.id,
    number: user.number,
    name: user.name,
    ...exportEmails(person),
    groups: exportMemberships(person, slugs),
    ...(options.secrets === 'sealed' && passwordHash !== null ? { password: { hash: passwordHash } } : {}),
    ...(user.active ? {} : { active: false }),
    ...(user.kind === 'internal' ? {} : { kind: user.kind }),
    attributes: inOrder(undefined, user.attributes),
    ...(user.locale === null ? {} : { locale: user.locale }),
    subjects: inOrder(undefined, Object.fromEntries(subjects)),
  })
}

const exportEmails = ({ emails }: PresentUser): JsonObject => {
  const spelt = emails.map(({ address, verifiedAt }) => (verifiedAt === null ? { address, verified: false } : address))
  const [only] = spelt
  return spelt.length === 1 && typeof only === 'string' ? { email: only } : { emails: spelt }
}

/** A list, or a map where one of them ends. */
const exportMemberships = ({ memberships }: PresentUser, slugs: ReadonlyMap<string, string>): Json => {
  const entries = memberships
    .flatMap(({ groupId, until }) => {
      const slug = slugs.get(groupId)
      return slug === undefined ? [] : [{ slug, until }]
    })
    .sort(bySlug)
  if (entries.every((one) => one.until === null)) return entries.map((one) => one.slug)
  return Object.fromEntries(
    entries.map(({ slug, until }) => [slug, until === null ? {} : { until: new Date(until).toISOString() }]),
  )
}

/** Lists and maps that hold nothing say nothing. */
const withoutEmpty = (entry: Readonly<Record<string, Json>>): JsonObject =>
  Object.fromEntries(
    Object.entries(entry).filter(
      ([, value]) => typeof value !== 'object' || value === null || Object.keys(value).length > 0,
    ),
  )
