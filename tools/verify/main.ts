/** All of `npm test`, under Node 24: the checks, one PostgreSQL for the whole run, the tests, and the sum. */
import { globSync } from 'node:fs'
import path from 'node:path'
import { startPostgresServer } from '../../test/support/postgres-server.ts'
import { checks } from '../checks/checks.ts'
import { type Options, readOptions } from './options.ts'
import { runChecks } from './run-checks.ts'
import { runTests } from './run-tests.ts'
import { EMPTY, sum, summary, type Tally } from './tally.ts'

const root = path.resolve(import.meta.dirname, '../..')
const say = (text: string): void => console.log(text)

const testFiles = ({ interop, patterns }: Options): string[] =>
  globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'], { cwd: root })
    .filter((file) => file.startsWith('test/interop/') === interop)
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
    .sort()
    .map((file) => path.join(root, file))

/** What tests see of the environment: none of a developer's own settings. */
const environment = (more: Record<string, string>): NodeJS.ProcessEnv => {
  const own = Object.entries(process.env).filter(([name]) => !/^(GATEHOUSE_|AUTHENTIK_|PG|POSTGRES_)/.test(name))
  return { ...Object.fromEntries(own), ...more }
}

const tested = async (options: Options): Promise<Tally> => {
  const files = testFiles(options)
  if (files.length === 0) {
    if (options.interop) return EMPTY
    return {
      ...EMPTY,
      failed: [{ title: 'tests', place: options.patterns.join(' '), words: 'No test file is named so.' }],
    }
  }
  const postgres = await startPostgresServer()
  try {
    const env = environment({
      GATEHOUSE_TEST_POSTGRES_URL: postgres.url('postgres'),
      GATEHOUSE_TEST_ROUNDS: String(options.rounds),
      // What chance did in a test that failed, to see it once more.
      GATEHOUSE_TEST_SEED: process.env.GATEHOUSE_TEST_SEED ?? '',
    })
    say(`${files.length} test files …`)
    return await runTests(files, { root, say, env, long: options.long, named: options.interop })
  } finally {
    await postgres.stop()
  }
}

const options = readOptions(process.argv.slice(2), Boolean(process.env.CI))
if (typeof options === 'string') {
  console.error(options)
  process.exitCode = 2
} else {
  const checked = options.checks ? await runChecks(checks, { root, say }) : EMPTY
  const all = sum(checked, options.tests ? await tested(options) : EMPTY)
  say(summary(all))
  process.exitCode = all.failed.length === 0 ? 0 : 1
}
