/**
 * The key ring. Random data keys lie in the store, wrapped by a key derived from the secret key; everything sealed or
 * hashed hangs off them. So a database without the secret key gives nothing away (O06), and a new secret key changes
 * these few rows only.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { base64url, fromBase64url, utf8 } from '../../base/bytes.ts'
import { type Id, newId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Random } from '../../base/random.ts'
import { type Failure, fail, ok, type Result } from '../../base/result.ts'
import { reveal, type Sealed, Secret, secret } from '../../base/secret.ts'
import { type KeyRing, type Place, UnsealError } from '../../domain/keys/key-ring.ts'
import type { DataKey } from '../../store/store.ts'
import { type Aead, aead, NONCE_BYTES } from './aead.ts'

/** The rows of the table `keys`, each call a transaction of its own. */
export type KeyRows = {
  all(): Promise<DataKey[]>
  insertFirst(key: DataKey): Promise<DataKey>
  /** All or none. */
  rewrap(rows: readonly Pick<DataKey, 'id' | 'wrapped'>[]): Promise<void>
}

export type KeyRingSettings = {
  readonly keys: KeyRows
  readonly secretKey: Secret
  readonly previousKeys: readonly Secret[]
  readonly now: number
  readonly random: Random
}

// `seal` for what lies in the store, `hash` for what is looked up, `value` for what travels.
const PURPOSES = ['seal', 'hash', 'value'] as const
type Purpose = (typeof PURPOSES)[number]

/** Opens the ring: makes the data keys at first start, and wraps again what still hangs off a previous secret key. */
export const openKeyRing = async (settings: KeyRingSettings): Promise<Result<KeyRing, Failure<'secret_key_wrong'>>> => {
  const { keys, random, now } = settings
  const current = wrapper(settings.secretKey)
  const previous = settings.previousKeys.map(wrapper)
  const opened: OpenedKey[] = []
  const stale: Pick<DataKey, 'id' | 'wrapped'>[] = []

  const take = (row: DataKey): boolean => {
    const own = unwrap(current, row)
    const key = own ?? firstOf(previous, (one) => unwrap(one, row))
    if (!key) return false
    opened.push({ row, key })
    if (!own) stale.push({ id: row.id, wrapped: wrap(current, row, key, random) })
    return true
  }

  // What stands is opened before anything is added, or a wrong secret key would leave keys of its own behind.
  for (const row of await keys.all()) if (!take(row)) return wrongKey()
  for (const purpose of PURPOSES) {
    if (opened.some((one) => one.row.purpose === purpose)) continue
    const identity = { id: newId<Id<'key'>>(now, random), purpose }
    const wrapped = wrap(current, identity, createSecretKey(random(32)), random)
    if (!take(await keys.insertFirst({ ...identity, wrapped, createdAt: now }))) return wrongKey()
  }
  if (stale.length > 0) await keys.rewrap(stale)
  return ok(ringOf(opened, random))
}

type OpenedKey = { readonly row: DataKey; readonly key: KeyObject }

const wrongKey = () =>
  fail(
    'secret_key_wrong',
    'The secret key is not the one that this database was made with. Start with the right one, or name it in ' +
      'GATEHOUSE_SECRET_KEY_PREVIOUS to change over to the new one.',
  )

// --- Wrapping: the secret key over the data keys.

/** HKDF (RFC 5869), not a password hash: a secret key is drawn, not thought up, and weak ones were refused (O04). */
const wrapper = (secretKey: Secret): Aead =>
  aead(derive(createSecretKey(Buffer.from(reveal(secretKey, 'derive the wrapping key'), 'utf8')), 'wrap'))

const wrap = (by: Aead, row: Pick<DataKey, 'id' | 'purpose'>, key: KeyObject, random: Random): string => {
  const { nonce, box } = by.seal(key.export(), wrapContext(row), random)
  return `${base64url(nonce)}.${base64url(box)}`
}

const unwrap = (by: Aead, row: DataKey): KeyObject | null => {
  const [nonce, box] = row.wrapped.split('.').map(fromBase64url)
  const key = nonce && box ? by.open(nonce, box, wrapContext(row)) : null
  return key && createSecretKey(key)
}

const wrapContext = (row: Pick<DataKey, 'id' | 'purpose'>): Uint8Array => context('wrap', row.id, row.purpose)

// --- The ring itself.

const ringOf = (opened: readonly OpenedKey[], random: Random): KeyRing => {
  const byPurpose = (purpose: Purpose): OpenedKey[] =>
    opened.filter((one) => one.row.purpose === purpose).sort(newestFirst)
  const sealer = sealing(byPurpose('seal'), random)
  const hashKey = remembering((purpose) => derive(newest(byPurpose('hash')).key, `hash:${purpose}`))
  const valueKeys = remembering((purpose) => byPurpose('value').map((one) => aead(derive(one.key, `value:${purpose}`))))
  return {
    ...sealer,
    hash: (purpose, text) => createHmac('sha256', hashKey(purpose)).update(text).digest('base64url'),
    sealValue: (purpose, value, expiresAt) => sealValue(newest(valueKeys(purpose)), purpose, value, expiresAt, random),
    unsealValue: (purpose, text, now) => {
      const found = firstOf(valueKeys(purpose), (key) => openValue(key, purpose, text))
      return found && now < found.e ? found.v : null
    },
  }
}

const sealing = (keys: readonly OpenedKey[], random: Random): Pick<KeyRing, 'seal' | 'unseal'> => {
  const byId = new Map(keys.map((one) => [one.row.id, aead(one.key)]))
  const sealWith = newest(keys).row.id
  const keyOf = (id: string, place: Place): Aead => {
    const key = byId.get(id)
    if (!key) throw new UnsealError('unknown_key', place)
    return key
  }
  return {
    seal(plain, place) {
      const text = plain instanceof Secret ? reveal(plain, 'seal') : plain
      const { nonce, box } = keyOf(sealWith, place).seal(utf8(text), placeContext(sealWith, place), random)
      return `${sealWith}.${base64url(nonce)}.${base64url(box)}` as Sealed
    },
    unseal(sealed, place) {
      const [id = '', nonceText = '', boxText = '', ...rest] = sealed.split('.')
      const nonce = fromBase64url(nonceText)
      const box = fromBase64url(boxText)
      if (!nonce || !box || rest.length > 0) throw new UnsealError('malformed', place)
      const plain = keyOf(id, place).open(nonce, box, placeContext(id, place))
      if (!plain) throw new UnsealError('altered', place)
      return secret(plain.toString('utf8'))
    },
  }
}

const placeContext = (key: string, { table, row, column }: Place): Uint8Array =>
  context('seal', key, table, row, column)

// --- Values that travel: the expiry is inside, so that no one can move it.

type Travelling = { readonly e: number; readonly v: JsonObject }

// Longer than any marker or page state of ours; bounds what a stranger can have us decode.
const LONGEST_VALUE = 65_536

const sealValue = (key: Aead, purpose: string, value: JsonObject, expiresAt: number, random: Random): string => {
  if (!Number.isFinite(expiresAt)) throw new Error(`a sealed value for ${purpose} without an end`)
  const { nonce, box } = key.seal(
    utf8(JSON.stringify({ e: expiresAt, v: value } satisfies Travelling)),
    context('value', purpose),
    random,
  )
  const text = base64url(Buffer.concat([nonce, box]))
  if (text.length > LONGEST_VALUE) throw new Error(`a sealed value for ${purpose} beyond ${LONGEST_VALUE} characters`)
  return text
}

const openValue = (key: Aead, purpose: string, text: string): Travelling | null => {
  const bytes = text.length <= LONGEST_VALUE ? fromBase64url(text) : null
  const plain =
    bytes && key.open(bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES), context('value', purpose))
  // Authentic, so it is what `sealValue` wrote.
  return plain && (JSON.parse(plain.toString('utf8')) as Travelling)
}

// --- Small parts.

/** A key for one use from another (HKDF-SHA256, RFC 5869), so that uses never share a key. */
const derive = (key: KeyObject, use: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `gatehouse/1/${use}`, 32)))

/** Associated data with one reading: as JSON, so that no two lists of parts spell the same bytes. */
const context = (...parts: string[]): Uint8Array => utf8(JSON.stringify(['gatehouse/1', ...parts]))

const newestFirst = (a: OpenedKey, b: OpenedKey): number =>
  b.row.createdAt - a.row.createdAt || (a.row.id < b.row.id ? 1 : -1)

const newest = <T>(ordered: readonly T[]): T => {
  const [first] = ordered
  if (first === undefined) throw new Error('a purpose without a key')
  return first
}

const firstOf = <T, R>(items: readonly T[], attempt: (item: T) => R | null): R | null => {
  for (const item of items) {
    const found = attempt(item)
    if (found !== null) return found
  }
  return null
}

/** Purposes are constants of the code, so what is remembered stays small. */
const remembering = <T>(make: (purpose: string) => T): ((purpose: string) => T) => {
  const made = new Map<string, T>()
  return (purpose) => {
    const known = made.get(purpose)
    if (known !== undefined) return known
    const fresh = make(purpose)
    made.set(purpose, fresh)
    return fresh
  }
}
