/** A process that migrates three steps further and is killed in the middle of the one it is told. */
import { sql } from 'kysely'
import { systemClock } from '../../src/base/clock.ts'
import { openPostgres } from '../../src/store/dialect/postgres.ts'
import { openSqlite } from '../../src/store/dialect/sqlite.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import type { Migration } from '../../src/store/migrations/migration.ts'
import { migrations } from '../../src/store/migrations/migrations.ts'

const [, , where, dieAt] = process.argv
const { url, file } = JSON.parse(String(where))
const hooks = { numberNotes: async () => 0, committed: () => {} }
const driver = url
  ? await openPostgres({ url, poolSize: 2, hooks })
  : await openSqlite({ file, hooks, onFatal: () => process.exit(3) })

const next = migrations.length + 1
const steps = [1, 2, 3].map(
  (index): Migration => ({
    number: next + index - 1,
    name: `k${index}`,
    up: (db) => [
      { compile: () => sql.raw(`create table k${index} (id integer)`).compile(db) as never },
      {
        compile: () => {
          // Built when its turn has come: the statement before has run, the commit has not.
          if (String(index) === dieAt) process.kill(process.pid, 'SIGKILL')
          return sql.raw(`create table k${index}_more (id integer)`).compile(db) as never
        },
      },
    ],
  }),
)
await migrate(driver, systemClock, [...migrations, ...steps])
await driver.close()
