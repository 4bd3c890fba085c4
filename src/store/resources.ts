/**
 * Queries of resources and their history. A resource's row is its newest revision; deleting writes a revision without
 * spec and takes the row away, and a resource made anew under the name goes on counting.
 */
import type { JsonObject } from '../base/json.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import { type PageShape, readPage } from './page.ts'
import { refsTo, replaceRefs } from './refs.ts'
import { holdsTerm, searchText } from './search-text.ts'
import {
  Conflict,
  type ResourceStore,
  type ResourceWrite,
  type Revision,
  type StoredResource,
  type Tx,
} from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { ConfigurationTables } from './tables/configuration.ts'

const COLUMNS = [
  'resources.id',
  'resources.type',
  'resources.slug',
  'resources.schema',
  'resources.spec',
  'resources.revision',
  'resources.organisation',
  'resources.managed_by',
  'resources.updated_at',
] as const

type ResourceRow = Omit<ConfigurationTables['resources'], 'search'>

const toResource = (row: ResourceRow): StoredResource => ({
  id: row.id,
  type: row.type,
  slug: row.slug,
  schema: row.schema,
  spec: fromJson(row.spec),
  revision: row.revision,
  organisation: row.organisation,
  managedBy: row.managed_by,
  updatedAt: row.updated_at,
})

const REVISION_COLUMNS = [
  'seq',
  'resource',
  'type',
  'slug',
  'revision',
  'schema',
  'spec',
  'actor',
  'why',
  'at',
] as const

type RevisionRow = Omit<ConfigurationTables['revisions'], 'seq'> & { seq: number }

const toRevision = (row: RevisionRow): Revision => ({
  seq: row.seq,
  resource: row.resource,
  type: row.type,
  slug: row.slug,
  revision: row.revision,
  schema: row.schema,
  spec: row.spec === null ? null : fromJson(row.spec),
  actor: fromJson(row.actor),
  why: row.why,
  at: row.at,
})

type Name = { type: string; slug: string }

const findAll = prepared((db, _p: Bind<object>) =>
  db.selectFrom('resources').select(COLUMNS).orderBy('type').orderBy('slug'),
)

const findByName = prepared((db, p: Bind<Name>) =>
  db.selectFrom('resources').select(COLUMNS).where('slug', '=', p('slug')).where('type', '=', p('type')),
)

const findByLookup = prepared((db, p: Bind<{ kind: string; key: string }>) =>
  db
    .selectFrom('lookups')
    .innerJoin('resources', 'resources.id', 'lookups.resource')
    .select(COLUMNS)
    .where('lookups.kind', '=', p('kind'))
    .where('lookups.key', '=', p('key')),
)

const revisionsOf = prepared((db, p: Bind<Name & { limit: number }>) =>
  db
    .selectFrom('revisions')
    .select(REVISION_COLUMNS)
    .where('type', '=', p('type'))
    .where('slug', '=', p('slug'))
    .orderBy('revision', 'desc')
    .limit(p('limit')),
)

const oneRevision = prepared((db, p: Bind<Name & { revision: number }>) =>
  db
    .selectFrom('revisions')
    .select(REVISION_COLUMNS)
    .where('type', '=', p('type'))
    .where('slug', '=', p('slug'))
    .where('revision', '=', p('revision')),
)

const newestRevision = prepared((db, p: Bind<Name>) =>
  db
    .selectFrom('revisions')
    .select((eb) => eb.fn.max<number | null>('revision').as('newest'))
    .where('type', '=', p('type'))
    .where('slug', '=', p('slug')),
)

const insertRevision = prepared((db, p: Bind<Omit<RowToInsert<ConfigurationTables['revisions']>, 'seq'>>) =>
  db
    .insertInto('revisions')
    .values(bindAll(p, ['resource', 'type', 'slug', 'revision', 'schema', 'spec', 'actor', 'why', 'at']))
    .onConflict((conflict) => conflict.doNothing())
    .returning('seq'),
)

const WRITTEN = [
  'id',
  'type',
  'slug',
  'schema',
  'spec',
  'revision',
  'organisation',
  'managed_by',
  'search',
  'updated_at',
] as const

const putRow = prepared((db, p: Bind<RowToInsert<ConfigurationTables['resources']>>) =>
  db
    .insertInto('resources')
    .values(bindAll(p, WRITTEN))
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet(bindAll(p, ['schema', 'spec', 'revision', 'organisation', 'managed_by', 'search', 'updated_at'])),
    ),
)

const removeRow = prepared((db, p: Bind<{ id: string }>) => db.deleteFrom('resources').where('id', '=', p('id')))

const dropLookups = prepared((db, p: Bind<{ id: string }>) => db.deleteFrom('lookups').where('resource', '=', p('id')))

const addLookup = prepared((db, p: Bind<{ kind: string; key: string; resource: string }>) =>
  db
    .insertInto('lookups')
    .values(bindAll(p, ['kind', 'key', 'resource']))
    .onConflict((conflict) => conflict.doNothing())
    .returning('resource'),
)

const lookupHolder = prepared((db, p: Bind<{ kind: string; key: string }>) =>
  db.selectFrom('lookups').select('resource').where('kind', '=', p('kind')).where('key', '=', p('key')),
)

const SHAPE: PageShape = {
  sorts: {
    slug: { column: 'resources.slug', field: 'slug', type: 'string' },
    updated_at: { column: 'resources.updated_at', field: 'updated_at', type: 'number' },
  },
  usual: 'slug',
  id: { column: 'resources.id', field: 'id' },
}

const optional = (row: ResourceRow | undefined): StoredResource | undefined => (row ? toResource(row) : undefined)

export const resources: ResourceStore = {
  all: async (tx) => (await findAll.all(tx, {})).map(toResource),
  get: async (tx, type, slug) => optional(await findByName.first(tx, { type, slug })),
  byLookup: async (tx, kind, key) => optional(await findByLookup.first(tx, { kind, key })),

  list: (tx, type, query) =>
    readPage(
      tx,
      query,
      SHAPE,
      (db) => {
        const all = db
          .selectFrom('resources')
          .select(COLUMNS)
          .where('type', '=', type)
          .where('organisation', '=', query.organisation)
        return query.search ? all.where(holdsTerm('resources.search', query.search)) : all
      },
      toResource,
    ),

  put: async (tx, write) => {
    const { type, slug } = write
    const present = await findByName.first(tx, { type, slug })
    const newest = (await newestRevision.first(tx, { type, slug }))?.newest ?? 0
    // To who would make a deleted resource anew there is none, so 0 is right for it as well.
    if (write.expected !== newest && !(write.expected === 0 && !present)) throw new Conflict('resources.revision')
    if (!present && write.spec === null) throw new Conflict('resources.revision')
    const id = present?.id ?? write.id
    const revision = newest + 1
    await writeRevision(tx, write, id, revision)
    noteChange(tx, type, slug)
    if (write.spec === null) {
      await removeRow.run(tx, { id })
      await replaceRefs(tx, type, id, [])
      return undefined
    }
    const resource = await writeResource(tx, write, write.spec, id, revision)
    await replaceLookups(tx, id, write.lookups)
    await replaceRefs(tx, type, id, write.refs)
    return resource
  },

  revisions: async (tx, type, slug, limit) => (await revisionsOf.all(tx, { type, slug, limit })).map(toRevision),

  revision: async (tx, type, slug, revision) => {
    const row = await oneRevision.first(tx, { type, slug, revision })
    return row && toRevision(row)
  },

  usedBy: refsTo,
}

// The number is unique, so of two writes on the same revision one finds it taken, also where both looked first.
const writeRevision = async (tx: Tx, write: ResourceWrite, id: string, revision: number): Promise<void> => {
  const written = await insertRevision.first(tx, {
    resource: id,
    type: write.type,
    slug: write.slug,
    revision,
    schema: write.schema,
    spec: write.spec === null ? null : toJson(write.spec),
    actor: toJson(write.actor),
    why: write.why,
    at: write.now,
  })
  if (!written) throw new Conflict('resources.revision')
}

const writeResource = async (
  tx: Tx,
  write: ResourceWrite,
  spec: JsonObject,
  id: string,
  revision: number,
): Promise<StoredResource> => {
  const { type, slug, schema, organisation, managedBy, now } = write
  const name = typeof spec.name === 'string' ? spec.name : ''
  await putRow.run(tx, {
    id,
    type,
    slug,
    schema,
    spec: toJson(spec),
    revision,
    organisation,
    managed_by: managedBy,
    search: searchText(name, slug),
    updated_at: now,
  })
  return { id, type, slug, schema, spec, revision, organisation, managedBy, updatedAt: now }
}

const replaceLookups = async (tx: Tx, id: string, lookups: ResourceWrite['lookups']): Promise<void> => {
  await dropLookups.run(tx, { id })
  for (const { kind, key } of lookups) {
    if (await addLookup.first(tx, { kind, key, resource: id })) continue
    const holder = await lookupHolder.first(tx, { kind, key })
    if (holder?.resource !== id) throw new Conflict(`lookup:${kind}:${key}`)
  }
}
