/**
 * `gatehouse test [path]`: the policy tests of configuration files, run as if the files were applied (DESIGN §12).
 * `--file` runs the tests of a file over what stands; `--alone` takes an empty house for the time, so that files can be
 * tested where none is. Nothing is changed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../ops/config.ts'
import type { Command, Output } from './command.ts'
import { type ConfigurationContext, complainOf, pathFor } from './configuration-command.ts'
import { tellTestResults } from './tell-test-results.ts'
import { withConfiguration } from './with-configuration.ts'

const USAGE = 'Usage: gatehouse test [file or folder] [--alone] | gatehouse test --file <file of tests>'

type Words = { readonly positionals: readonly string[]; readonly file: string | null; readonly alone: boolean }

const readWords = (args: readonly string[]): Words | null => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { file: { type: 'string' }, alone: { type: 'boolean' } },
      allowPositionals: true,
    })
    const { file = null, alone = false } = values
    return file !== null && (alone || positionals.length > 0) ? null : { positionals, file, alone }
  } catch {
    return null
  }
}

export const test: Command = {
  name: 'test',
  usage: '[file or folder] [--alone]',
  summary: 'run the policy tests of configuration files',
  run: async (args, out) => {
    const words = readWords(args)
    if (!words) {
      out.error(USAGE)
      return 2
    }
    if (!words.alone) return withConfiguration(out, (context) => runTests(context, words, out))
    const dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-test-'))
    const empty = (config: Config): Config => ({ ...config, dataDir, databaseUrl: null })
    try {
      return await withConfiguration(out, (context) => runTests(context, words, out), empty)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

/** For the command, and for tests of it. */
export const runTests = async (context: ConfigurationContext, words: Words, out: Output): Promise<number> => {
  const location = words.file ?? pathFor(context, words.positionals, USAGE, out)
  if (location === null) return 2
  const read = context.files.read(location)
  const standing = words.file !== null
  if (read.ok && standing && holdsMore(read.value.desired)) {
    out.error('That file holds more than tests; name it without --file to test it as if it were applied.')
    return 2
  }
  const tested = read.ok ? await context.files.test(read.value, standing ? 'standing' : 'applied') : read
  if (!tested.ok) {
    complainOf(tested.error, out)
    return 1
  }
  return tellTestResults(tested.value, out)
}

const holdsMore = ({
  groups,
  users,
  resources,
  keys,
}: Record<'groups' | 'users' | 'resources' | 'keys', readonly unknown[]>) =>
  groups.length + users.length + resources.length + keys.length > 0
