/** Each rule of `.dependency-cruiser.cjs` bites: a small tree breaks them one by one, and one keeps them all. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { bordersCrossed } from './check-borders.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** Lays files out below a folder of their own; a line `import … from 'src/x.ts'` becomes the relative path. */
const tree = (context: TestContext, files: Record<string, string>): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'borders-'))
  context.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(
      file,
      text.replace(
        /'((?:src|test|tools)\/[^']+)'/g,
        (_, to: string) => `'./${path.posix.relative(path.dirname(name), to)}'`,
      ),
    )
  }
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ dependencies: { kysely: '*', fastify: '*', pg: '*' }, devDependencies: { 'fast-check': '*' } }),
  )
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  return folder
}

const crossed = (folder: string): Promise<string[]> => bordersCrossed(folder, { rulesIn: root, floor: 0 })

const value = (from: string): string => `import { x } from '${from}'\nexport const y = x\n`
const type = (from: string): string => `import type { x } from '${from}'\nexport type y = typeof x\n`
const LEAF = 'export const x = 1\n'

const rooms = {
  'src/base/x.ts': LEAF,
  'src/protocol/oidc/x.ts': LEAF,
  'src/protocol/saml/x.ts': LEAF,
  'src/protocol/jose/x.ts': LEAF,
  'src/domain/x.ts': LEAF,
  'src/policy/x.ts': LEAF,
  'src/events/x.ts': LEAF,
  'src/store/x.ts': LEAF,
  'src/kinds/contract/x.ts': LEAF,
  'src/kinds/stages/totp/x.ts': LEAF,
  'src/kinds/providers/oidc/x.ts': LEAF,
  'src/kinds/registry.ts': "export { x } from 'src/kinds/stages/totp/x.ts'\n",
  'src/flow/x.ts': LEAF,
  'src/resources/x.ts': LEAF,
  'src/pages/x.ts': LEAF,
  'src/outgoing/x.ts': LEAF,
  'src/jobs/x.ts': LEAF,
  'src/core/x.ts': LEAF,
  'src/http/x.ts': LEAF,
  'src/frontends/x.ts': LEAF,
  'src/ops/x.ts': LEAF,
  'test/support/x.ts': LEAF,
  // Nobody is alone here, so that what is reported is what a case did.
  'src/cli/main.ts': ['protocol/oidc', 'protocol/saml', 'protocol/jose', 'base', 'domain', 'policy', 'events', 'store']
    .concat(['kinds/contract', 'flow', 'resources', 'pages', 'outgoing', 'jobs', 'core', 'http', 'frontends', 'ops'])
    .map((room) => `export { x as ${room.replaceAll(/\W/g, '_')} } from 'src/${room}/x.ts'\n`)
    .join(''),
  'src/ops/boot.ts':
    "export { x as a } from 'src/kinds/registry.ts'\nexport { x as b } from 'src/kinds/providers/oidc/x.ts'\n",
}

test('lets every room import what the table gives it', async (context) => {
  const folder = tree(context, {
    ...rooms,
    'src/protocol/oidc/y.ts': value('src/base/x.ts'),
    'src/store/y.ts': `${value('src/domain/x.ts')}${value('kysely').replaceAll('y ', 'z ').replaceAll('x', 'Kysely')}`,
    'src/store/types.ts': type('src/events/x.ts'),
    'src/resources/types.ts': type('src/store/x.ts'),
    'src/http/types.ts': `${type('src/store/x.ts')}export { fastify } from 'fastify'\n`,
    'src/http/y.ts': value('src/core/x.ts'),
    'src/kinds/providers/oidc/y.ts': value('src/protocol/oidc/x.ts'),
    'src/kinds/providers/oidc/z.ts': value('src/protocol/jose/x.ts'),
    'src/kinds/stages/totp/y.ts': value('src/pages/x.ts'),
    'src/domain/y.test.ts': value('src/store/x.ts'),
    'src/store/cli.ts': value('src/store/x.ts'),
  })
  assert.deepEqual(await crossed(folder), [])
})

const violations: readonly [rule: string, file: string, text: string][] = [
  ['room-base', 'src/base/y.ts', value('src/domain/x.ts')],
  ['room-protocol', 'src/protocol/oidc/y.ts', value('src/domain/x.ts')],
  ['room-domain', 'src/domain/y.ts', type('src/store/x.ts')],
  ['room-policy', 'src/policy/y.ts', value('src/events/x.ts')],
  ['room-events', 'src/events/y.ts', value('src/policy/x.ts')],
  ['room-store', 'src/store/y.ts', value('src/policy/x.ts')],
  ['types-only-store', 'src/store/y.ts', value('src/events/x.ts')],
  ['room-kinds/contract', 'src/kinds/contract/y.ts', type('src/store/x.ts')],
  ['types-only-kinds/contract', 'src/kinds/contract/y.ts', value('src/protocol/oidc/x.ts')],
  ['room-flow', 'src/flow/y.ts', type('src/store/x.ts')],
  ['room-resources', 'src/resources/y.ts', value('src/flow/x.ts')],
  ['types-only-resources', 'src/resources/y.ts', value('src/store/x.ts')],
  ['room-pages', 'src/pages/y.ts', value('src/domain/x.ts')],
  ['room-outgoing', 'src/outgoing/y.ts', value('src/policy/x.ts')],
  ['types-only-jobs', 'src/jobs/y.ts', value('src/store/x.ts')],
  ['room-jobs', 'src/jobs/y.ts', value('src/core/x.ts')],
  ['types-only-core', 'src/core/y.ts', value('src/store/x.ts')],
  ['room-core', 'src/core/y.ts', value('src/http/x.ts')],
  ['types-only-http', 'src/http/y.ts', value('src/store/x.ts')],
  ['room-http', 'src/http/y.ts', value('src/ops/x.ts')],
  ['room-frontends', 'src/frontends/y.ts', value('src/http/x.ts')],
  ['types-only-frontends', 'src/frontends/y.ts', value('src/store/x.ts')],
  ['kind-room', 'src/kinds/stages/totp/y.ts', value('src/kinds/providers/oidc/x.ts')],
  ['kind-room', 'src/kinds/providers/oidc/y.ts', value('src/protocol/saml/x.ts')],
  ['kind-room', 'src/kinds/stages/totp/y.ts', type('src/store/x.ts')],
  ['kind-knows-events-by-type', 'src/kinds/stages/totp/y.ts', value('src/events/x.ts')],
  ['only-the-registry-names-kinds', 'src/ops/y.ts', value('src/kinds/stages/totp/x.ts')],
  ['registry-imports-kinds-alone', 'src/kinds/registry.ts', value('src/base/x.ts')],
  ['only-boot-reads-the-registry', 'src/flow/y.ts', value('src/kinds/registry.ts')],
  ['sql-in-store', 'src/ops/y.ts', value('kysely')],
  ['sql-in-store', 'src/ops/y.ts', value('pg')],
  ['sql-in-store', 'src/core/y.ts', value('node:sqlite')],
  ['framework-in-http', 'src/ops/y.ts', value('fastify')],
  ['requests-leave-in-outgoing', 'src/jobs/y.ts', value('node:https')],
  ['environment-in-config', 'src/ops/y.ts', value('node:process')],
  ['pure-rooms', 'src/protocol/oidc/y.ts', value('node:net')],
  ['pure-rooms', 'src/domain/y.ts', value('node:fs/promises')],
  ['pure-rooms', 'src/policy/y.ts', value('node:http')],
  ['no-cycles', 'src/base/y.ts', `${value('src/base/z.ts')}`],
  ['no-orphans', 'src/base/y.ts', LEAF],
  ['resolvable', 'src/base/y.ts', value('src/base/gone.ts')],
  ['declared', 'src/base/y.ts', value('re2js')],
  ['no-test-code-in-the-product', 'src/base/y.ts', value('test/support/x.ts')],
  ['no-development-packages-in-the-product', 'src/base/y.ts', value('fast-check')],
]

for (const [rule, file, text] of violations) {
  const to = /from '(.+)'/.exec(text)?.[1] ?? 'nobody'
  test(`${rule} bites where ${file} imports ${text.startsWith('import type') ? 'types of ' : ''}${to}`, async (context) => {
    const cycle =
      rule === 'no-cycles' ? { 'src/base/z.ts': "import { y } from 'src/base/y.ts'\nexport const x = y\n" } : {}
    const lines = await crossed(tree(context, { ...rooms, [file]: text, ...cycle }))
    assert.ok(
      lines.some((line) => line.startsWith(`${rule}: ${file} `)),
      `reported was: ${lines.join('; ') || 'nothing'}`,
    )
  })
}

test('O11 nothing that the server runs may start another program', async (context) => {
  for (const room of ['ops', 'cli', 'store', 'http']) {
    const file = `src/${room}/y.ts`
    const lines = await crossed(tree(context, { ...rooms, [file]: value('node:child_process') }))
    assert.ok(lines.includes(`no-programs-started: ${file} → child_process`), lines.join('; '))
  }
})

test('sees a value that travels beside a type of the same module, and one that is loaded late', async (context) => {
  const beside: Record<string, string> = {
    'two imports': `${type('src/store/x.ts')}import { x as late } from 'src/store/x.ts'\nexport const z = late\n`,
    'one import': "import { type x as T, x } from 'src/store/x.ts'\nexport const z: typeof T = x\n",
    'a late import': `${type('src/store/x.ts')}export const z = () => import('src/store/x.ts')\n`,
  }
  for (const [name, text] of Object.entries(beside)) {
    const lines = await crossed(tree(context, { ...rooms, 'src/resources/y.ts': text }))
    assert.ok(
      lines.includes('types-only-resources: src/resources/y.ts → src/store/x.ts'),
      `${name}: ${lines.join('; ')}`,
    )
  }
})

test('fails when there are fewer files than the floor', async (context) => {
  const folder = tree(context, { 'src/base/x.ts': LEAF, 'src/base/y.ts': value('src/base/x.ts') })
  assert.match((await bordersCrossed(folder, { rulesIn: root, floor: 3 })).join(), /only 2 files in src/)
})
