/**
 * `npm test`: installs what the tests need, goes on under Node 24, then runs every check and every test.
 * `npm test -- <pattern>` runs the test files whose path holds the pattern, without the checks.
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { become } from './launch/become.mjs'
import { NO_NODE, node24 } from './launch/node-24.mjs'
import { isInstalled, npmCi } from './launch/npm-ci.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const giveUp = (/** @type {string} */ line) => {
  process.stderr.write(`${line}\n0 passed, 1 failed\n`)
  process.exit(1)
}

if (!isInstalled(root, 'develop')) {
  process.stdout.write('Installing what the tests need …\n')
  if (!npmCi(root, 'develop')) giveUp('npm could not install it; its own words are above.')
}
const node = node24(root)
if (node) become(node, [path.join(root, 'tools', 'verify', 'main.ts'), ...process.argv.slice(2)], process.env)
else giveUp(NO_NODE)
