/** Yubico's python-fido2, as the maker of passkeys before us and as a relying party beside us: an independent reading. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { test } from 'node:test'
import { creationOptions } from '../../../src/protocol/webauthn/creation-options.ts'
import { readAssertion, readRegistration } from '../../../src/protocol/webauthn/read-response.ts'
import { requestOptions } from '../../../src/protocol/webauthn/request-options.ts'
import { verifyAssertion } from '../../../src/protocol/webauthn/verify-assertion.ts'
import { verifyRegistration } from '../../../src/protocol/webauthn/verify-registration.ts'
import { ensureApt } from '../../support/apt.ts'
import { makePasskey, usePasskey } from '../../support/passkey-maker.ts'

const skip = !ensureApt(['python3-fido2']) && 'needs Debian packages'

const ORIGIN = 'https://id.example.com'
const RP = 'id.example.com'
const challenge = (): string => randomBytes(32).toString('base64url')

const order = (value: object): Record<string, unknown> => {
  const ran = spawnSync('/usr/bin/python3', [path.join(import.meta.dirname, 'maker.py')], {
    input: JSON.stringify(value),
    encoding: 'utf8',
  })
  assert.equal(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

const asked = () =>
  creationOptions({
    relyingParty: { id: RP, name: 'Example' },
    user: { handle: challenge(), name: 'ana', displayName: 'Ana Example' },
    challenge: challenge(),
    userVerification: 'required',
    residentKey: 'preferred',
    attachment: 'cross-platform',
    exclude: [{ id: 'AAAA', transports: ['usb'] }],
  })

const using = (id: string) =>
  requestOptions({
    rpId: RP,
    challenge: challenge(),
    userVerification: 'required',
    allow: [{ id, transports: ['usb'] }],
  })

type Kept = { readonly credentialId: string; readonly publicKey: string }

const register = async (text: string, options: ReturnType<typeof asked>): Promise<Kept> => {
  const read = readRegistration(text)
  assert.ok(read.ok)
  const expected = { challenge: String(options.challenge), origin: ORIGIN, rpId: RP, userVerification: true }
  const judged = await verifyRegistration(read.value, expected)
  assert.ok(judged.ok, JSON.stringify(judged))
  return judged.value
}

const check = async (
  text: string,
  options: ReturnType<typeof using>,
  { credentialId, publicKey }: Kept,
  handle: string,
) => {
  const read = readAssertion(text)
  assert.ok(read.ok)
  return verifyAssertion(read.value, {
    challenge: String(options.challenge),
    origin: ORIGIN,
    userVerification: true,
    named: false,
    credential: { credentialId, publicKey, rpId: RP, userHandle: handle, backupEligible: false },
  })
}

for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as const) {
  for (const format of ['none', 'packed'] as const) {
    test(`takes what python-fido2 makes of our options by ${algorithm}, attested ${format}, and what it signs`, {
      skip,
    }, async () => {
      const options = asked()
      const { answer, pem, id, handle } = order({
        act: 'create',
        options,
        origin: ORIGIN,
        algorithm,
        format,
        counter: 7,
      })
      const kept = await register(JSON.stringify(answer), options)
      const asks = using(String(id))
      const signed = order({ act: 'get', options: asks, origin: ORIGIN, pem, id, handle, counter: 8 })
      const verdict = await check(JSON.stringify(signed.answer), asks, kept, String(handle))
      assert.deepEqual(verdict.ok && [verdict.value.counter, verdict.value.userVerified], [8, true])
      // The same for another question is none.
      const other = await check(JSON.stringify(signed.answer), using(String(id)), kept, String(handle))
      assert.equal(!other.ok && other.error.code, 'wrong_challenge')
    })
  }

  test(`python-fido2’s server takes what our software authenticator makes by ${algorithm}, and reads the same key`, {
    skip,
  }, async () => {
    const options = asked()
    const user = options.user as { id: string }
    const made = makePasskey(
      { challenge: String(options.challenge), rp: { id: RP }, user },
      ORIGIN,
      { algorithm },
      { attestation: 'packed' },
    )
    const { publicKey, credentialId } = await register(made.answer, options)
    const asks = using(made.passkey.id)
    const used = usePasskey(made.passkey, { challenge: String(asks.challenge), rpId: RP }, ORIGIN)
    const judged = order({
      act: 'judge',
      rpId: RP,
      made: JSON.parse(made.answer),
      madeFor: options.challenge,
      used: JSON.parse(used),
      usedFor: asks.challenge,
      publicKey,
    })
    assert.deepEqual(judged, { credential: credentialId, same: true })
  })
}
