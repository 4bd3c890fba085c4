/** Each room, and each kind, says in a short README what it holds. */
import { existsSync, globSync } from 'node:fs'
import path from 'node:path'
import type { Check } from './check.ts'

const FOLDERS = ['src/*/', 'src/kinds/*/*/']
// The contract is a room, and its files are no kinds.
const NO_KIND = /^src\/kinds\/contract\//

export const checkReadmes: Check = {
  name: 'readmes',
  run: async (root) =>
    globSync(FOLDERS, { cwd: root })
      .map((folder) => `${folder.replace(/\/$/, '')}/`)
      .filter((folder) => !NO_KIND.test(folder) && globSync('*.ts', { cwd: path.join(root, folder) }).length > 0)
      .filter((folder) => !existsSync(path.join(root, folder, 'README.md')))
      .map((folder) => `${folder} has no README.md`),
}
