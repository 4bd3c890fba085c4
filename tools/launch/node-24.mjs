/**
 * Finds the Node to run on: this one when it is new enough, else the one that npm brought
 * (docs/adr/0001-node-from-npm.md).
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** Node 24 runs TypeScript as it is and holds SQLite; both are what Gatehouse stands on. */
const OLDEST = 24

/**
 * The path of a Node that can run Gatehouse, or null.
 *
 * @param {string} root the folder of package.json
 * @returns {string | null}
 */
export const node24 = (root) => {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST) return process.execPath
  const brought = path.join(root, 'node_modules', '.bin', 'node')
  // Asked to run, not only looked for: on musl the file is there and cannot be started.
  const answer = spawnSync(brought, ['--version'], { encoding: 'utf8' }).stdout
  return Number.parseInt(answer?.slice(1) ?? '', 10) >= OLDEST ? brought : null
}

export const NO_NODE = `Gatehouse needs Node ${OLDEST} or newer, and npm has none for this machine (${process.platform} ${process.arch}). Install it from https://nodejs.org and try again.`
