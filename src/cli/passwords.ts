/** `gatehouse passwords build-filter <list>`: makes the filter by which leaked passwords are refused, without network. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildBreachedFilter } from '../ops/build-breached-filter.ts'
import { readConfig } from '../ops/config.ts'
import type { Command, Output } from './command.ts'

const USAGE = 'usage: gatehouse passwords build-filter <list> [--out <file>]'

export const passwords: Command = {
  name: 'passwords',
  usage: 'build-filter <list> [--out <file>]',
  summary: 'make the filter that leaked passwords are refused by',
  run: async (args, out) => {
    const asked = read(args)
    if (!asked) return refuse(out, USAGE, 2)
    const config = readConfig()
    if (!config.ok) return refuse(out, config.error.message)
    const target = asked.out ?? config.value.breachedFilter
    // Read more than once, which a pipe cannot be.
    if (!(await stat(asked.list).catch(() => null))?.isFile()) return refuse(out, `${asked.list} is no file`)
    if (!(await stat(path.dirname(path.resolve(target))).catch(() => null))?.isDirectory()) {
      return refuse(out, `there is no folder ${path.dirname(path.resolve(target))}`)
    }
    const { entries, skipped, bytes } = await buildBreachedFilter(asked.list, target)
    if (entries === 0) out.error('the list holds no password')
    out.line(`${entries.toLocaleString('en')} passwords, ${(bytes / 1e6).toFixed(1)} MB: ${target}`)
    if (skipped > 0) out.line(`${skipped.toLocaleString('en')} lines were empty or too long and were left out`)
    out.line('Servers read it from the next check on; password.check_breached in the settings switches it on.')
    return 0
  },
}

const read = (args: readonly string[]): { readonly list: string; readonly out: string | undefined } | null => {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' } },
    })
    const [verb, list, ...more] = positionals
    return verb === 'build-filter' && list !== undefined && more.length === 0 ? { list, out: values.out } : null
  } catch {
    return null
  }
}

const refuse = (out: Output, message: string, code = 1): number => {
  out.error(message)
  return code
}
