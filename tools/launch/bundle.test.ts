import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { bundleOf, makeBundle } from './bundle.mjs'

const root = path.resolve(import.meta.dirname, '../..')

/** A small project of the same build: its sources are given, its packages are ours. */
const project = (context: TestContext, sources: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bundle-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(path.join(folder, 'tools/launch'), { recursive: true })
  cpSync(path.join(root, 'tools/launch/bundle.mjs'), path.join(folder, 'tools/launch/bundle.mjs'))
  writeFileSync(path.join(folder, 'package-lock.json'), '{}')
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  for (const [file, text] of Object.entries(sources)) {
    mkdirSync(path.dirname(path.join(folder, 'src', file)), { recursive: true })
    writeFileSync(path.join(folder, 'src', file), text)
  }
  return folder
}
const run = (entry: string) => spawnSync(process.execPath, [entry], { encoding: 'utf8' })

test('bundles all that the command line needs, and finds it again until a source changes', async (context) => {
  const folder = project(context, {
    'cli/main.ts':
      "import { word } from '../base/word.ts'\nconst { there } = await import('./later.ts')\nconsole.log(word satisfies string, there)",
    'cli/later.ts': 'export const there: number = 7',
    'base/word.ts': "export const word = 'one'",
  })
  assert.equal(bundleOf(folder), null)
  const entry = await makeBundle(folder)
  assert.equal(run(entry).stdout, 'one 7\n')
  assert.equal(bundleOf(folder), entry)
  writeFileSync(path.join(folder, 'src/base/word.ts'), "export const word = 'another'")
  assert.equal(bundleOf(folder), null)
  assert.equal(run(await makeBundle(folder)).stdout, 'another 7\n')
  writeFileSync(path.join(folder, 'package-lock.json'), '{"changed": true}')
  assert.equal(bundleOf(folder), null)
})

test('judges passwords in the bundle as from the sources: what is CommonJS and loaded late has its names there', async (context) => {
  const files = ['password-strength', 'create-estimator', 'password-rules', 'password-text', 'forbidden-word']
  const at = (name: string) => `domain/credentials/${name}.ts`
  const folder = project(context, {
    ...Object.fromEntries(files.map((name) => [at(name), readFileSync(path.join(root, 'src', at(name)), 'utf8')])),
    'base/bytes.ts': readFileSync(path.join(root, 'src/base/bytes.ts'), 'utf8'),
    'cli/main.ts':
      "import { passwordStrength } from '../domain/credentials/password-strength.ts'\nconsole.log((await passwordStrength('password123', [])).score)",
  })
  const { stdout, stderr } = run(await makeBundle(folder))
  assert.equal(stdout, '0\n', stderr)
})

test('leaves the bundle that stands, and nothing else, where a source is broken', async (context) => {
  const folder = project(context, { 'cli/main.ts': "console.log('whole')" })
  const entry = await makeBundle(folder)
  writeFileSync(path.join(folder, 'src/cli/main.ts'), "import { none } from './none.ts'\nnone()")
  await assert.rejects(makeBundle(folder), /none\.ts/)
  assert.equal(run(entry).stdout, 'whole\n')
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('dist')),
    ['dist'],
  )
})

test('a source finds the files beside it, and keeps its characters in one byte each', async (context) => {
  const folder = project(context, {
    'cli/main.ts': [
      "import { readFileSync } from 'node:fs'",
      "const text = readFileSync(new URL('./beside.txt', import.meta.url), 'utf8')",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
      'console.log(text, /^[µ’]+$/.test(`µ’`), `· ${text} ’`, String.raw`a\\n`)',
    ].join('\n'),
    'cli/beside.txt': 'found',
  })
  const entry = await makeBundle(folder)
  assert.equal(run(entry).stdout, 'found true · found ’ a\\n\n')
  for (const file of globSync(path.join(folder, 'dist/*.mjs')))
    assert.match(readFileSync(file, 'latin1'), /^[\0-\x7f]*$/, file)
})

test('the bundle does not load what importing node:http as a module brings along', async (context) => {
  const folder = project(context, {
    'cli/main.ts':
      "import { createServer } from 'node:http'\ncreateServer()\nconsole.log(process.moduleLoadList.some((name) => name.includes('undici')))",
  })
  assert.equal(run(await makeBundle(folder)).stdout, 'false\n')
})
