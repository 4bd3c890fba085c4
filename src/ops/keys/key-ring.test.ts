import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { DAY, HOUR } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { reveal, type Sealed, secret } from '../../base/secret.ts'
import { type KeyRing, type Place, UnsealError } from '../../domain/keys/key-ring.ts'
import type { DataKey } from '../../store/store.ts'
import { type KeyRows, openKeyRing } from './key-ring.ts'

/** The table `keys` as the contract in `store.ts` has it. */
const keyTable = () => {
  const rows: DataKey[] = []
  const rewraps: string[][] = []
  const table: KeyRows = {
    all: async () => [...rows],
    insertFirst: async (key) => {
      const standing = rows.find((row) => row.purpose === key.purpose)
      if (!standing) rows.push(key)
      return standing ?? key
    },
    rewrap: async (changed) => {
      rewraps.push(changed.map((row) => row.id))
      for (const { id, wrapped } of changed) {
        const at = rows.findIndex((row) => row.id === id)
        rows[at] = { ...(rows[at] as DataKey), wrapped }
      }
    },
  }
  return { ...table, rows, rewraps }
}

const NOW = Date.UTC(2026, 0, 1)
const OURS = secret('the first secret key of this house, 40 long')
const NEXT = secret('the second secret key of this house, 41 long')

const open = (keys: KeyRows, secretKey = OURS, previousKeys = [] as (typeof OURS)[]) =>
  openKeyRing({ keys, secretKey, previousKeys, now: NOW, random: systemRandom })

const ring = async (keys: KeyRows = keyTable(), secretKey = OURS, previousKeys = [] as (typeof OURS)[]) => {
  const opened = await open(keys, secretKey, previousKeys)
  assert(opened.ok)
  return opened.value
}

const place: Place = { table: 'secrets', row: '0198-a', column: 'sealed' }
const unsealCode = (keys: KeyRing, text: string, at: Place = place) => {
  try {
    keys.unseal(text as Sealed, at)
  } catch (error) {
    assert(error instanceof UnsealError)
    return error.code
  }
  return 'opened'
}

describe('sealing', () => {
  it('does not open what was altered in any character', async () => {
    const keys = await ring()
    const sealed = keys.seal('a client secret', place)
    for (let at = 0; at < sealed.length; at++) {
      const other = sealed[at] === 'A' ? 'B' : 'A'
      assert.notEqual(unsealCode(keys, sealed.slice(0, at) + other + sealed.slice(at + 1)), 'opened', `character ${at}`)
    }
    assert.notEqual(unsealCode(keys, `${sealed}A`), 'opened')
    assert.notEqual(unsealCode(keys, sealed.slice(0, -1)), 'opened')
  })

  it('does not open in another table, row or column: a copied cell is worth nothing', async () => {
    const keys = await ring()
    const sealed = keys.seal('a client secret', place)
    assert.equal(unsealCode(keys, sealed, { ...place, table: 'credentials' }), 'altered')
    assert.equal(unsealCode(keys, sealed, { ...place, row: '0198-b' }), 'altered')
    assert.equal(unsealCode(keys, sealed, { ...place, column: 'data' }), 'altered')
  })

  it('does not confuse the parts of a place, whatever characters they hold', async () => {
    const keys = await ring()
    const sealed = keys.seal('x', { table: 'a', row: '","b', column: 'c' })
    assert.equal(unsealCode(keys, sealed, { table: 'a","', row: 'b', column: 'c' }), 'altered')
  })

  it('does not open what another instance sealed', async () => {
    const theirs = (await ring()).seal('x', place)
    assert.equal(unsealCode(await ring(), theirs), 'unknown_key')
  })

  it('calls malformed what was never sealed', async () => {
    const keys = await ring()
    for (const text of ['', '.', '..', '...', 'plain', '{"a":1}', `${keys.seal('x', place)}.`]) {
      assert.notEqual(unsealCode(keys, text), 'opened', text)
    }
    assert.equal(unsealCode(keys, 'id.!.!'), 'malformed')
  })

  it('says where it does not open, and nothing of the value', async () => {
    const keys = await ring()
    const sealed = keys.seal('very secret', place)
    assert.throws(
      () => keys.unseal(sealed, { ...place, row: 'other' }),
      (error) =>
        !inspect(error).includes(sealed) && /secrets\.sealed of other does not open: altered/.test(inspect(error)),
    )
  })

  it('gives back what was sealed, as a secret', async () => {
    const keys = await ring()
    for (const text of ['', 'a client secret', 'ünïcode €', '\0', 'x'.repeat(100_000)]) {
      const opened = keys.unseal(keys.seal(secret(text), place), place)
      assert.equal(reveal(opened, 'test'), text)
      assert.equal(String(opened), '[secret]')
    }
  })

  it('seals the same value differently each time', async () => {
    const keys = await ring()
    assert.notEqual(keys.seal('x', place), keys.seal('x', place))
  })
})

describe('hashing', () => {
  it('I14 E16 gives a keyed hash to look up by: equal for equal texts, no text and no secret in it', async () => {
    const keys = await ring()
    const hash = keys.hash('session', 'cookie value')
    assert.equal(keys.hash('session', 'cookie value'), hash)
    assert.match(hash, /^[A-Za-z0-9_-]{43}$/)
    assert.notEqual(keys.hash('session', 'cookie valuf'), hash)
  })

  it('gives other hashes for other purposes and in other instances', async () => {
    const keys = await ring()
    const hash = keys.hash('session', 'x')
    assert.notEqual(keys.hash('code', 'x'), hash)
    assert.notEqual((await ring()).hash('session', 'x'), hash)
  })

  it('gives the same hashes after a restart and after a change of the secret key', async () => {
    const table = keyTable()
    const before = (await ring(table)).hash('session', 'x')
    assert.equal((await ring(table)).hash('session', 'x'), before)
    assert.equal((await ring(table, NEXT, [OURS])).hash('session', 'x'), before)
  })
})

describe('values that travel', () => {
  it('O08 are dead from their end on, and not a moment before', async () => {
    const keys = await ring()
    const text = keys.sealValue('marker', { at: 1 }, NOW + HOUR)
    assert.deepEqual(keys.unsealValue('marker', text, NOW + HOUR - 1), { at: 1 })
    assert.equal(keys.unsealValue('marker', text, NOW + HOUR), null)
    assert.equal(keys.unsealValue('marker', text, NOW + DAY), null)
    // A clock set back makes nothing dead; it was alive then, too.
    assert.deepEqual(keys.unsealValue('marker', text, NOW - HOUR), { at: 1 })
  })

  it('open for their own purpose only', async () => {
    const keys = await ring()
    const text = keys.sealValue('marker', { at: 1 }, NOW + HOUR)
    assert.equal(keys.unsealValue('attempt', text, NOW), null)
    assert.equal(keys.unsealValue('', text, NOW), null)
  })

  it('are null when altered, cut, foreign, or anything else', async () => {
    const keys = await ring()
    const text = keys.sealValue('marker', { at: 1 }, NOW + HOUR)
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A'
      assert.equal(keys.unsealValue('marker', text.slice(0, at) + other + text.slice(at + 1), NOW), null)
      assert.equal(keys.unsealValue('marker', text.slice(0, at), NOW), null)
    }
    const foreign = (await ring()).sealValue('marker', { at: 1 }, NOW + HOUR)
    for (const wrong of ['', ' ', `${text}=`, ` ${text}`, foreign, '{}', 'A'.repeat(1_000_000)]) {
      assert.equal(keys.unsealValue('marker', wrong, NOW), null)
    }
  })

  it('refuse to be made without an end or beyond what is ever read', async () => {
    const keys = await ring()
    assert.throws(() => keys.sealValue('marker', {}, Number.NaN), /without an end/)
    assert.throws(() => keys.sealValue('marker', {}, Number.POSITIVE_INFINITY), /without an end/)
    assert.throws(() => keys.sealValue('marker', { x: 'x'.repeat(60_000) }, NOW), /beyond/)
  })

  it('hold JSON and are fit for an address', async () => {
    const keys = await ring()
    const value = { list: [1, 'two', null, { deep: true }], text: '€"</script>' }
    const text = keys.sealValue('marker', value, NOW + HOUR)
    assert.match(text, /^[A-Za-z0-9_-]+$/)
    assert.deepEqual(keys.unsealValue('marker', text, NOW), value)
  })
})

describe('the secret key over the data keys', () => {
  it('O04 is one plain sentence when it is the wrong one, and changes nothing', async () => {
    const table = keyTable()
    await ring(table)
    const before = structuredClone(table.rows)
    const opened = await open(table, NEXT)
    assert(!opened.ok)
    assert.equal(opened.error.code, 'secret_key_wrong')
    assert.match(opened.error.message, /^The secret key is not the one that this database was made with\./)
    assert.deepEqual(table.rows, before)
  })

  it('adds no key of its own to a database that it does not open', async () => {
    const table = keyTable()
    await ring(table)
    table.rows.pop()
    assert(!(await open(table, NEXT)).ok)
    assert.equal(table.rows.length, 2)
  })

  it('does not open a data key that was moved to another purpose or damaged', async () => {
    for (const spoil of [
      (row: DataKey) => ({ ...row, purpose: 'value' }),
      (row: DataKey) => ({ ...row, id: '01980000-0000-7000-8000-000000000000' }),
      (row: DataKey) => ({ ...row, wrapped: '' }),
      (row: DataKey) => ({ ...row, wrapped: `${row.wrapped}A` }),
      (row: DataKey) => ({ ...row, wrapped: 'A.B' }),
    ]) {
      const table = keyTable()
      await ring(table)
      table.rows[0] = spoil(table.rows[0] as DataKey)
      assert(!(await open(table)).ok)
    }
  })

  it('is changed by naming the previous one: only the wrapped keys change, and everything still opens', async () => {
    const table = keyTable()
    const before = await ring(table)
    const sealed = before.seal('kept', place)
    const marker = before.sealValue('marker', { at: 1 }, NOW + HOUR)
    const rows = structuredClone(table.rows)

    const changed = await ring(table, NEXT, [secret('some older key that was never used here'), OURS])
    assert.equal(reveal(changed.unseal(sealed, place), 'test'), 'kept')
    assert.deepEqual(changed.unsealValue('marker', marker, NOW), { at: 1 })
    assert.deepEqual(
      table.rows.map(({ wrapped: _, ...row }) => row),
      rows.map(({ wrapped: _, ...row }) => row),
    )
    assert(table.rows.every((row, index) => row.wrapped !== rows[index]?.wrapped))

    assert(!(await open(table, OURS)).ok, 'the old key still opens it')
    assert((await open(table, NEXT)).ok, 'the new key does not open it alone')
  })

  it('wraps again only what still hangs off a previous key', async () => {
    const table = keyTable()
    await ring(table)
    await ring(table, OURS, [NEXT])
    assert.deepEqual(table.rewraps, [])
    await ring(table, NEXT, [OURS])
    await ring(table, NEXT, [OURS])
    assert.equal(table.rewraps.length, 1)
  })

  it('lets two processes that start at once agree on one set of keys', async () => {
    const table = keyTable()
    const [one, two] = await Promise.all([ring(table), ring(table)])
    assert.equal(one.hash('session', 'x'), two.hash('session', 'x'))
    assert.equal(reveal(two.unseal(one.seal('x', place), place), 'test'), 'x')
    assert.equal(table.rows.length, 3)
  })

  it('opens what an older data key sealed, and seals with the newest', async () => {
    const table = keyTable()
    const old = await ring(table)
    const sealed = old.seal('old', place)
    const marker = old.sealValue('marker', { at: 1 }, NOW + HOUR)
    // Rows of a second instance under the same secret key stand in for a later generation.
    const later = keyTable()
    const opened = await openKeyRing({
      keys: later,
      secretKey: OURS,
      previousKeys: [],
      now: NOW + DAY,
      random: systemRandom,
    })
    assert(opened.ok)
    table.rows.push(...later.rows)

    const both = await ring(table)
    assert.equal(reveal(both.unseal(sealed, place), 'test'), 'old')
    assert.deepEqual(both.unsealValue('marker', marker, NOW), { at: 1 })
    assert.equal(reveal(opened.value.unseal(both.seal('new', place), place), 'test'), 'new')
  })

  it('O06 leaves nothing in the database that opens anything', async () => {
    const table = keyTable()
    const drawn: Uint8Array[] = []
    const random = (length: number) => {
      const bytes = systemRandom(length)
      if (length === 32) drawn.push(bytes)
      return bytes
    }
    const opened = await openKeyRing({ keys: table, secretKey: OURS, previousKeys: [], now: NOW, random })
    assert(opened.ok)
    const dump = JSON.stringify([
      table.rows,
      opened.value.seal('JBSWY3DPEHPK3PXP', place),
      opened.value.hash('t', 'token'),
    ])
    assert.equal(drawn.length, 3)
    for (const key of drawn) {
      for (const spelling of ['hex', 'base64', 'base64url', 'latin1'] as const) {
        assert(!dump.includes(Buffer.from(key).toString(spelling)))
      }
    }
    for (const plain of [reveal(OURS, 'test'), 'JBSWY3DPEHPK3PXP', '"token"']) assert(!dump.includes(plain))
  })
})
