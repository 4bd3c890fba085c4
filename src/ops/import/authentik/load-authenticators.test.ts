/** Rows as PostgreSQL's `json_agg` writes them from authentik's tables, loaded and used to sign in. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { authenticatorApp } from '../../../../test/support/authenticator-app.ts'
import { makePasskey, usePasskey } from '../../../../test/support/passkey-maker.ts'
import { aUser } from '../../../../test/support/store-rows.ts'
import { forEachEngine, rawRows } from '../../../../test/support/stores.ts'
import { testRecorder } from '../../../../test/support/test-recorder.ts'
import { testRing } from '../../../../test/support/test-ring.ts'
import type { JsonObject } from '../../../base/json.ts'
import { systemRandom } from '../../../base/random.ts'
import { createAuthenticators } from '../../../core/authenticators.ts'
import type { ChallengeAbout, Held } from '../../../kinds/contract/authenticator.ts'
import { authenticatorKinds } from '../../../kinds/registry.ts'
import { readRegistration } from '../../../protocol/webauthn/read-response.ts'
import { verifyRegistration } from '../../../protocol/webauthn/verify-registration.ts'
import type { Store } from '../../../store/store.ts'
import { loadAuthenticators } from './load-authenticators.ts'

const NOW = Date.UTC(2030, 0, 1)
const ORIGIN = 'https://auth.example.com'
const INSTALL_ID = '5f2d1c7e-5b0a-4a3f-9f0e-0d9c2a1b3c4d'
// What authentik calls the person by: hex, as text.
const HANDLE = Buffer.from(createHash('sha256').update(`17-${INSTALL_ID}`).digest('hex')).toString('base64url')
// The key of RFC 6238's appendix, as authentik writes it and as an app has it.
const KEY = { hex: '3132333435363738393031323334353637383930', base32: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' }

const DEVICE = { confirmed: true, created: '2024-03-01T10:00:00.5+00:00', last_used: null }

const aPasskey = async () => {
  const creation = { challenge: 'AAAA', rp: { id: 'auth.example.com' }, user: { id: HANDLE } }
  const { passkey, answer } = makePasskey(creation, ORIGIN, { counter: 5 })
  const read = readRegistration(answer)
  assert.ok(read.ok)
  const expected = { challenge: 'AAAA', origin: ORIGIN, rpId: 'auth.example.com', userVerification: true }
  const made = await verifyRegistration(read.value, expected)
  assert.ok(made.ok)
  return { passkey, publicKey: made.value.publicKey }
}

const tablesWith = (
  more: Readonly<Record<string, readonly JsonObject[]>>,
): ReadonlyMap<string, readonly JsonObject[]> =>
  new Map(
    Object.entries({
      authentik_install_id: [{ id: INSTALL_ID }],
      authentik_core_user: [
        { id: 17, uuid: '8f14e45f-ceea-467f-a9f5-6b1d2c3d4e5f', username: 'ana' },
        { id: 18, uuid: '8f14e45f-ceea-467f-a9f5-6b1d2c3d4e60', username: 'nobody-here' },
      ],
      ...more,
    }),
  )

const openHouse = async (store: Store) => {
  const ring = await testRing()
  const user = await store.write((tx) => store.users.insert(tx, aUser({ username: 'ana' })))
  const { vault, kinds } = createAuthenticators({ store, ring, kinds: authenticatorKinds })
  const deps = { store, recorder: testRecorder(store), vault, kinds, now: NOW, installId: 'ours' }
  const check = async (kind: string, input: Readonly<Record<string, string>>, state: JsonObject | null = null) => {
    const { challenge } = kinds.find(({ id }) => id === kind) ?? assert.fail(kind)
    const held: readonly Held[] = await store.credentials.of(store.read, user.id, kind)
    const request = { ip: '10.0.0.1', userAgent: '', origin: ORIGIN, at: NOW, id: 'r' }
    const ports = { random: systemRandom, vault, relyingParty: { id: 'auth.example.com', name: 'Example' } }
    const read = challenge.read(input)
    assert.ok('answer' in read)
    // No kind looks at more of the person than this.
    const about = { held, state, request, ports, person: { user } } as unknown as ChallengeAbout
    const verdict = await challenge.check(read.answer, about)
    return verdict === 'wrong' || 'wrong' in verdict ? verdict : { ...verdict, right: 'right' }
  }
  return { load: (tables: Parameters<typeof loadAuthenticators>[1]) => loadAuthenticators(deps, tables), user, check }
}

forEachEngine('loads apps, recovery codes and passkeys of authentik, and each signs in', async (open) => {
  const store = await open()
  const { load, user, check } = await openHouse(store)
  const { passkey, publicKey } = await aPasskey()
  const tables = tablesWith({
    authentik_stages_authenticator_totp_totpdevice: [
      {
        ...DEVICE,
        id: 3,
        user_id: 17,
        name: 'Phone',
        key: KEY.hex,
        step: 30,
        t0: 0,
        digits: 6,
        tolerance: 1,
        drift: 0,
        last_t: 5,
      },
    ],
    authentik_stages_authenticator_static_staticdevice: [{ ...DEVICE, id: 4, user_id: 17, name: 'Codes' }],
    authentik_stages_authenticator_static_statictoken: [
      { id: 1, device_id: 4, token: 'hq3kZ9uVwL2m' },
      { id: 2, device_id: 4, token: 'xY7pQ4rT8nB5' },
      { id: 3, device_id: 99, token: 'ofSomebody00' },
    ],
    authentik_stages_authenticator_webauthn_webauthndevice: [
      {
        ...DEVICE,
        id: 5,
        user_id: 17,
        name: 'Laptop',
        credential_id: passkey.id,
        public_key: publicKey,
        sign_count: 5,
        rp_id: 'auth.example.com',
        aaguid: null,
        created_on: '2024-03-01T10:00:00+00:00',
      },
    ],
  })
  const done = await load(tables)
  assert.deepEqual(done.left, [])
  assert.deepEqual(done.loaded.map(({ kind, name }) => [kind, name]).sort(), [
    ['recovery-codes', 'Codes'],
    ['totp', 'Phone'],
    ['webauthn', 'Laptop'],
  ])

  assert.deepEqual(await check('totp', { code: '000000' }), 'wrong')
  const told = await check('totp', { code: authenticatorApp(KEY.base32, () => NOW).nextCode() })
  assert.equal(typeof told === 'object' && 'right' in told && told.right, 'right')

  const spent = await check('recovery-codes', { code: 'HQ3K Z9UV WL2M' })
  assert.ok(typeof spent === 'object' && 'right' in spent)
  assert.equal((spent.data.codes as string[]).length, 1)
  assert.equal(await check('recovery-codes', { code: 'ofSomebody00' }), 'wrong')

  const challenge = Buffer.alloc(32, 7).toString('base64url')
  const state = { challenge, rp_id: 'auth.example.com' }
  const answer = usePasskey(passkey, { challenge, rpId: 'auth.example.com' }, ORIGIN)
  const signed = await check('webauthn', { passkey: answer }, state)
  assert.ok(typeof signed === 'object' && 'right' in signed, JSON.stringify(signed))
  assert.equal(signed.data.sign_count, 6)

  const [first] = await store.credentials.of(store.read, user.id, 'totp')
  assert.equal(first?.createdAt, Date.UTC(2024, 2, 1, 10, 0, 0, 500))
})

forEachEngine('O06 keeps no seed and no code in clear text, and an event for each', async (open, _, where) => {
  const store = await open()
  const { load } = await openHouse(store)
  await load(
    tablesWith({
      authentik_stages_authenticator_totp_totpdevice: [{ ...DEVICE, id: 3, user_id: 17, name: 'Phone', key: KEY.hex }],
      authentik_stages_authenticator_static_staticdevice: [{ ...DEVICE, id: 4, user_id: 17, name: 'Codes' }],
      authentik_stages_authenticator_static_statictoken: [{ id: 1, device_id: 4, token: 'hq3kZ9uVwL2m' }],
    }),
  )
  const kept =
    JSON.stringify(await rawRows(where, 'select * from credentials')) +
    JSON.stringify(await rawRows(where, 'select * from events'))
  for (const clear of [KEY.hex, KEY.base32, 'hq3kZ9uVwL2m', 'hq3kz9uvwl2m']) assert.ok(!kept.includes(clear), clear)
  const events = await store.events.list(store.read, { organisation: 'main', limit: 50 })
  assert.deepEqual(
    events.items.map(({ type }) => type),
    ['credential.added', 'credential.added'],
  )
})

forEachEngine('leaves behind what it cannot take, says why, and takes nothing twice', async (open) => {
  const store = await open()
  const { load } = await openHouse(store)
  const totp = (row: JsonObject) => ({ ...DEVICE, user_id: 17, name: 'Phone', key: KEY.hex, ...row })
  const tables = tablesWith({
    authentik_stages_authenticator_totp_totpdevice: [
      totp({ id: 1 }),
      totp({ id: 2, confirmed: false }),
      totp({ id: 3, key: 'not hex' }),
      totp({ id: 4, digits: 7 }),
      totp({ id: 5, user_id: 18 }),
      totp({ id: 6, user_id: 1 }),
      totp({ id: 7, step: 0 }),
      totp({ id: 8, t0: 4 }),
    ],
    authentik_stages_authenticator_static_staticdevice: [{ ...DEVICE, id: 9, user_id: 17, name: 'Codes' }],
    authentik_stages_authenticator_webauthn_webauthndevice: [
      {
        ...DEVICE,
        id: 10,
        user_id: 17,
        name: 'Key',
        credential_id: '!',
        public_key: 'AA',
        rp_id: 'a.example',
        sign_count: 0,
      },
      {
        ...DEVICE,
        id: 11,
        user_id: 17,
        name: 'Key',
        credential_id: 'AAAA',
        public_key: 'AA',
        rp_id: 'a.example',
        sign_count: 0,
      },
      {
        ...DEVICE,
        id: 12,
        user_id: 17,
        name: 'Copy',
        credential_id: 'AAAA',
        public_key: 'AA',
        rp_id: 'a.example',
        sign_count: 0,
      },
    ],
  })
  const whyOf = ({ left }: Awaited<ReturnType<typeof load>>) =>
    new Map(left.map(({ row, why }) => [row, why] as const).sort(([a], [b]) => Number(a) - Number(b)))
  const once = await load(tables)
  assert.equal(once.loaded.length, 2)
  assert.deepEqual(
    [...whyOf(once)],
    [
      ['2', 'it was never confirmed'],
      ['3', 'the key is not hex'],
      ['4', 'codes of 7 digits'],
      ['5', 'nobody here is user 18'],
      ['6', 'nobody here is user 1'],
      ['7', 'steps of 0 s'],
      ['8', 'its time does not begin with 1970'],
      ['9', 'no code is left of it'],
      ['10', 'id or key is no base64url'],
      ['12', 'somebody has it already'],
    ],
  )
  const twice = await load(tables)
  assert.equal(twice.loaded.length, 0)
  assert.equal(whyOf(twice).get('1'), 'it is here already')
  assert.equal(whyOf(twice).get('11'), 'it is here already')
})
