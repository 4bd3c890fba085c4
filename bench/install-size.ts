/** What an installation holds beside Node itself: the packages that `npm ci --omit=dev` puts down, as they lie on the disk. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const BLOCK = 512

/** Bytes that a package takes on the disk; packages inside it are counted by themselves. */
const sizeOf = (folder: string): number => {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name)
    if (entry.isDirectory()) bytes += entry.name === 'node_modules' ? 0 : sizeOf(at)
    else bytes += lstatSync(at).blocks * BLOCK
  }
  return bytes
}

/** In megabytes: the packages, and Node where npm brought it. */
export const installSize = (root: string): { packages: number; node: number } => {
  const lock: { packages: Record<string, { dev?: boolean }> } = JSON.parse(
    readFileSync(path.join(root, 'package-lock.json'), 'utf8'),
  )
  const total = { packages: 0, node: 0 }
  for (const [place, entry] of Object.entries(lock.packages)) {
    const folder = path.join(root, place)
    // What is not there is for another platform.
    if (place === '' || entry.dev || !existsSync(folder)) continue
    total[/^node_modules\/node(-|$)/.test(place) ? 'node' : 'packages'] += sizeOf(folder) / 1e6
  }
  return total
}
