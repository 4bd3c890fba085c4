/** The filter of leaked passwords: never misses one of its list, and tells a damaged block from a sound one. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import {
  addToBlock,
  BLOCK,
  blockOf,
  blocksFor,
  breachedKey,
  isInBlock,
  isSound,
  readHead,
  sealBlock,
  writeHead,
} from './breached-filter.ts'

const key = (text: string) => breachedKey(Buffer.from(text))

it('looks up the SHA-1 of a password, as published lists have it', () => {
  assert.equal(Buffer.from(key('password')).toString('hex'), '5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8')
})

it('finds every password of its list, and takes fewer than one in a thousand others for one', () => {
  const entries = 20_000
  const blocks = blocksFor(entries)
  const filter = Array.from({ length: blocks }, () => new Uint8Array(BLOCK))
  const block = (one: Uint8Array) => filter[blockOf(one, blocks)] ?? assert.fail('no such block')
  for (let index = 0; index < entries; index++) addToBlock(block(key(`in ${index}`)), key(`in ${index}`))
  const listed = (text: string) => isInBlock(block(key(text)), key(text))
  let missed = 0
  let wrong = 0
  for (let index = 0; index < entries; index++) if (!listed(`in ${index}`)) missed++
  for (let index = 0; index < 100_000; index++) if (listed(`out ${index}`)) wrong++
  assert.equal(missed, 0)
  assert.ok(wrong < 100, `${wrong} of 100,000`)
})

it('tells any changed byte of a block, and a block in another’s place', () => {
  const block = new Uint8Array(BLOCK)
  addToBlock(block, key('password'))
  sealBlock(block, 7)
  assert.ok(isSound(block, 7))
  assert.ok(!isSound(block, 8))
  assert.ok(!isSound(block.subarray(0, BLOCK - 1), 7))
  fc.assert(
    fc.property(fc.nat(BLOCK - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Uint8Array.from(block)
      changed[at] = (changed[at] ?? 0) ^ by
      return !isSound(changed, 7)
    }),
  )
})

it('reads no head of anything but a whole file of its own', () => {
  const head = writeHead({ entries: 3, blocks: 2 })
  assert.deepEqual(readHead(head, 3 * BLOCK), { entries: 3, blocks: 2 })
  assert.equal(readHead(head, 3 * BLOCK - 1), null)
  assert.equal(readHead(head, 4 * BLOCK), null)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2 * BLOCK }), (bytes) => readHead(bytes, bytes.length) === null))
  fc.assert(
    fc.property(fc.nat(BLOCK - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Uint8Array.from(head)
      changed[at] = (changed[at] ?? 0) ^ by
      return readHead(changed, 3 * BLOCK) === null
    }),
  )
})
