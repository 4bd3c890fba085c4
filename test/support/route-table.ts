/** Every address the server answers, read from the server itself: tests that walk it cannot forget a new page. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readConfig } from '../../src/ops/config.ts'
import { startServer } from '../../src/ops/start-server.ts'

/** Values by a parameter's name; of several parameters in a path all but the last take their first value only. */
export type Values = Readonly<Record<string, readonly string[]>>

export type RouteTable = {
  readonly routes: readonly { readonly method: string; readonly path: string }[]
  /** The paths of a method, with each value of a parameter in its place. */
  paths(method: string, values: Values): readonly string[]
}

/** Starts the server inside this process, as it is composed, reads the table, and stops it. */
export const readRouteTable = async (): Promise<RouteTable> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-routes-'))
  try {
    const config = readConfig({
      GATEHOUSE_DATA_DIR: folder,
      GATEHOUSE_LISTEN__HTTP: '127.0.0.1:0',
      GATEHOUSE_LISTEN__HTTPS: 'off',
      GATEHOUSE_LISTEN__METRICS: 'off',
      GATEHOUSE_LOG_LEVEL: 'error',
    })
    if (!config.ok) throw new Error(config.error.message)
    const server = await startServer(config.value, () => undefined)
    if (!server.ok) throw new Error(server.error.message)
    const { routes } = server.value
    await server.value.stop()
    return {
      routes,
      paths: (method, values) =>
        routes.filter((route) => route.method === method).flatMap((route) => filled(route.path, values)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const filled = (route: string, values: Values): string[] => {
  const names = [...route.matchAll(/:([a-z_]+)/g)].map(([, name = '']) => name)
  const last = names.pop()
  if (last === undefined) return [route]
  const of = (name: string): readonly string[] => {
    const given = values[name]
    // A new parameter must be given values, or what it leads to would be walked past.
    if (!given?.[0]) throw new Error(`no value for :${name} of ${route}`)
    return given
  }
  const begun = names.reduce((path, name) => path.replace(`:${name}`, of(name)[0] ?? ''), route)
  return of(last).map((value) => begun.replace(`:${last}`, value))
}
