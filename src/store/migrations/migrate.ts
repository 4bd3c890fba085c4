/**
 * Brings the schema up to date. Each step is one transaction that also notes that it was done, so a process killed in
 * the middle leaves the step whole or undone, and the next one goes on (O02). Two processes at once: a lock held by
 * the transaction lets one through, and the other finds the step done.
 */
import { type Compilable, sql } from 'kysely'
import type { Clock } from '../../base/clock.ts'
import { builders, compile } from '../dialect/builder.ts'
import type { Driver, Executor, Value } from '../dialect/executor.ts'
import { SchemaTooNew } from '../schema-too-new.ts'
import { columnTypes } from './column-types.ts'
import type { Migration } from './migration.ts'
import { migrations as shipped } from './migrations.ts'

/** Runs the missing steps; throws `SchemaTooNew` where there are more than this code knows. */
export const migrate = async (
  driver: Driver,
  clock: Clock,
  migrations: readonly Migration[] = shipped,
): Promise<void> => {
  for (;;) {
    const done = await driver.write((executor) => nextStep(executor, clock, migrations))
    if (done) return
  }
}

const nextStep = async (executor: Executor, clock: Clock, migrations: readonly Migration[]): Promise<boolean> => {
  await executor.exclusive('migrations')
  const db = builders[executor.engine]
  const run = (query: Compilable): Promise<number> => {
    const statement = compile(query)
    // Schema statements carry no parameters but the few literals written with them.
    return executor.run(statement, statement.parameters as readonly Value[])
  }
  const { text, integer } = columnTypes[executor.engine]
  await run(
    db.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('number', integer, (column) => column.primaryKey().notNull())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('at', integer, (column) => column.notNull()),
  )
  const newest = sql<{ number: number }>`select coalesce(max(number), 0) as number from migrations`.compile(db)
  const row = await executor.first({ sql: newest.sql, parameters: [], writes: false }, [])
  const present = Number(row?.number)
  const known = migrations.at(-1)?.number ?? 0
  if (present > known) throw new SchemaTooNew(present, known)
  const step = migrations.find((migration) => migration.number > present)
  if (!step) return true
  for (const query of step.up(db, columnTypes[executor.engine])) await run(query)
  const insert = sql`insert into migrations (number, name, at) values (${step.number}, ${step.name}, ${clock.now()})`
  await run({ compile: () => insert.compile(db) })
  return false
}
