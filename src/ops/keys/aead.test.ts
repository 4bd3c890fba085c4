import assert from 'node:assert/strict'
import { createHash, createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { utf8 } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { aead, TAG_BYTES } from './aead.ts'

type Vectors = {
  readonly vectors: readonly Readonly<Record<'key' | 'nonce' | 'plain' | 'associated' | 'box', string>>[]
  readonly accumulated: { readonly rounds: number; readonly hash: string }
}
const known: Vectors = JSON.parse(readFileSync(new URL('./aead-vectors.json', import.meta.url), 'utf8'))

const under = (key: Uint8Array) => aead(createSecretKey(key))
const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))

describe('XAES-256-GCM', () => {
  const cipher = under(systemRandom(32))
  const associated = utf8('place')
  const { nonce, box } = cipher.seal(utf8('plain'), associated, systemRandom)

  it('opens nothing that was altered anywhere: nonce, cipher text, tag, associated data, key', () => {
    for (let at = 0; at < nonce.length; at++) assert.equal(cipher.open(flip(nonce, at), box, associated), null)
    for (let at = 0; at < box.length; at++) assert.equal(cipher.open(nonce, flip(box, at), associated), null)
    assert.equal(cipher.open(nonce, box, utf8('plac')), null)
    assert.equal(under(systemRandom(32)).open(nonce, box, associated), null)
  })

  it('takes no shortened tag and no nonce of another length', () => {
    for (let length = 0; length < TAG_BYTES; length++) {
      assert.equal(cipher.open(nonce, box.subarray(0, length), associated), null)
      assert.equal(cipher.open(nonce, box.subarray(-length - 1), associated), null)
    }
    assert.equal(cipher.open(nonce.subarray(0, 23), box, associated), null)
    assert.equal(cipher.open(new Uint8Array(25), box, associated), null)
    assert.equal(cipher.open(new Uint8Array(0), box, associated), null)
  })

  it('keeps a first half of its own: what becomes of a nonce that was given out changes none after it', () => {
    const sealing = under(systemRandom(32))
    const first = sealing.seal(utf8('plain'), associated, systemRandom).nonce
    const drawn = Uint8Array.from(first)
    first.fill(0)
    const second = sealing.seal(utf8('plain'), associated, systemRandom).nonce
    assert.deepEqual(Buffer.from(second.subarray(0, 12)), Buffer.from(drawn.subarray(0, 12)))
  })

  it('keeps the first half of a nonce and draws the second anew, and opens what any other first half made', () => {
    const key = systemRandom(32)
    const sealed = Array.from({ length: 200 }, () => under(key).seal(utf8('plain'), associated, systemRandom))
    const one = under(key)
    const own = Array.from({ length: 200 }, () => one.seal(utf8('plain'), associated, systemRandom))
    const halves = (at: 0 | 12) =>
      new Set(own.map(({ nonce: made }) => Buffer.from(made.slice(at, at + 12)).toString('hex')))
    assert.equal(halves(0).size, 1)
    assert.equal(halves(12).size, 200)
    for (const each of [...sealed, ...own, ...sealed]) {
      assert.equal(one.open(each.nonce, each.box, associated)?.toString(), 'plain')
    }
  })

  it('gives the cipher texts of the specification, with either way of doubling', () => {
    for (const vector of known.vectors) {
      const made = under(Buffer.from(vector.key, 'hex')).seal(utf8(vector.plain), utf8(vector.associated), () =>
        utf8(vector.nonce),
      )
      assert.equal(made.box.toString('hex'), vector.box)
    }
  })

  it('gives the accumulated hash of the specification, and opens each of its cipher texts', () => {
    const { rounds, hash } = known.accumulated
    // Each round reads a key, a nonce and two texts of up to 255 bytes.
    const stream = createHash('shake128', { outputLength: rounds * 568 }).digest()
    const outcome = createHash('shake128', { outputLength: 32 })
    let at = 0
    const take = (length: number) => {
      at += length
      return stream.subarray(at - length, at)
    }
    const text = () => take(take(1)[0] ?? 0)
    for (let round = 0; round < rounds; round++) {
      const key = under(take(32))
      const drawn = take(24)
      const plain = text()
      const about = text()
      const made = key.seal(plain, about, () => drawn)
      assert.deepEqual(key.open(drawn, made.box, about), plain)
      outcome.update(made.box)
    }
    assert.equal(outcome.digest('hex'), hash)
  })
})
