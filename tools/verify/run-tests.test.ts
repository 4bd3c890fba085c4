import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { summary, type Tally } from './tally.ts'

const HEAD = "import assert from 'node:assert/strict'\nimport { describe, it, test } from 'node:test'\n"

// In a process of its own: node:test runs no test files from inside of one.
const RUN = `
  const { runTests } = await import(${JSON.stringify(path.join(import.meta.dirname, 'run-tests.ts'))})
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const [root, ...files] = process.argv.slice(2)
  console.log(JSON.stringify(await runTests(files, { root, say: () => {}, env, long: false })))
`

/** What comes of files with these bodies. */
const outcome = (context: TestContext, files: Record<string, string>): Tally => {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'run-tests-')))
  context.after(() => rmSync(root, { recursive: true }))
  for (const [name, body] of Object.entries(files)) writeFileSync(path.join(root, name), HEAD + body)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const paths = Object.keys(files)
    .filter((name) => !name.startsWith('shared'))
    .map((name) => path.join(root, name))
  const runner = path.join(root, 'runner.mjs')
  writeFileSync(runner, RUN)
  return JSON.parse(execFileSync(process.execPath, [runner, root, ...paths], { encoding: 'utf8', env }))
}

test('counts each test once: no suites, no parents of what failed inside them', (context) => {
  const tally = outcome(context, {
    'a.mjs':
      "test('one', () => {})\ndescribe('suite', () => { it('two', () => {}); it('three', () => assert.equal(1, 2)) })",
    'b.mjs': "test('parent', async (t) => { await t.test('child', () => { throw new Error('no') }) })",
  })
  assert.equal(tally.passed, 2)
  assert.deepEqual(tally.failed.map(({ title }) => title).sort(), ['child', 'three'])
})

test('a test that a shared function registers counts for the file that called it', (context) => {
  const tally = outcome(context, {
    'shared.mjs': "export const twice = (name) => { test(name, () => {}); test(name, () => assert.fail('no')) }",
    'a.mjs': "const { twice } = await import('./shared.mjs')\ntwice('one')",
  })
  assert.equal(tally.passed, 1)
  assert.deepEqual(
    tally.failed.map(({ place }) => place),
    ['a.mjs'],
  )
})

test('a file that does not load fails with what it printed', (context) => {
  const tally = outcome(context, { 'a.mjs': "import './gone.mjs'" })
  assert.equal(tally.failed.length, 1)
  assert.equal(tally.failed[0]?.title, 'a.mjs')
  assert.match(tally.failed[0]?.words ?? '', /gone\.mjs/)
})

test('a file that holds no test, or ends early, has not passed', (context) => {
  const tally = outcome(context, { 'a.mjs': '', 'b.mjs': "test('waits', async () => { process.exit(0) })" })
  assert.equal(tally.passed, 0)
  assert.deepEqual(tally.failed.map(({ title }) => title).sort(), ['a.mjs', 'b.mjs'])
})

test('names what was skipped and why, and never counts it as passed', (context) => {
  const tally = outcome(context, {
    'a.mjs': "test('real Apache', { skip: 'needs apache2' }, () => {})\ntest('later', { todo: true }, () => {})",
  })
  assert.equal(tally.passed, 0)
  assert.match(summary(tally), /skipped: real Apache \(a\.mjs:\d+\): needs apache2/)
})

test('ends with the sum', (context) => {
  const text = summary(
    outcome(context, { 'a.mjs': "test('one', () => {})\ntest('two', () => assert.fail('because'))" }),
  )
  assert.match(text, /FAILED two\n {2}a\.mjs:\d+\n {4}because/)
  assert.ok(text.endsWith('\n1 passed, 1 failed'))
})
