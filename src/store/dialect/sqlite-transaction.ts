/** One transaction on SQLite's writing connection: what its queries may do, and that it awaits nothing but them. */
import { type Executor, type Note, type Statement, transactionFailed, transactionOver, type Value } from './executor.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/**
 * Queries answer within the same turn of the event loop, so a transaction that is still open when the turn ends awaited
 * something else, and would have held every other writer up for as long as that took.
 */
export const withinOneTurn = <T>(work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const guard = setImmediate(() => reject(new Error('a transaction awaited something other than its queries')))
    work().then(
      (value) => {
        clearImmediate(guard)
        resolve(value)
      },
      (error) => {
        clearImmediate(guard)
        reject(error)
      },
    )
  })

export const openTransaction = (writer: SqliteConnection) => {
  const notes = new Map<string, Note>()
  let over = false
  let wrote = false
  let doomed: unknown = null
  const query = <T>(statement: Statement, run: () => T, touched: (result: T) => boolean): T => {
    if (over) throw transactionOver()
    if (doomed) throw transactionFailed(doomed)
    try {
      const result = run()
      if (statement.writes && touched(result)) wrote = true
      return result
    } catch (error) {
      doomed = error
      throw error
    }
  }
  const executor: Executor = {
    engine: 'sqlite',
    all: async (statement, values: readonly Value[]) =>
      query(
        statement,
        () => writer.all(statement, values),
        (rows) => rows.length > 0,
      ),
    first: async (statement, values) =>
      query(
        statement,
        () => writer.first(statement, values),
        (row) => row !== undefined,
      ),
    run: async (statement, values) =>
      query(
        statement,
        () => writer.run(statement, values),
        (count) => count > 0,
      ),
    note: (what, key) => {
      if (over) throw transactionOver()
      notes.set(`${what}/${key}`, { what, key })
    },
    exclusive: async () => {},
  }
  return {
    executor,
    notes: (): Note[] => [...notes.values()],
    wrote: () => wrote,
    /** Before the commit: a transaction that swallowed a failed statement must not pass for done. */
    end: () => {
      over = true
      if (doomed) throw transactionFailed(doomed)
    },
    abandon: () => {
      over = true
    },
  }
}
