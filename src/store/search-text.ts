/**
 * Text as it is searched: folded once when written, so that both engines find the same, in every script (LIKE itself
 * folds ASCII only on SQLite, by locale on PostgreSQL).
 */
import { type RawBuilder, sql } from 'kysely'
import { BadQuery } from './store.ts'

export const searchText = (...parts: readonly string[]): string => parts.join('\n').normalize('NFKC').toLowerCase()

const LONGEST = 200

/** Whether a folded column holds the term anywhere. The term's own `%` and `_` mean themselves (M12). */
export const holdsTerm = (column: string, term: string): RawBuilder<boolean> => {
  if (term.length > LONGEST) throw new BadQuery('search')
  const literal = searchText(term).replace(/[\\%_]/g, (sign) => `\\${sign}`)
  return sql<boolean>`${sql.ref(column)} like ${`%${literal}%`} escape '\\'`
}
