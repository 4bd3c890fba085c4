/** Starts Gatehouse's command line from the source tree: installs what is missing, finds Node 24, hands over. */
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { become } from './become.mjs'
import { bundleOf, makeBundle } from './bundle.mjs'
import { NO_NODE, node24 } from './node-24.mjs'
import { isInstalled, npmCi } from './npm-ci.mjs'
import { ENVIRONMENT, FLAGS } from './run-settings.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`)

/** @param {string} line @returns {never} */
const giveUp = (line) => {
  say(line)
  process.exit(1)
}

/** @param {string[]} args of the `gatehouse` command */
export const gatehouse = async (args) => {
  if (!isInstalled(root, 'run')) {
    say('Installing what Gatehouse needs (once, about half a minute) …')
    if (!npmCi(root, 'run')) giveUp('npm could not install it; its own words are above.')
  }
  const node = node24(root) ?? giveUp(NO_NODE)
  become(node, [...FLAGS, await program(), ...args], { ...ENVIRONMENT, ...process.env, ...compileCache(args[0]) })
}

/** The bundle; where it cannot be made (a folder of somebody else), the sources, which are slower and do the same. */
const program = async () => {
  try {
    return bundleOf(root) ?? (await makeBundle(root))
  } catch (error) {
    say(`Starting from the sources: ${error instanceof Error ? error.message : error}`)
    return path.join(root, 'src', 'cli', 'main.ts')
  }
}

/**
 * Compiled code is kept in the data directory: it is ours alone already, and starting takes a third of the time.
 * Only the server makes the directory: a command run in the wrong folder leaves nothing behind.
 *
 * @param {string | undefined} command
 * @returns {NodeJS.ProcessEnv}
 */
const compileCache = (command) => {
  if (process.env.NODE_COMPILE_CACHE || process.env.GATEHOUSE_DATA_DIR_FILE) return {}
  const dataDir = path.resolve(process.env.GATEHOUSE_DATA_DIR || 'data')
  if (command !== 'serve' && !existsSync(dataDir)) return {}
  const folder = path.join(dataDir, 'cache', 'code')
  try {
    // Whoever can write here can run code as us.
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    return {}
  }
  return { NODE_COMPILE_CACHE: folder }
}
