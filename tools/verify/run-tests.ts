/**
 * Runs test files with node:test, each in a process of its own, two at a time, and counts what came of them. A file
 * that ends well without having held a test is a failure: it proves nothing.
 */
import path from 'node:path'
import { run } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import type { Failed, Tally } from './tally.ts'
import { EMPTY, sum } from './tally.ts'

const CONCURRENCY = 2
// A file that takes longer hangs: it failed and left something open. Tests of chance are long when asked to be.
const FILE_TIMEOUT = 5 * 60_000
const LONG_FILE_TIMEOUT = 3 * 60 * 60_000

type Verdict = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>

/** The test file that a verdict is about; a test that a shared function registers is placed in that function's file. */
const fileOf = (data: { file?: string | undefined; entryFile?: string }): string => data.entryFile ?? data.file ?? ''

/** What one verdict of node:test adds to the tally. Suites and parents of a failed test are not counted again. */
const tallyOf = (event: Verdict, root: string): Tally => {
  const { name, file, line, skip, todo, details } = event.data
  const entry = fileOf(event.data)
  const place = `${path.relative(root, entry)}${file === entry ? `:${line ?? 0}` : ''}`
  const title = path.resolve(name) === entry ? path.relative(root, name) : name
  if (event.type === 'test:fail') {
    const error = event.data.details.error
    if ((error as { failureType?: string }).failureType === 'subtestsFailed') return EMPTY
    return { ...EMPTY, failed: [{ title, place, words: wordsOf(error, root) }] }
  }
  if (details.type === 'suite') return EMPTY
  // A test that is to be done later is not a passed one.
  if (skip || todo) return { ...EMPTY, skipped: [{ title, place, reason: String(skip || 'to do') }] }
  if (title !== name) return { ...EMPTY, failed: [{ title, place, words: 'The file holds no test.' }] }
  return { ...EMPTY, passed: 1 }
}

/** The message, and of the stack what lies in this project. */
const wordsOf = (error: Error & { cause?: unknown }, root: string): string => {
  const cause = error.cause instanceof Error ? error.cause : error
  const stack = cause.stack ?? ''
  const ours = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && line.includes(root) && !/node_modules/.test(line))
  const message = cause.message.length > 4_000 ? `${cause.message.slice(0, 4_000)} …` : cause.message
  return [message, ...ours.slice(0, 4).map((line) => line.trim().replaceAll(`file://${root}/`, ''))].join('\n')
}

export const runTests = async (
  files: readonly string[],
  options: {
    root: string
    say(text: string): void
    env: NodeJS.ProcessEnv
    long: boolean
    /** Tells each test that passed, not only their number. */
    named?: boolean
  },
): Promise<Tally> => {
  let tally = EMPTY
  const started = Date.now()
  // What a file printed is told only when something in it failed.
  const printed = new Map<string, string>()
  const broken = new Set<string>()
  const judged = new Set<string>()
  const events = run({
    files: [...files],
    concurrency: CONCURRENCY,
    timeout: options.long ? LONG_FILE_TIMEOUT : FILE_TIMEOUT,
    env: options.env,
  })
  let done = 0
  for await (const event of events as AsyncIterable<TestEvent>) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') {
      const { file = '', message } = event.data
      printed.set(file, ((printed.get(file) ?? '') + message).slice(-4_000))
    }
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      const one = tallyOf(event, options.root)
      judged.add(fileOf(event.data))
      if (one.failed.length > 0) broken.add(fileOf(event.data))
      if (options.named && one.passed > 0) options.say(`ok     ${event.data.name}`)
      for (const failed of one.failed) options.say(`FAILED ${failed.title} (${failed.place})`)
      tally = sum(tally, one)
    }
    if (event.type === 'test:summary' && event.data.file) {
      done += 1
      const milliseconds = event.data.duration_ms
      tally = sum(tally, { ...EMPTY, slow: [{ file: path.relative(options.root, event.data.file), milliseconds }] })
      if (done % 25 === 0)
        options.say(`… ${done} of ${files.length} test files, ${Math.round((Date.now() - started) / 1000)} s`)
    }
  }
  const silent = files
    .filter((file) => !judged.has(file))
    .map((file) => ({ title: path.relative(options.root, file), place: 'whole file', words: 'No word came of it.' }))
  const failed = tally.failed.map((one) => withOutput(one, printed, broken, options.root))
  return { ...tally, failed: [...failed, ...silent] }
}

/** A file that broke as a whole (it did not load, it was killed) says why only in what it printed. */
const withOutput = (
  failed: Failed,
  printed: ReadonlyMap<string, string>,
  broken: ReadonlySet<string>,
  root: string,
): Failed => {
  const file = path.join(root, failed.title)
  if (!broken.has(file)) return failed
  return { ...failed, words: `${failed.words}\n${printed.get(file) ?? ''}`.trim() }
}
