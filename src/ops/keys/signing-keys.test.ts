import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { compactVerify, importJWK, type JWK } from 'jose'
import { base64url } from '../../base/bytes.ts'
import { DAY } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { secret } from '../../base/secret.ts'
import { type KeyRing, UnsealError } from '../../domain/keys/key-ring.ts'
import type { DataKey, SigningKey } from '../../store/store.ts'
import { openKeyRing } from './key-ring.ts'
import { generateSigningKey, importSigningKey } from './make-signing-key.ts'
import { thumbprint } from './public-jwk.ts'
import { SIGNING_ALGORITHMS } from './signing-algorithm.ts'
import { openSigningKeys } from './signing-keys.ts'

const NOW = Date.UTC(2026, 0, 1)
const origin = { keypair: 'default', state: 'active', activeFrom: NOW, now: NOW } as const

const newRing = async (): Promise<KeyRing> => {
  const opened = await openKeyRing({
    keys: { all: async () => [], insertFirst: async (key: DataKey) => key, rewrap: async () => {} },
    secretKey: secret('a secret key for the tests of signing keys'),
    previousKeys: [],
    now: NOW,
    random: systemRandom,
  })
  assert(opened.ok)
  return opened.value
}

let ring: KeyRing
before(async () => {
  ring = await newRing()
})

const pem = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8') =>
  secret(key.export({ type: type as 'pkcs8', format: 'pem' }).toString())
const open = (...rows: SigningKey[]) => openSigningKeys(async () => rows, ring)

const jwt = (kid: string, alg: string) =>
  `${base64url(JSON.stringify({ alg, kid }))}.${base64url(JSON.stringify({ sub: 'ana' }))}`

describe('importing a signing key', () => {
  const refusal = (key: string, kid?: string) => {
    const made = importSigningKey(ring, origin, secret(key), kid)
    assert(!made.ok)
    return made.error
  }

  it('refuses what is no private key, without repeating it', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    })
    for (const text of ['', 'hunter2', publicKey.export({ type: 'spki', format: 'pem' }), encrypted, 'x'.repeat(1e6)]) {
      const error = refusal(text.toString())
      assert.equal(error.code, 'key_unreadable')
      assert(!inspect(error).includes('hunter2'))
    }
  })

  it('refuses keys that are too weak or sign no tokens (RFC 7518 §3.3)', () => {
    const keys = [
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      generateKeyPairSync('ed448'),
      generateKeyPairSync('x25519'),
    ]
    for (const { privateKey } of keys) {
      assert.equal(refusal(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()).code, 'key_unfit')
    }
  })

  it('refuses a kid that no header should carry', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    for (const kid of ['', 'a b', 'a\n', 'ü', 'k'.repeat(256)]) {
      const made = importSigningKey(ring, origin, pem(privateKey), kid)
      assert(!made.ok)
      assert.equal(made.error.code, 'kid_unfit')
    }
  })

  it('keeps the kid that clients know from authentik, and takes its forms of PEM', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    const forms = [
      { form: pem(rsa), algorithm: 'RS256' },
      { form: pem(rsa, 'pkcs1'), algorithm: 'RS256' },
      { form: pem(ec, 'sec1'), algorithm: 'ES384' },
    ] as const
    for (const { form, algorithm } of forms) {
      const kid = createHash('sha512').update(systemRandom(8)).digest('base64url')
      const made = importSigningKey(ring, origin, form, kid)
      assert(made.ok)
      assert.equal(made.value.algorithm, algorithm)
      const keys = await open(made.value)
      assert.equal(keys.signer('default')?.kid, kid)
      assert.equal(keys.published('default')[0]?.jwk.kid, kid)
    }
  })
})

describe('the kid', () => {
  it('is the thumbprint of the public key (RFC 7638 §3.1, its example)', () => {
    const key = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'RSA',
        n:
          '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3' +
          'oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA' +
          'ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-' +
          'kEgU8awapJzKnqDKgw',
        e: 'AQAB',
      },
    })
    assert.equal(thumbprint(key), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  it('is the thumbprint of an Ed25519 key (RFC 8037 Appendix A.3)', () => {
    const key = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    })
    assert.equal(thumbprint(key), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })
})

describe('what is published', () => {
  it('O07 shows public members only, whatever the rows hold', async () => {
    for (const algorithm of SIGNING_ALGORITHMS) {
      const row = await generateSigningKey(ring, origin, algorithm)
      const [key] = (await open({ ...row, publicJwk: { ...row.publicJwk, d: 'private', k: 'symmetric' } })).published(
        'default',
      )
      const allowed = ['kty', 'crv', 'x', 'y', 'n', 'e', 'use', 'alg', 'kid']
      assert.deepEqual(
        Object.keys(key?.jwk ?? {}).filter((name) => !allowed.includes(name)),
        [],
      )
      assert.deepEqual(key?.jwk, row.publicJwk)
    }
  })

  it('O07 follows from the sealed private keys: a public key written into the database is not trusted', async () => {
    const row = await generateSigningKey(ring, origin, 'ES256')
    const stranger = await generateSigningKey(await newRing(), origin, 'ES256')
    const forged: SigningKey = { ...row, publicJwk: { ...stranger.publicJwk, kid: row.kid } }
    assert.deepEqual((await open(forged)).published('default')[0]?.jwk, row.publicJwk)
    // A whole row of theirs does not open, and a sealed key does not open under another kid.
    await assert.rejects(open(row, stranger), UnsealError)
    await assert.rejects(open({ ...row, kid: 'another' }), UnsealError)
  })

  it('O07 gives no key of another key pair', async () => {
    const ours = await generateSigningKey(ring, origin, 'ES256')
    const theirs = await generateSigningKey(ring, { ...origin, keypair: 'other' }, 'ES256')
    const keys = await open(ours, theirs)
    assert.deepEqual(
      keys.published('default').map((key) => key.kid),
      [ours.kid],
    )
    assert.equal(keys.signer('other')?.kid, theirs.kid)
    assert.deepEqual(keys.published('unknown'), [])
    assert.equal(keys.signer('unknown'), undefined)
  })

  it('O07 verifies what an old key signed until it is removed, and refuses it from then on', async () => {
    const old = await generateSigningKey(ring, origin, 'ES256')
    const fresh = await generateSigningKey(ring, { ...origin, now: NOW + DAY }, 'ES256')
    let rows: SigningKey[] = [old]
    const keys = await openSigningKeys(async () => rows, ring)
    const input = jwt(old.kid, 'ES256')
    const signature = await keys.signer('default')?.sign(input)
    assert(signature)
    const accepted = () => keys.published('default').some((key) => key.kid === old.kid && key.verify(input, signature))

    rows = [{ ...old, state: 'retired' }, fresh]
    await keys.reload()
    assert.equal(keys.signer('default')?.kid, fresh.kid)
    assert.equal(accepted(), true)
    assert.equal(
      keys
        .published('default')
        .find((key) => key.kid === fresh.kid)
        ?.verify(input, signature),
      false,
    )

    rows = [fresh]
    await keys.reload()
    assert.equal(accepted(), false)
  })

  it('lists the active key first, then the next, then those retired', async () => {
    const made = await Promise.all(
      (['retired', 'next', 'active', 'retired'] as const).map(async (state, index) => ({
        ...(await generateSigningKey(ring, { ...origin, state: 'next', now: NOW + index }, 'EdDSA')),
        state,
      })),
    )
    const keys = await open(...made)
    const order = keys.published('default').map((key) => made.find((one) => one.kid === key.kid)?.state)
    assert.deepEqual(order, ['active', 'next', 'retired', 'retired'])
    assert.equal(keys.signer('default')?.kid, made[2]?.kid)
  })

  it('has no signer where only a next key stands: it is published, not used', async () => {
    const keys = await open(await generateSigningKey(ring, { ...origin, state: 'next' }, 'ES256'))
    assert.equal(keys.signer('default'), undefined)
    assert.equal(keys.published('default').length, 1)
  })
})

describe('loading', () => {
  it('refuses a key under an algorithm that is not its own (RFC 8725 §3.1)', async () => {
    const row = await generateSigningKey(ring, origin, 'ES256')
    for (const algorithm of ['HS256', 'none', 'RS256', 'ES384']) {
      await assert.rejects(open({ ...row, algorithm }), /is not a/)
    }
  })

  it('keeps what stands in use when the rows cannot be read or do not open', async () => {
    const row = await generateSigningKey(ring, origin, 'ES256')
    let answer = async (): Promise<SigningKey[]> => [row]
    const keys = await openSigningKeys(() => answer(), ring)
    answer = () => Promise.reject(new Error('the database is away'))
    await assert.rejects(keys.reload())
    answer = async () => [{ ...row, kid: 'spoilt' }]
    await assert.rejects(keys.reload())
    assert.equal(keys.signer('default')?.kid, row.kid)
    answer = async () => []
    await keys.reload()
    assert.equal(keys.signer('default'), undefined)
  })

  it('ends with the newest rows when two reloads meet', async () => {
    const [old, fresh] = [
      await generateSigningKey(ring, origin, 'ES256'),
      await generateSigningKey(ring, origin, 'ES256'),
    ]
    const slow = Promise.withResolvers<SigningKey[]>()
    const answers = [async () => [old], () => slow.promise, async () => [fresh]]
    const keys = await openSigningKeys(() => (answers.shift() as () => Promise<SigningKey[]>)(), ring)
    const both = Promise.all([keys.reload(), keys.reload()])
    slow.resolve([old])
    await both
    assert.equal(keys.signer('default')?.kid, fresh.kid)
  })

  it('opens each private key once, not at every change', async () => {
    const row = await generateSigningKey(ring, origin, 'ES256')
    let opened = 0
    const counting: Pick<KeyRing, 'unseal'> = {
      unseal(sealed, place) {
        opened++
        return ring.unseal(sealed, place)
      },
    }
    let state: SigningKey['state'] = 'next'
    const keys = await openSigningKeys(async () => [{ ...row, state }], counting)
    state = 'active'
    await keys.reload()
    assert.equal(opened, 1)
    assert.equal(keys.signer('default')?.kid, row.kid)
  })
})

describe('signing', () => {
  const cases = [...SIGNING_ALGORITHMS.map((algorithm) => [algorithm, 2048] as const), ['RS256', 3072] as const]
  for (const [algorithm, bits] of cases) {
    it(`${algorithm}${bits > 2048 ? ` with ${bits} bits, on the thread pool` : ''} is verified by another implementation, and refuses what was altered`, async () => {
      const row = await generateSigningKey(ring, origin, algorithm, bits)
      const keys = await open(row)
      const signer = keys.signer('default')
      const [published] = keys.published('default')
      assert(signer && published)
      const input = jwt(row.kid, algorithm)
      const signed = signer.sign(input)
      assert.equal(signed instanceof Promise, bits > 2048)
      const signature = await signed

      await compactVerify(`${input}.${base64url(signature)}`, await importJWK(published.jwk as JWK, algorithm))
      assert.equal(published.verify(input, signature), true)
      assert.equal(published.verify(`${input}x`, signature), false)
      assert.equal(published.verify(input, signature.subarray(1)), false)
      assert.equal(published.verify(input, new Uint8Array(0)), false)
      assert.equal(published.verify(input, Buffer.concat([signature, signature])), false)
      // The all-zero signature that some libraries took for any message (CVE-2022-21449).
      assert.equal(published.verify(input, new Uint8Array(signature.length)), false)
    })
  }

  it('O06 leaves no private key in the row that is stored', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const made = importSigningKey(ring, origin, pem(privateKey))
    assert(made.ok)
    const row = JSON.stringify(made.value)
    const { d = '', p = '', q = '' } = privateKey.export({ format: 'jwk' })
    for (const part of [d, p, q, 'PRIVATE']) assert(!row.includes(part))
  })
})
