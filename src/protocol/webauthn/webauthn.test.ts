/** What we take of browsers and authenticators, and of those who pretend to be. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cbor, type Lies, type MadePasskey, makePasskey, usePasskey } from '../../../test/support/passkey-maker.ts'
import { counterWentBack } from './counter-went-back.ts'
import { originProblem } from './origin-problem.ts'
import { readAssertion, readRegistration } from './read-response.ts'
import { rpIdOf } from './relying-party.ts'
import { verifyAssertion } from './verify-assertion.ts'
import { verifyRegistration } from './verify-registration.ts'
import { isWholeCbor } from './whole-cbor.ts'

const ORIGIN = 'https://id.example.com'
const RP = 'id.example.com'
const challenge = () => randomBytes(32).toString('base64url')

const registration = async (lies: Lies = {}, kind: Parameters<typeof makePasskey>[2] = {}, verify = false) => {
  const asked = { challenge: challenge(), rp: { id: RP }, user: { id: randomBytes(32).toString('base64url') } }
  const { passkey, answer } = makePasskey(asked, ORIGIN, kind, lies)
  const read = readRegistration(answer)
  if (!read.ok) return { passkey, code: read.error.code, value: null }
  const judged = await verifyRegistration(read.value, {
    challenge: asked.challenge,
    origin: ORIGIN,
    rpId: RP,
    userVerification: verify,
  })
  return judged.ok
    ? { passkey, code: null, value: judged.value }
    : { passkey, code: judged.error.code, value: null, detail: judged.error.detail }
}

type Use = { lies?: Lies; verify?: boolean; named?: boolean; answer?: string; expected?: string }

const assertion = async (
  passkey: MadePasskey,
  publicKey: string,
  { lies = {}, verify = true, named = false, answer, expected }: Use = {},
) => {
  const asked = { challenge: challenge(), rpId: passkey.rpId }
  const read = readAssertion(answer ?? usePasskey(passkey, asked, ORIGIN, lies))
  if (!read.ok) return read.error.code
  const judged = await verifyAssertion(read.value, {
    challenge: expected ?? asked.challenge,
    origin: ORIGIN,
    userVerification: verify,
    named,
    credential: {
      credentialId: passkey.id,
      publicKey,
      rpId: RP,
      userHandle: passkey.userHandle,
      backupEligible: passkey.synced,
    },
  })
  return judged.ok ? judged.value : judged.error.code
}

const made = async (kind: Parameters<typeof makePasskey>[2] = {}) => {
  const { passkey, value } = await registration({}, kind)
  return { passkey, publicKey: value?.publicKey ?? assert.fail('not taken') }
}

describe('an address that can do it', () => {
  it('is https by a name, or localhost; an IP address or plain http is told why not', () => {
    const cases = {
      'https://id.example.com': null,
      'https://nas:9443': null,
      'http://localhost:9000': null,
      'http://id.localhost': null,
      'https://192.168.1.10:9443': 'ip_address',
      'https://[fd00::1]': 'ip_address',
      'http://127.0.0.1:9000': 'ip_address',
      'http://id.example.com': 'plain_http',
      'http://notlocalhost': 'plain_http',
    }
    for (const [origin, why] of Object.entries(cases)) assert.equal(originProblem(origin), why, origin)
  })

  it('makes passkeys for the public host, for it and the hosts below; another domain for itself; as its brand says', () => {
    const of = (origin: string, brand: string | null = null) => rpIdOf(origin, { brand, publicHost: RP })
    assert.equal(of(ORIGIN), RP)
    assert.equal(of('https://team.id.example.com:8443'), RP)
    assert.equal(of('https://login.example.org'), 'login.example.org')
    assert.equal(of('https://evilid.example.com'), 'evilid.example.com')
    assert.equal(of('https://login.example.com', 'example.com'), 'example.com')
  })
})

describe('registration (Level 3 §7.1)', () => {
  it('E01 E03 E09 refuses another challenge, origin, type or frame', async () => {
    const cases: [Lies, string][] = [
      [{ challenge: challenge() }, 'wrong_challenge'],
      [{ challenge: '' }, 'wrong_challenge'],
      [{ origin: 'https://evil.example' }, 'wrong_origin'],
      [{ origin: 'https://sub.id.example.com' }, 'wrong_origin'],
      [{ origin: 'https://id.example.com:8443' }, 'wrong_origin'],
      [{ origin: 'http://id.example.com' }, 'wrong_origin'],
      [{ origin: 'https://id.example.com/' }, 'wrong_origin'],
      [{ origin: 'ios:bundle-id:com.example.app' }, 'wrong_origin'],
      [{ origin: 'android:apk-key-hash:AAAA' }, 'wrong_origin'],
      [{ type: 'webauthn.get' }, 'wrong_type'],
      [{ type: 'payment.get' }, 'wrong_type'],
      [{ crossOrigin: true }, 'cross_origin'],
      [{ crossOrigin: true, topOrigin: 'https://evil.example' }, 'cross_origin'],
      [{ crossOrigin: false, topOrigin: ORIGIN }, 'cross_origin'],
    ]
    for (const [lies, code] of cases) assert.equal((await registration(lies)).code, code, JSON.stringify(lies))
  })

  it('E04 E05 E09 refuses another relying party, nobody there, a key that did not look, impossible flags, other keys', async () => {
    assert.equal((await registration({ rpId: 'example.com' })).code, 'wrong_rp_id')
    assert.equal((await registration({ present: false })).code, 'user_absent')
    assert.equal((await registration({ verified: false }, {}, true)).code, 'user_unverified')
    assert.equal((await registration({ backedUp: true, backupEligible: false })).code, 'backup_flags')
    for (const alg of [-65535, -47, -7 - 256]) {
      assert.ok((await registration({ alg })).code, String(alg))
    }
    assert.equal((await registration({ alg: -47 })).code, 'algorithm')
  })

  it('E10 refuses what follows the end, what is too long, and ids that the key did not sign', async () => {
    assert.equal((await registration({ trailing: Buffer.from([0]) })).code, 'malformed')
    assert.equal((await registration({ trailing: cbor([['fmt', 'none']]) })).code, 'malformed')
    assert.equal((await registration({ credentialId: randomBytes(1024) })).code, 'malformed')
    assert.equal((await registration({ credentialId: randomBytes(8) })).code, 'malformed')
    assert.equal((await registration({ credentialId: randomBytes(1023) })).code, null)
    const bomb = Buffer.concat([Buffer.alloc(9000, 0x81), Buffer.from([0])])
    assert.equal((await registration({ attestationObject: bomb })).code, 'malformed')
    assert.equal(
      (await registration({ attestationObject: Buffer.from('9b7fffffffffffffff', 'hex') })).code,
      'malformed',
    )
    assert.equal((await registration({ attestationObject: Buffer.from('bf6166ff', 'hex') })).code, 'malformed')
  })

  it('refuses a statement of its own that is not sound, and takes one that is', async () => {
    for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as const) {
      assert.equal((await registration({ attestation: 'packed' }, { algorithm })).code, null, algorithm)
      const spoilt = await registration({ attestation: 'packed', spoilSignature: true }, { algorithm })
      assert.ok(spoilt.code, algorithm)
    }
  })

  it('takes all three algorithms, and tells what the authenticator is', async () => {
    for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as const) {
      const { value, passkey } = await registration({}, { algorithm, synced: true, counter: 3 })
      assert.equal(value?.credentialId, passkey.id)
      assert.deepEqual(
        [value?.userVerified, value?.backupEligible, value?.backedUp, value?.counter],
        [true, true, true, 3],
      )
    }
  })
})

describe('assertion (Level 3 §7.2)', () => {
  it('E01 E02 E03 E09 refuses another challenge, origin, type or frame', async () => {
    const { passkey, publicKey } = await made()
    const cases: [Lies, string][] = [
      [{ challenge: challenge() }, 'wrong_challenge'],
      [{ origin: 'https://evil.example' }, 'wrong_origin'],
      [{ origin: 'https://id.example.com.evil.example' }, 'wrong_origin'],
      [{ origin: 'http://id.example.com' }, 'wrong_origin'],
      [{ type: 'webauthn.create' }, 'wrong_type'],
      [{ crossOrigin: true }, 'cross_origin'],
    ]
    for (const [lies, code] of cases) assert.equal(await assertion(passkey, publicKey, { lies }), code)
    assert.equal(await assertion(passkey, publicKey, { expected: '', lies: { challenge: '' } }), 'wrong_challenge')
  })

  it('E04 E05 E09 refuses another relying party, nobody there, UV=0 where it must be, and flags that changed', async () => {
    const { passkey, publicKey } = await made()
    const cases: [Lies, string][] = [
      [{ rpId: 'evil.example' }, 'wrong_rp_id'],
      [{ present: false }, 'user_absent'],
      [{ verified: false }, 'user_unverified'],
      [{ backedUp: true, backupEligible: false }, 'backup_flags'],
      [{ backupEligible: true }, 'backup_flags'],
      [{ spoilSignature: true }, 'signature'],
      [{ credentialId: randomBytes(32) }, 'other_credential'],
      [{ userHandle: randomBytes(32).toString('base64url') }, 'other_user'],
      [{ userHandle: null }, 'other_user'],
      [{ trailing: Buffer.from([0]) }, 'signature'],
    ]
    for (const [lies, code] of cases) {
      assert.equal(await assertion(passkey, publicKey, { lies }), code, JSON.stringify(lies))
    }
  })

  it('takes one by each algorithm, with a handle or, where somebody was named, without', async () => {
    for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as const) {
      const { passkey, publicKey } = await made({ algorithm, counter: 1 })
      assert.deepEqual(await assertion(passkey, publicKey), {
        userVerified: true,
        backupEligible: false,
        backedUp: false,
        counter: 2,
      })
      const touched = await assertion(passkey, publicKey, {
        named: true,
        verify: false,
        lies: { userHandle: null, verified: false },
      })
      assert.equal(typeof touched === 'object' && touched.userVerified, false)
    }
  })

  it('refuses the answer of one key for another', async () => {
    const [one, other] = [await made(), await made()]
    assert.equal(await assertion(one.passkey, other.publicKey), 'signature')
    assert.equal(await assertion(one.passkey, 'AAAA'), 'signature')
  })
})

it('E06 a counter has to go up wherever either is not nought', () => {
  const cases: [number, number, boolean][] = [
    [0, 0, false],
    [0, 1, false],
    [5, 6, false],
    [5, 5, true],
    [5, 4, true],
    [5, 0, true],
  ]
  for (const [kept, told, back] of cases) assert.equal(counterWentBack(kept, told), back, `${kept} ${told}`)
})

describe('E10 made-up answers', () => {
  it('never throw: a thousand texts, and a thousand true answers with a byte changed, cut or added', async () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.base64String()), (text) => {
        readRegistration(text)
        readAssertion(text)
      }),
      { numRuns: 1000 },
    )
    const { answer } = makePasskey(
      { challenge: 'c', rp: { id: RP }, user: { id: 'AAAA' } },
      ORIGIN,
      {},
      { attestation: 'packed' },
    )
    const whole = Buffer.from(JSON.parse(answer).response.attestationObject, 'base64url')
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      byte: fc.nat(255),
      how: fc.constantFrom('set', 'cut', 'add'),
    })
    await fc.assert(
      fc.asyncProperty(change, async ({ at, byte, how }) => {
        const rest =
          { set: whole.subarray(at + 1), cut: Buffer.alloc(0), add: whole.subarray(at) }[how] ?? Buffer.alloc(0)
        const bytes = Buffer.concat([whole.subarray(0, at), Buffer.from([byte]), rest])
        if (bytes.equals(whole)) return
        const { code } = await registration({ attestationObject: bytes })
        assert.ok(code)
      }),
      { numRuns: 1000 },
    )
  })

  it('of CBOR are one item to the last byte, or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        isWholeCbor(bytes)
        const wrapped = cbor([['k', bytes]])
        assert.ok(isWholeCbor(wrapped))
        assert.ok(!isWholeCbor(Buffer.concat([wrapped, Buffer.from([0])])))
        assert.ok(!isWholeCbor(wrapped.subarray(0, -1)))
      }),
      { numRuns: 1000 },
    )
  })
})
