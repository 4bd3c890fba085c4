/**
 * Kysely as a builder and compiler only: it makes SQL text, the drivers of this folder run it. So a hot query pays for
 * building once, and both engines share one way to run, to time and to fail.
 */
import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Engine } from '../store.ts'
import type { Tables } from '../tables/tables.ts'
import type { Parameter, Statement, Value } from './executor.ts'

export type Builder = Kysely<Tables>

export const builders: Readonly<Record<Engine, Builder>> = {
  sqlite: new Kysely({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  postgres: new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
}

export const compile = (query: Compilable, name?: string): Statement => {
  const { sql, parameters, query: node } = query.compile()
  return {
    sql,
    // The table types admit only these as values; a Parameter stands where a value will.
    parameters: parameters as readonly (Parameter | Value)[],
    writes: node.kind !== 'SelectQueryNode',
    ...(name === undefined ? {} : { name }),
  }
}
