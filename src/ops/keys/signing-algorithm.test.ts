import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import { signWith, verifyWith } from './signing-algorithm.ts'

const CURVES = [
  ['ES256', 'P-256', 'sha256', 64],
  ['ES384', 'P-384', 'sha384', 96],
  ['ES512', 'P-521', 'sha512', 132],
] as const

for (const [algorithm, namedCurve, digest, length] of CURVES) {
  test(`writes ${algorithm} signatures as r and s of full length, however short their numbers are (RFC 7518 §3.4)`, () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    const sign = signWith(privateKey, algorithm)
    let short = 0
    // A number that begins with a zero byte comes once in 256 signatures or so (ES512: once in two, by its odd length).
    for (let count = 0; count < 2_000 && (short < 3 || count < 100); count += 1) {
      const input = `header.${count}`
      const signature = sign(input) as Uint8Array
      assert.equal(signature.length, length)
      assert(
        verify(digest, Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
        Buffer.from(signature).toString('hex'),
      )
      assert(!verifyWith(publicKey, algorithm)(`${input}x`, signature))
      if (signature[0] === 0 || signature[length / 2] === 0) short += 1
    }
    assert(short > 0)
  })
}
