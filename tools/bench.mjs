/** `npm run bench [name]`: measures, under Node 24, what bench/<name>.ts measures; the name is `run` unless given. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { become } from './launch/become.mjs'
import { NO_NODE, node24 } from './launch/node-24.mjs'
import { isInstalled, npmCi } from './launch/npm-ci.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const script = path.join(root, 'bench', `${process.argv[2] ?? 'run'}.ts`)

const giveUp = (/** @type {string} */ line) => {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}

if (!existsSync(script)) giveUp(`There is no ${script}.`)
if (!isInstalled(root, 'develop') && !npmCi(root, 'develop')) giveUp('npm could not install what is needed.')
const node = node24(root)
if (node) become(node, [script, ...process.argv.slice(3)], process.env)
else giveUp(NO_NODE)
