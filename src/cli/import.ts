/**
 * `gatehouse import authentik <rows.json>`: takes over what people signed in with at authentik. The file holds rows by the
 * names of their tables, as `json_agg` of PostgreSQL writes them.
 */
import { readFile } from 'node:fs/promises'
import type { JsonObject } from '../base/json.ts'
import { parse, Type } from '../base/schema.ts'
import { loadAuthenticators } from '../ops/import/authentik/load-authenticators.ts'
import type { Command, Output } from './command.ts'
import { withHouse } from './with-house.ts'

const USAGE = 'usage: gatehouse import authentik <rows.json>'

const Tables = Type.Record(
  Type.String(),
  Type.Union([Type.Null(), Type.Array(Type.Record(Type.String(), Type.Unknown()))]),
)

export const importFrom: Command = {
  name: 'import',
  usage: 'authentik <rows.json>',
  summary: 'take over authenticators from rows of authentik’s tables',
  run: async ([from, file, ...rest], out) => {
    if (from !== 'authentik' || !file || rest.length > 0) {
      out.error(USAGE)
      return 2
    }
    const tables = await readTables(file, out)
    if (!tables) return 1
    return withHouse(out, async ({ store, recorder, authenticators, clock, instance }) => {
      const { installId } = await instance.current()
      const { vault, kinds } = authenticators
      const done = await loadAuthenticators(
        { store, recorder, vault, kinds, now: clock.now(), installId },
        new Map(Object.entries(tables)),
      )
      for (const { username, kind, name } of done.loaded) out.line(`${username}: ${kind} ${JSON.stringify(name)}`)
      for (const { table, row, why } of done.left) out.line(`left behind: ${table} ${row}: ${why}`)
      out.line(`${done.loaded.length} loaded, ${done.left.length} left behind`)
      return 0
    })
  },
}

const readTables = async (file: string, out: Output): Promise<Readonly<Record<string, JsonObject[]>> | null> => {
  try {
    const read = parse(Tables, JSON.parse(await readFile(file, 'utf8')))
    if (read.ok) {
      // An empty table is `null` in `json_agg`. What was read from JSON is JSON.
      return Object.fromEntries(Object.entries(read.value).map(([name, rows]) => [name, (rows ?? []) as JsonObject[]]))
    }
    out.error(`${file}: an object of tables, each a list of rows, is expected.`)
  } catch (error) {
    out.error(`${file}: ${error instanceof Error ? error.message : error}`)
  }
  return null
}
