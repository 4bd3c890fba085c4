/**
 * A query that is built once per engine and then only bound and run. `p('id')` stands where the value of `id` goes:
 *
 *     const byId = prepared((db, p: Bind<{ id: UserId }>) => db.selectFrom('users').select(COLUMNS).where('id', '=', p('id')))
 *     await byId.first(tx, { id })
 *
 * Columns are always named: with `select *`, a statement prepared before a newer replica added a column would fail.
 */
import { type Compilable, type RawBuilder, sql } from 'kysely'
import type { Engine, Tx } from '../store.ts'
import { type Builder, builders, compile } from './builder.ts'
import { executorOf, Parameter, type Statement, type Value } from './executor.ts'
import { storable } from './storable.ts'

export type Bind<P> = <K extends keyof P & string>(name: K) => RawBuilder<P[K]>

/** The places of several columns at once, for `values` and `set`. */
export const bindAll = <P, K extends keyof P & string>(p: Bind<P>, names: readonly K[]) => {
  const places = Object.fromEntries(names.map((name) => [name, p(name)]))
  // One place for each of the names, by construction.
  return places as { [C in K]: RawBuilder<P[C]> }
}

/** A row read to be changed: on PostgreSQL others wait for it; SQLite has one writer. */
export const locked = <Query extends { forUpdate(): Query }>(query: Query, engine: Engine): Query =>
  engine === 'postgres' ? query.forUpdate() : query

type Prepared<P, R> = {
  all(tx: Tx, values: P): Promise<R[]>
  first(tx: Tx, values: P): Promise<R | undefined>
  run(tx: Tx, values: P): Promise<number>
}

let made = 0

/** Prepares a query at its first use on an engine. `build` is called once per engine. */
export const prepared = <P extends object, R>(
  build: (db: Builder, p: Bind<P>, engine: Engine) => Compilable<R>,
): Prepared<P, R> => {
  made += 1
  const name = `gatehouse_${made}`
  const statements: { [engine in Engine]?: Statement } = {}
  const statementFor = (engine: Engine): Statement => {
    // A Parameter is bound as whatever is given under its name, which `Prepared` types as P[K].
    const bind: Bind<P> = (key) => sql.val(new Parameter(key)) as unknown as RawBuilder<P[typeof key]>
    const statement = compile(build(builders[engine], bind, engine), name)
    statements[engine] = statement
    return statement
  }
  return {
    all: async (tx, values) => {
      const executor = executorOf(tx)
      const statement = statements[executor.engine] ?? statementFor(executor.engine)
      // Kysely derived R from the columns named in this very statement.
      return (await executor.all(statement, bound(statement, values, executor.engine))) as R[]
    },
    first: async (tx, values) => {
      const executor = executorOf(tx)
      const statement = statements[executor.engine] ?? statementFor(executor.engine)
      return (await executor.first(statement, bound(statement, values, executor.engine))) as R | undefined
    },
    run: async (tx, values) => {
      const executor = executorOf(tx)
      const statement = statements[executor.engine] ?? statementFor(executor.engine)
      return executor.run(statement, bound(statement, values, executor.engine))
    },
  }
}

const bound = (statement: Statement, given: object, engine: Engine): Value[] => {
  const values = given as Readonly<Record<string, Value>>
  const list: Value[] = []
  for (const parameter of statement.parameters) {
    // Left out is a bug that `storable` reports, so the type may say it is there.
    const value = parameter instanceof Parameter ? (values[parameter.name] as Value) : parameter
    list.push(storable(value, engine))
  }
  return list
}

/** A query whose shape depends on what is asked: built for this call. For lists, not for hot paths. */
export const queryOnce = async <R>(tx: Tx, build: (db: Builder, engine: Engine) => Compilable<R>): Promise<R[]> => {
  const executor = executorOf(tx)
  const statement = compile(build(builders[executor.engine], executor.engine))
  // As above: the columns named are those of R.
  return (await executor.all(statement, bound(statement, {}, executor.engine))) as R[]
}

/** As `queryOnce`, for a statement without rows to give back. */
export const runOnce = async (tx: Tx, build: (db: Builder, engine: Engine) => Compilable): Promise<number> => {
  const executor = executorOf(tx)
  const statement = compile(build(builders[executor.engine], executor.engine))
  return executor.run(statement, bound(statement, {}, executor.engine))
}

/** `column in (…)` for a list of any length in one statement: bound as one array, so the text stays the same. */
export const among = (engine: Engine, column: RawBuilder<unknown>, list: RawBuilder<readonly string[]>) =>
  engine === 'sqlite'
    ? sql<boolean>`${column} in (select value from json_each(${list}))`
    : sql<boolean>`${column} = any(${list}::text[])`
