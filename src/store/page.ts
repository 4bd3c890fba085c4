/**
 * Pages by keyset: a page begins after the row that the one before ended with, so rows are neither skipped nor told
 * twice while others come and go. The cursor is opaque and checked; sort columns come from a closed list (M11, M12).
 */
import { type SelectQueryBuilder, sql } from 'kysely'
import { base64url, fromBase64url } from '../base/bytes.ts'
import type { Builder } from './dialect/builder.ts'
import { queryOnce } from './dialect/prepared.ts'
import { BadQuery, type Engine, type ListQuery, type Page, type Tx } from './store.ts'
import type { Tables } from './tables/tables.ts'

/** A column that a list may be sorted by: never null, and what the row calls its value. */
export type SortColumn = { readonly column: string; readonly field: string; readonly type: 'string' | 'number' }

export type PageShape = {
  readonly sorts: Readonly<Record<string, SortColumn>>
  /** As a query would say it: `username`, `-at`. */
  readonly usual: string
  /** What decides between equal rows. */
  readonly id: { readonly column: string; readonly field: string }
}

const MOST = 200

/** Reads one page. `select` gives the filtered rows; order, start and length are added here. */
export const readPage = async <T extends keyof Tables, Row extends object, Item>(
  tx: Tx,
  query: Pick<ListQuery, 'limit' | 'cursor' | 'sort'>,
  shape: PageShape,
  select: (db: Builder, engine: Engine) => SelectQueryBuilder<Tables, T, Row>,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> => {
  const { name, sort, descending } = sortOf(query.sort ?? shape.usual, shape)
  const limit = limitOf(query.limit)
  const after = query.cursor === undefined ? null : readCursor(query.cursor, name, sort)
  const rows = await queryOnce(tx, (db, engine) => {
    const [column, id] = [sql.ref(sort.column), sql.ref(shape.id.column)]
    const beyond = descending ? sql.raw('<') : sql.raw('>')
    const direction = descending ? 'desc' : 'asc'
    const all = select(db, engine)
    const rest = after ? all.where(sql<boolean>`(${column}, ${id}) ${beyond} (${after.value}, ${after.id})`) : all
    return rest
      .orderBy(column, direction)
      .orderBy(id, direction)
      .limit(limit + 1)
  })
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const next = last && rows.length > limit ? writeCursor(name, last, sort, shape) : null
  return { items: items.map(toItem), next }
}

const sortOf = (asked: string, shape: PageShape) => {
  const descending = asked.startsWith('-')
  const name = descending ? asked.slice(1) : asked
  const sort = Object.hasOwn(shape.sorts, name) ? shape.sorts[name] : undefined
  if (!sort) throw new BadQuery('sort')
  return { name: asked, sort, descending }
}

const limitOf = (limit: number): number => {
  if (!Number.isInteger(limit) || limit < 1) throw new BadQuery('limit')
  return Math.min(limit, MOST)
}

const writeCursor = (name: string, row: object, sort: SortColumn, shape: PageShape): string => {
  // The shape names fields that its own select reads.
  const fields = row as Readonly<Record<string, unknown>>
  return base64url(JSON.stringify([name, fields[sort.field], fields[shape.id.field]]))
}

const readCursor = (cursor: string, name: string, sort: SortColumn): { value: string | number; id: string } => {
  const bytes = fromBase64url(cursor)
  const parts = bytes ? parsed(Buffer.from(bytes).toString()) : null
  if (!Array.isArray(parts) || parts.length !== 3) throw new BadQuery('cursor')
  const [sortedBy, value, id]: unknown[] = parts
  const fits = typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value))
  // A cursor of another order would begin anywhere.
  if (sortedBy !== name || !fits || typeof value !== sort.type || typeof id !== 'string') throw new BadQuery('cursor')
  return { value, id }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
