import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, sign as rawSign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { importJWK, jwtVerify, SignJWT } from 'jose'
import { ES256, RS256, signerFor } from '../../../test/support/oidc-house.ts'
import { checkTimes } from './check-times.ts'
import { parseJws } from './parse-jws.ts'
import { signJws } from './sign-jws.ts'
import { verifyJws } from './verify-jws.ts'

const keys = [RS256, ES256]
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The code of the first step that refuses, or `ok`. */
const judge = (text: string, types: readonly string[] = ['jwt']): string => {
  const parsed = parseJws(text)
  if (!parsed.ok) return parsed.error.code
  const verified = verifyJws(parsed.value, { keys, types })
  return verified.ok ? 'ok' : verified.error.code
}

const signed = (header: object, payload: object = { sub: 'ana' }, key = RS256): string => {
  const input = `${encode(header)}.${encode(payload)}`
  const signature = rawSign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

const good = { alg: 'RS256', typ: 'JWT', kid: RS256.kid }

test('A21 refuses every spelling of the algorithm none, with and without a signature', () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
    const input = `${encode({ ...good, alg })}.${encode({ sub: 'ana' })}`
    assert.equal(judge(`${input}.`), 'wrong_algorithm', alg)
    assert.equal(judge(signed({ ...good, alg })), 'wrong_algorithm', alg)
  }
})

test('A21 refuses an empty signature under the right algorithm', () => {
  const input = `${encode(good)}.${encode({ sub: 'ana' })}`
  assert.equal(judge(`${input}.`), 'bad_signature')
})

test('A22 refuses a MAC made with our public key as the secret', () => {
  const pem = createPublicKey(RS256.privateKey).export({ type: 'spki', format: 'pem' }).toString()
  for (const secret of [pem, pem.trimEnd(), JSON.stringify(RS256.jwk)]) {
    const input = `${encode({ ...good, alg: 'HS256' })}.${encode({ sub: 'ana' })}`
    const mac = createHmac('sha256', secret).update(input).digest('base64url')
    assert.equal(judge(`${input}.${mac}`), 'wrong_algorithm')
    const claimed = `${encode(good)}.${encode({ sub: 'ana' })}`
    const other = createHmac('sha256', secret).update(claimed).digest('base64url')
    assert.equal(judge(`${claimed}.${other}`), 'bad_signature')
  }
})

test('A23 does not look at keys that the token brings along', () => {
  const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = attacker.publicKey.export({ format: 'jwk' })
  for (const brought of [
    { jwk },
    { jku: 'https://evil.example/jwks' },
    { x5u: 'https://evil.example/' },
    { x5c: ['AA'] },
  ]) {
    const input = `${encode({ ...good, ...brought })}.${encode({ sub: 'ana' })}`
    const signature = rawSign('sha256', Buffer.from(input), attacker.privateKey).toString('base64url')
    assert.equal(judge(`${input}.${signature}`), 'bad_signature')
    assert.equal(judge(signed({ ...good, ...brought })), 'ok', 'ignored, also beside a signature of ours')
  }
  assert.equal(judge(signed({ ...good, kid: 'attacker' })), 'unknown_key')
  assert.equal(judge(signed({ alg: 'RS256', typ: 'JWT' })), 'unknown_key')
})

test('A26 refuses an ECDSA signature of zeros, and one in DER', () => {
  const header = { alg: 'ES256', typ: 'JWT', kid: ES256.kid }
  const input = `${encode(header)}.${encode({ sub: 'ana' })}`
  const half = Buffer.alloc(32, 1)
  for (const zeros of [
    Buffer.alloc(64),
    Buffer.concat([Buffer.alloc(32), half]),
    Buffer.concat([half, Buffer.alloc(32)]),
  ]) {
    assert.equal(judge(`${input}.${zeros.toString('base64url')}`), 'bad_signature')
  }
  const der = rawSign('sha256', Buffer.from(input), ES256.privateKey).toString('base64url')
  assert.equal(judge(`${input}.${der}`), 'bad_signature')
  assert.equal(judge(signed(header, { sub: 'ana' }, ES256)), 'ok')
})

test('A22 refuses a key that is used with the algorithm of another', () => {
  assert.equal(judge(signed({ ...good, alg: 'ES256' })), 'wrong_algorithm')
  assert.equal(judge(signed({ ...good, kid: ES256.kid })), 'wrong_algorithm')
  assert.equal(judge(signed({ ...good, alg: 'PS256' })), 'wrong_algorithm')
})

test('A41 takes a token only for what its typ says it is (RFC 8725 §3.11)', () => {
  const access = signed({ ...good, typ: 'at+jwt' })
  assert.equal(judge(access, ['jwt']), 'wrong_type')
  assert.equal(judge(access, ['at+jwt']), 'ok')
  assert.equal(judge(signed({ ...good, typ: 'application/AT+JWT' }), ['at+jwt']), 'ok')
  assert.equal(judge(signed({ alg: 'RS256', kid: RS256.kid }), ['at+jwt']), 'wrong_type')
  assert.equal(judge(signed({ ...good, typ: 7 })), 'wrong_type')
})

test('refuses extensions that must be understood (RFC 7515 §4.1.11, RFC 7797)', () => {
  assert.equal(judge(signed({ ...good, crit: ['exp'] })), 'critical_header')
  assert.equal(judge(signed({ ...good, crit: [] })), 'critical_header')
  assert.equal(judge(signed({ ...good, b64: false })), 'critical_header')
})

test('refuses whatever is not three parts of canonical base64url holding two objects', () => {
  const text = signed(good)
  const [header = '', payload = '', signature = ''] = text.split('.')
  for (const broken of [
    '',
    '..',
    `${header}.${payload}`,
    `${text}.`,
    `${text}=`,
    ` ${text}`,
    `${header}.${payload}.${signature}\n`,
    `${encode([])}.${payload}.${signature}`,
    `${header}.${encode('sub')}.${signature}`,
    `${header}.${encode(null)}.${signature}`,
    `${Buffer.from('{"alg":"RS256"').toString('base64url')}.${payload}.${signature}`,
    `${header}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -1)}*`,
    'a'.repeat(40_000),
  ]) {
    assert.equal(judge(broken), 'malformed', broken.slice(0, 60))
  }
})

test('refuses a token with one character changed anywhere', () => {
  const text = signed(good)
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('A', 'B', '-', '.', '='), (at, char) => {
      if (text[at] === char) return
      assert.notEqual(judge(text.slice(0, at) + char + text.slice(at + 1)), 'ok')
    }),
    { numRuns: 300 },
  )
})

test('never throws on text from outside', () => {
  const part = fc.oneof(
    fc.string(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
  )
  fc.assert(fc.property(fc.array(part, { maxLength: 5 }), (parts) => judge(parts.join('.')) !== 'ok'))
})

const now = Date.UTC(2030, 0, 1)
const at = (seconds: number): number => now / 1000 + seconds
const times = (claims: object, more = {}): string => {
  const checked = checkTimes({ exp: at(60), ...claims } as never, { now, ...more })
  return checked.ok ? 'ok' : checked.error.code
}

test('A70 refuses what lies beyond a minute of leeway', () => {
  assert.equal(times({ exp: at(-59) }), 'ok')
  assert.equal(times({ exp: at(-61) }), 'expired')
  assert.equal(times({ exp: at(0) }, { leeway: 0 }), 'expired')
  assert.equal(times({ iat: at(59) }), 'ok')
  assert.equal(times({ iat: at(3600) }), 'not_yet')
  assert.equal(times({ nbf: at(61) }), 'not_yet')
})

test('A70 refuses times that are no instant', () => {
  for (const exp of [
    undefined,
    null,
    String(at(60)),
    1e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    true,
    [at(60)],
    {},
  ]) {
    assert.equal(times({ exp }), 'bad_time', String(exp))
  }
  assert.equal(times({ iat: '1' }), 'bad_time')
  assert.equal(times({ nbf: 1e308 }), 'bad_time')
})

test('a hint may be of any age, and still not from the future', () => {
  assert.equal(times({ exp: 5 }, { anyAge: true }), 'ok')
  assert.equal(times({ exp: 5, iat: at(3600) }, { anyAge: true }), 'not_yet')
})

for (const key of keys) {
  test(`jose verifies what ${key.algorithm} signs here, and its tokens verify here`, async () => {
    const text = await signJws('at+jwt', { sub: 'ana', left: undefined }, signerFor(key))
    const { payload, protectedHeader } = await jwtVerify(text, await importJWK({ ...key.jwk, alg: key.algorithm }), {
      typ: 'at+jwt',
    })
    assert.deepEqual(payload, { sub: 'ana' })
    assert.deepEqual(protectedHeader, { alg: key.algorithm, typ: 'at+jwt', kid: key.kid })
    const theirs = await new SignJWT({ sub: 'ana' })
      .setProtectedHeader({ alg: key.algorithm, kid: key.kid })
      .sign(key.privateKey)
    assert.equal(judge(theirs), 'ok')
  })
}

test('waits for a signer that takes its time', async () => {
  const signer = signerFor(RS256)
  const slow = { ...signer, sign: async (input: string) => signer.sign(input) }
  assert.equal(await signJws('JWT', { sub: 'ana' }, slow), await signJws('JWT', { sub: 'ana' }, signer))
})
