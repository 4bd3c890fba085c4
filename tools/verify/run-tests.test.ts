import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { runTests } from './run-tests.ts'
import { summary, type Tally } from './tally.ts'

const HEAD = "import assert from 'node:assert/strict'\nimport { describe, it, test } from 'node:test'\n"

/** What comes of files with these bodies. */
const outcome = async (context: TestContext, files: Record<string, string>): Promise<Tally> => {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'run-tests-')))
  context.after(() => rmSync(root, { recursive: true }))
  for (const [name, body] of Object.entries(files)) writeFileSync(path.join(root, name), HEAD + body)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return runTests(
    Object.keys(files).map((name) => path.join(root, name)),
    { root, say: () => {}, env },
  )
}

test('counts each test once: no suites, no parents of what failed inside them', async (context) => {
  const tally = await outcome(context, {
    'a.mjs':
      "test('one', () => {})\ndescribe('suite', () => { it('two', () => {}); it('three', () => assert.equal(1, 2)) })",
    'b.mjs': "test('parent', async (t) => { await t.test('child', () => { throw new Error('no') }) })",
  })
  assert.equal(tally.passed, 2)
  assert.deepEqual(tally.failed.map(({ title }) => title).sort(), ['child', 'three'])
})

test('a file that does not load fails with what it printed', async (context) => {
  const tally = await outcome(context, { 'a.mjs': "import './gone.mjs'" })
  assert.equal(tally.failed.length, 1)
  assert.equal(tally.failed[0]?.title, 'a.mjs')
  assert.match(tally.failed[0]?.words ?? '', /gone\.mjs/)
})

test('a file that holds no test, or ends early, has not passed', async (context) => {
  const tally = await outcome(context, { 'a.mjs': '', 'b.mjs': "test('waits', async () => { process.exit(0) })" })
  assert.equal(tally.passed, 0)
  assert.deepEqual(tally.failed.map(({ title }) => title).sort(), ['a.mjs', 'b.mjs'])
})

test('names what was skipped and why, and never counts it as passed', async (context) => {
  const tally = await outcome(context, {
    'a.mjs': "test('real Apache', { skip: 'needs apache2' }, () => {})\ntest('later', { todo: true }, () => {})",
  })
  assert.equal(tally.passed, 0)
  assert.match(summary(tally), /skipped: real Apache \(a\.mjs:\d+\): needs apache2/)
})

test('ends with the sum', async (context) => {
  const text = summary(
    await outcome(context, { 'a.mjs': "test('one', () => {})\ntest('two', () => assert.fail('because'))" }),
  )
  assert.match(text, /FAILED two\n {2}a\.mjs:\d+\n {4}because/)
  assert.ok(text.endsWith('\n1 passed, 1 failed'))
})
