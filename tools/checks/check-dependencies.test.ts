import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dependencyFaults } from './check-dependencies.ts'

const page =
  '| package | for | licence |\n|---|---|---|\n| `pg` | PostgreSQL | MIT |\n| `@types/pg` | its types | MIT |\n'
const manifest = { dependencies: { pg: '1.0.0' }, devDependencies: { '@types/pg': '1.0.0' }, optionalDependencies: {} }
const lock = { 'node_modules/pg': { license: 'MIT' }, 'node_modules/@types/pg': { license: 'MIT', dev: true } }

test('accepts a page that names every direct dependency with its licence', () => {
  assert.deepEqual(dependencyFaults(page, manifest, lock), [])
})

test('tells a dependency that the page lacks, one that is gone, an empty cell and a wrong licence', () => {
  const more = { ...manifest, optionalDependencies: { yaml: '1.0.0' } }
  assert.match(dependencyFaults(page, more, lock).join(), /does not name yaml/)
  assert.match(
    dependencyFaults(`${page}| \`left-pad\` | x | MIT |\n`, manifest, lock).join(),
    /left-pad, which is gone/,
  )
  assert.match(
    dependencyFaults(page.replace('its types', ' '), manifest, lock).join(),
    /leaves a cell of @types\/pg empty/,
  )
  assert.match(
    dependencyFaults(page, manifest, { ...lock, 'node_modules/pg': { license: 'ISC' } }).join(),
    /another licence than ISC/,
  )
})

test('refuses what a server installs under a licence that is not free of duties, however deep', () => {
  const deep = (license: string | undefined) =>
    dependencyFaults(page, manifest, { ...lock, 'node_modules/pg/node_modules/x': license ? { license } : {} })
  assert.match(deep('AGPL-3.0-only').join(), /node_modules\/x is under AGPL-3.0-only/)
  assert.match(deep(undefined).join(), /under no licence/)
  assert.deepEqual(deep('0BSD'), [])
})
