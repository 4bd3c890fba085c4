import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { systemRandom } from '../../base/random.ts'
import { reveal, secret } from '../../base/secret.ts'
import { judgeSecretKey } from './judge-secret-key.ts'
import { loadSecretKey } from './secret-key.ts'

const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-secret-key-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
const folder = () => path.join(root, `data-${++folders}`)
const load = (dataDir: string, given: string | null = null) =>
  loadSecretKey({ given: given === null ? null : secret(given), previous: [], dataDir, random: systemRandom })

const refusal = (result: ReturnType<typeof load>) => {
  assert(!result.ok)
  return result.error
}

describe('the secret key that is given', () => {
  for (const [what, key] of [
    ['a default', 'changeme'],
    ['an example that is long enough', 'please-change-me-to-something-random-1234567890'],
    ['an example in capitals and underscores', 'REPLACE_THIS_WITH_YOUR_OWN_KEY_7f3b9d1c5e'],
    ['a sample of a manual', 'your-secret-key-goes-here-0123-4567-89ab'],
    ['a key of 31 characters', 'k7Rz0qPv3Xw9Ld2Nf8Bt5Hs1Jy6Mc4G'],
    ['one character many times', 'a'.repeat(64)],
    ['two characters many times', 'ab'.repeat(40)],
    ['a short piece many times', 'Tr0ub4dor&3!'.repeat(5)],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ["Django's throw-away key", 'django-insecure-7^w)k#x2m!p@q9z$h5v&b8n*c1l(d4f'],
    ['a default of an old authentik', '9$@r!d^1^jrn#fk#1#@ks#9&i$^s#1)_13%$rwjrhd=e8jfi_s'],
  ] as const) {
    it(`O04 refuses to start with ${what}`, () => {
      const error = refusal(load(folder(), key))
      assert.equal(error.code, 'secret_key_weak')
      assert.match(error.message, /^The secret key in GATEHOUSE_SECRET_KEY .+\.(?: .+)?$/)
      assert(!error.message.includes(key), 'the sentence holds the key')
    })
  }

  it('O04 measures length in characters, so that umlauts do not count twice', () => {
    assert.match(judgeSecretKey('äöüßÄÖÜéèêëàâáíìîóò') ?? '', /shorter/)
  })

  it('is taken as it is when authentik made it: 50 and more characters of any kind', () => {
    for (const key of [
      randomBytes(60).toString('base64'),
      randomBytes(25).toString('hex'),
      `${randomBytes(32).toString('base64')} "with" $pace & ünïcode\t€`,
    ]) {
      const loaded = load(folder(), key)
      assert(loaded.ok)
      assert.equal(reveal(loaded.value.current, 'test'), key)
      assert.equal(loaded.value.from, 'setting')
    }
  })

  it('takes random keys of digits, hex and base64, a thousand of each', () => {
    for (let round = 0; round < 1000; round++) {
      const bytes = randomBytes(64)
      const digits = [...bytes].map((byte) => byte % 10).join('')
      for (const key of [digits, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')]) {
        assert.equal(judgeSecretKey(key), null, key)
      }
    }
  })

  it('judges a very long key without stalling', () => {
    assert.equal(judgeSecretKey(randomBytes(48_000).toString('base64')), null)
  })

  it('makes no file when a key is set', () => {
    const dataDir = folder()
    load(dataDir, randomBytes(40).toString('base64'))
    assert.throws(() => statSync(dataDir))
  })

  it('reads weak keys among the previous ones, since they must be left behind', () => {
    const previous = [secret('changeme')]
    const given = secret(randomBytes(40).toString('base64'))
    const loaded = loadSecretKey({ given, previous, dataDir: folder(), random: systemRandom })
    assert(loaded.ok)
    assert.deepEqual(loaded.value.previous, previous)
  })
})

describe('the secret key file', () => {
  it('is refused when others may read it, with the cure', () => {
    const dataDir = folder()
    assert(load(dataDir).ok)
    const file = path.join(dataDir, 'secret.key')
    for (const mode of [0o640, 0o604, 0o620, 0o601]) {
      chmodSync(file, mode)
      const error = refusal(load(dataDir))
      assert.equal(error.code, 'secret_key_exposed')
      assert(error.message.endsWith(`Run: chmod 600 ${file}`), error.message)
    }
  })

  it('O04 is refused when it is empty or weak, and is not replaced', () => {
    const dataDir = folder()
    mkdirSync(dataDir)
    const file = path.join(dataDir, 'secret.key')
    for (const text of ['', '\n', 'changeme\n']) {
      writeFileSync(file, text, { mode: 0o600 })
      assert.equal(refusal(load(dataDir)).code, 'secret_key_weak')
      assert.equal(readFileSync(file, 'utf8'), text)
    }
  })

  it('is one plain sentence when it cannot be read or made', () => {
    const dataDir = folder()
    mkdirSync(path.join(dataDir, 'secret.key'), { recursive: true, mode: 0o700 })
    chmodSync(path.join(dataDir, 'secret.key'), 0o700)
    assert.match(refusal(load(dataDir)).message, /cannot be used: read fails with EISDIR\.$/)

    const blocked = path.join(root, 'a-file')
    writeFileSync(blocked, '')
    assert.equal(refusal(load(path.join(blocked, 'data'))).code, 'secret_key_unreadable')
  })

  it('is made at first start, readable by its owner only, and read from then on', () => {
    const dataDir = folder()
    const first = load(dataDir)
    assert(first.ok)
    assert.equal(first.value.from, 'made')
    const file = path.join(dataDir, 'secret.key')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(judgeSecretKey(readFileSync(file, 'utf8').trim()), null)
    assert.deepEqual(readdirSync(dataDir), ['secret.key'], 'drafts are left behind')

    const second = load(dataDir)
    assert(second.ok)
    assert.equal(second.value.from, 'file')
    assert.equal(reveal(second.value.current, 'test'), reveal(first.value.current, 'test'))
  })

  it('keeps the key that stands when another process made it a moment before', () => {
    const dataDir = folder()
    const theirs = randomBytes(40).toString('base64')
    // The other process is between our look and our link: the draft's name is drawn in between.
    const random = (length: number) => {
      if (length === 9) writeFileSync(path.join(dataDir, 'secret.key'), theirs, { mode: 0o600 })
      return randomBytes(length)
    }
    const loaded = loadSecretKey({ given: null, previous: [], dataDir, random })
    assert(loaded.ok)
    assert.equal(loaded.value.from, 'file')
    assert.equal(reveal(loaded.value.current, 'test'), theirs)
    assert.deepEqual(readdirSync(dataDir), ['secret.key'])
  })
})
