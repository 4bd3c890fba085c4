/**
 * A passkey's own papers. Whoever adds one writes them, certificates and the addresses in them included: none is asked for
 * its revocation list, and none is believed.
 */
import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import {
  bits,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8String,
} from '../../src/ops/tls/der.ts'
import { readRegistration } from '../../src/protocol/webauthn/read-response.ts'
import { verifyRegistration } from '../../src/protocol/webauthn/verify-registration.ts'
import { cbor, makePasskey } from '../support/passkey-maker.ts'

const ORIGIN = 'https://id.example.com'
const RP = 'id.example.com'
const DAY = 86_400_000

const name = (common: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), utf8String(common))))
const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'))

const certificate = (about: {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly by: KeyObject
  readonly extensions: readonly Buffer[]
}): Buffer => {
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(randomBytes(8)),
    ecdsaSha256,
    name(about.issuer),
    sequence(time(Date.now() - DAY), time(Date.now() + DAY)),
    name(about.subject),
    about.publicKey.export({ format: 'der', type: 'spki' }),
    explicit(3, sequence(...about.extensions)),
  )
  return sequence(body, ecdsaSha256, bits(sign('sha256', body, about.by)))
}

const crlAt = (address: string): Buffer => {
  const points = sequence(sequence(explicit(0, explicit(0, implicit(6, Buffer.from(address))))))
  return sequence(oid('2.5.29.31'), octets(points))
}

/** Android's description of a key, which repeats what the browser said. */
const keyDescription = (clientDataHash: Uint8Array): Buffer => {
  const number = integer(Buffer.from([1]))
  const level = Buffer.from([0x0a, 0x01, 0x00])
  const told = sequence(
    number,
    level,
    number,
    level,
    octets(clientDataHash),
    octets(Buffer.alloc(0)),
    sequence(),
    sequence(),
  )
  return sequence(oid('1.3.6.1.4.1.11129.2.1.17'), octets(told))
}

const list = (items: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x80 | items.length]), ...items.map(cbor)])

const authDataIn = (attestationObject: Buffer): Buffer => {
  const key = cbor('authData')
  const at = attestationObject.indexOf(key) + key.length
  return attestationObject.subarray(at + (attestationObject[at] === 0x58 ? 2 : 3))
}

/** A registration whose statement is made up to the last certificate. */
const forged = (challenge: string, format: 'android-key' | 'packed' | 'tpm' | 'apple', revocations: string) => {
  const asked = { challenge, rp: { id: RP }, user: { id: randomBytes(32).toString('base64url') } }
  const { passkey, answer } = makePasskey(asked, ORIGIN)
  const made = JSON.parse(answer)
  const clientDataHash = createHash('sha256').update(Buffer.from(made.response.clientDataJSON, 'base64url')).digest()
  const authData = authDataIn(Buffer.from(made.response.attestationObject, 'base64url'))
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = publicOf(passkey.key)
  const leaf = certificate({
    subject: 'A phone',
    issuer: 'Anybody',
    publicKey,
    by: root.privateKey,
    extensions: [keyDescription(clientDataHash), crlAt(revocations)],
  })
  const anybody = { subject: 'Anybody', issuer: 'Anybody', by: root.privateKey, extensions: [crlAt(revocations)] }
  const issuer = certificate({ ...anybody, publicKey: root.publicKey })
  const signature = sign('sha256', Buffer.concat([authData, clientDataHash]), passkey.key)
  const statement = [cbor('alg'), cbor(-7), cbor('sig'), cbor(signature), cbor('x5c'), list([leaf, issuer])]
  const object = Buffer.concat([
    Buffer.from([0xa3]),
    ...[
      cbor('fmt'),
      cbor(format),
      cbor('attStmt'),
      Buffer.from([0xa3]),
      ...statement,
      cbor('authData'),
      cbor(authData),
    ],
  ])
  made.response.attestationObject = object.toString('base64url')
  return { passkey, answer: JSON.stringify(made) }
}

const publicOf = (key: KeyObject): KeyObject => createPublicKey(key)

/** An address inside the house's own network, which no stranger reaches. */
const inside = async (context: TestContext) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end('not for strangers')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  // Listening on a port, so its address has one.
  return { asked, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata` }
}

test('K01 asks no address that a passkey’s certificates name, whatever papers it comes with', async (context) => {
  const { asked, address } = await inside(context)
  for (const format of ['android-key', 'packed', 'tpm', 'apple'] as const) {
    const challenge = randomBytes(32).toString('base64url')
    const { passkey, answer } = forged(challenge, format, address)
    const read = readRegistration(answer)
    assert.ok(read.ok)
    const expected = { challenge, origin: ORIGIN, rpId: RP, userVerification: true }
    const judged = await verifyRegistration(read.value, expected)
    assert.deepEqual(asked, [], format)
    // Nobody asked for papers, so none make it better or worse: what counts is the key that signs from now on.
    assert.ok(judged.ok, `${format}: ${JSON.stringify(judged)}`)
    assert.equal(judged.value.credentialId, passkey.id)
  }
})
