import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { needsRehash } from './needs-rehash.ts'
import { DEFAULT_COST } from './password-hasher.ts'
import { readPasswordHash } from './read-password-hash.ts'
import { verifyPassword } from './verify-password.ts'

type Vector = { readonly source: string; readonly hash: string; readonly password: string; readonly note?: string }
const { vectors }: { vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('./hash-vectors.json', import.meta.url), 'utf8'),
)

const family = ({ hash }: Vector) => /^(\{[^}]+\})?\$?[^$]{0,16}/.exec(hash)?.[0] ?? hash
const vector = (start: string): Vector => {
  const found = vectors.find((one) => one.hash.startsWith(start))
  assert(found, `no vector begins with ${start}`)
  return found
}
const kindOf = (text: string) => readPasswordHash(text).kind

describe('hashes of other houses', () => {
  for (const one of vectors) {
    it(`refuses a wrong password and takes the right one: ${family(one)} (${one.source}${one.note ? `, ${one.note}` : ''})`, async () => {
      assert.equal(await verifyPassword(one.hash, `${one.password}.`), false)
      assert.equal(await verifyPassword(one.hash, one.password.toUpperCase()), false)
      assert.equal(await verifyPassword(one.hash, one.password), true)
    })
  }

  it('refuses the right password over an altered salt or digest', async () => {
    for (const one of vectors.filter(({ hash }) => !/1000000|65536|102400|16384/.test(hash))) {
      // The first character of the last part is always whole bits of it; likewise the last but five.
      const body = one.hash.search(/[^$}]+$/)
      const spoilt = one.hash.slice(0, body) + (one.hash[body] === 'A' ? 'B' : 'A') + one.hash.slice(body + 1)
      assert.equal(await verifyPassword(spoilt, one.password), false, spoilt)
    }
  })
})

describe('traps of the input', () => {
  // Made with Python's bcrypt 5.0.0.
  const nothing = '$2b$04$ajg8V5rU3vVOdHQmKVA74.tBcFGkMAVWeleOomOeKEQMuyefJoOT6'
  const secret = '$2b$04$m2cOJs0i/XY3qbVWEOZQx.bCrlZhvwuty2h5o9UTsqyibwD7AiKPy'
  // Of 71 times x and the first byte of é.
  const cut = '$2b$04$Mjfsu4hVCz2ffPWKskz.ee34iPJY5g5LxWLZQWqNutk5/NDsnjdGO'

  it('M03 refuses a longer password that begins like the right one, over raw bcrypt', async () => {
    const { hash, password } = vectors.find(({ note }) => note === '72 bytes') ?? vector('none')
    assert.equal(await verifyPassword(hash, `${password}y`), false)
    assert.equal(await verifyPassword(hash, `${password}x`), false)
    // 73 bytes in 72 characters.
    assert.equal(await verifyPassword(cut, `${'x'.repeat(71)}é`), false)
    assert.equal(await verifyPassword(hash, password), true)
  })

  it('M03 refuses a password with a NUL over raw bcrypt, even where its beginning is the right one', async () => {
    for (const start of ['', 'bcrypt$']) {
      assert.equal(await verifyPassword(start + secret, 'secret\0'), false)
      assert.equal(await verifyPassword(start + secret, 'secret\0anything'), false)
      assert.equal(await verifyPassword(start + nothing, '\0'), false)
      assert.equal(await verifyPassword(start + secret, 'secret'), true)
    }
    // The family refuses it by itself, too.
    const read = readPasswordHash(secret)
    assert(read.kind === 'hash')
    assert.equal(await read.matches(Buffer.from('secret\0')), false)
  })

  it('M03 tells passwords of more than 72 bytes apart where the form hashes first', async () => {
    const long = vectors.find(({ hash, password }) => hash.startsWith('bcrypt_sha256$') && password.length === 100)
    assert(long)
    assert.equal(await verifyPassword(long.hash, 'x'.repeat(99)), false)
    assert.equal(await verifyPassword(long.hash, 'x'.repeat(101)), false)
    assert.equal(await verifyPassword(long.hash, `${'x'.repeat(99)}\0`), false)
  })

  it('M03 refuses a password with a NUL at its end in every other form, where HMAC would not see it', async () => {
    for (const start of [
      'pbkdf2_sha256$1000$',
      '$pbkdf2-sha512$',
      '$scrypt$',
      '{SSHA}',
      'bcrypt_sha256$',
      '$argon2id$v=19$m=1024',
    ]) {
      const { hash, password } = vector(start)
      assert.equal(await verifyPassword(hash, `${password}\0`), false)
    }
  })

  it('M01 refuses a password of 4097 bytes before hashing, whatever its hash', async () => {
    const { hash } = vector('$argon2id$v=19$m=1024')
    assert.equal(await verifyPassword(hash, 'x'.repeat(4097)), false)
    assert.equal(await verifyPassword(hash, 'x'.repeat(1024 * 1024)), false)
    assert.equal(await verifyPassword(hash, 'é'.repeat(2049)), false)
  })

  it('never takes an empty password, even where an empty one was hashed', async () => {
    assert.equal(await verifyPassword(nothing, ''), false)
    assert.equal(await verifyPassword('{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=', ''), false)
  })

  it('never takes half a surrogate pair, which would stand for any other half', async () => {
    // SHA-1 of U+FFFD, what Node writes for each of them.
    assert.equal(await verifyPassword('{SHA}m9t3J2wYUuH7BnggRygS/PYIQCQ=', '\ud800'), false)
  })

  it('M03 takes either spelling of a letter, as another house hashed it and as we would', async () => {
    const composed = 'Zoë’s pässwörd €'
    const { hash } = vectors.find(({ password }) => password === composed) ?? vector('none')
    assert.equal(await verifyPassword(hash, composed.normalize('NFD')), true)
    assert.equal(await verifyPassword(hash, 'Zoe’s password €'), false)
  })
})

describe('what never verifies', () => {
  it('is unusable where it was made so', async () => {
    for (const text of [
      '',
      '!',
      '!Yk8FJmX3vQ0pTz7cRw1nLdBs9hGe2aUo4iKx6VtM',
      '*',
      '*LK*',
      '{CRYPT}!',
      '{CRYPT}*',
      '{SSHA}',
    ]) {
      assert.equal(kindOf(text), 'unusable', text)
      for (const password of ['', '!', text, 'x']) assert.equal(await verifyPassword(text, password), false)
    }
  })

  it('is unsupported where the form is unknown', async () => {
    for (const text of [
      'plain text',
      'password',
      '{CLEARTEXT}password',
      '{CRYPT}$6$rounds=5000$saltsalt$abc',
      '$6$saltsalt$abcdef',
      '$1$saltsalt$abcdef',
      '$2x$05$Gu9bioZ12aFQ/XWzJM7z5e/RV8HUApbXS9DAi2ix3BK2gvlJvvqK6',
      'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99',
      'sha1$salt$5f4dcc3b5aa765d61d8327deb882cf99',
      'constructor',
      '{constructor}x',
      '{__proto__}x',
      'x'.repeat(1025),
    ]) {
      assert.equal(kindOf(text), 'unsupported', text)
      assert.equal(await verifyPassword(text, 'password'), false)
    }
  })

  it('is unsupported where the parameters would stall the house: a hostile import', async () => {
    const argon = (cost: string) =>
      `$argon2id$v=19$${cost}$AAECAwQFBgcICQoLDA0ODw$gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU`
    const digest = Buffer.alloc(32).toString('base64')
    for (const text of [
      argon('m=4294967295,t=1,p=1'),
      argon('m=262145,t=1,p=1'),
      argon('m=1024,t=4294967295,p=1'),
      argon('m=262144,t=9,p=1'),
      argon('m=65536,t=1,p=255'),
      '$2b$16$Gu9bioZ12aFQ/XWzJM7z5e/RV8HUApbXS9DAi2ix3BK2gvlJvvqK6',
      '$2b$31$Gu9bioZ12aFQ/XWzJM7z5e/RV8HUApbXS9DAi2ix3BK2gvlJvvqK6',
      `pbkdf2_sha256$5000001$salt$${digest}`,
      `pbkdf2_sha256$999999999$salt$${digest}`,
      `pbkdf2_sha1$2000000$salt$${Buffer.alloc(64).toString('base64')}`,
      `$pbkdf2-sha512$5000001$c2FsdA$${digest.replace('=', '')}`,
      `scrypt$1048576$salt$8$1$${digest}`,
      `scrypt$16384$salt$8$999$${digest}`,
      `scrypt$2$salt$9999$9999$${digest}`,
      `$scrypt$ln=30,r=8,p=1$c2FsdA$${digest.replace('=', '')}`,
    ]) {
      assert.equal(kindOf(text), 'unsupported', text)
    }
  })

  it('is unsupported where so little is left of the digest that chance would meet it', async () => {
    for (const text of [
      'pbkdf2_sha256$1000$salt$AA==',
      '$pbkdf2-sha256$1000$c2FsdA$AA',
      'scrypt$1024$salt$8$1$AA==',
      '{SHA}AA==',
      '{SSHA}AA==',
      '{SHA512}2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
      '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=AAAA',
      `{SHA}${Buffer.alloc(24).toString('base64')}`,
      `{SSHA}${Buffer.alloc(20).toString('base64')}`,
      '$argon2id$v=19$m=1024,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAAA',
    ]) {
      assert.equal(kindOf(text), 'unsupported', text)
    }
  })

  it('is unsupported where parameters do not exist', async () => {
    const digest = Buffer.alloc(32).toString('base64')
    for (const text of [
      `pbkdf2_sha256$0$salt$${digest}`,
      `pbkdf2_sha256$-1$salt$${digest}`,
      `pbkdf2_sha256$1e3$salt$${digest}`,
      `pbkdf2_md5$1000$salt$${digest}`,
      `scrypt$0$salt$8$1$${digest}`,
      `scrypt$1$salt$8$1$${digest}`,
      `scrypt$1000$salt$8$1$${digest}`,
      `scrypt$1024$salt$0$1$${digest}`,
      `scrypt$1024$salt$8$0$${digest}`,
      '$2b$03$Gu9bioZ12aFQ/XWzJM7z5e/RV8HUApbXS9DAi2ix3BK2gvlJvvqK6',
      '$2b$5$Gu9bioZ12aFQ/XWzJM7z5e/RV8HUApbXS9DAi2ix3BK2gvlJvvqK6',
    ]) {
      assert.equal(kindOf(text), 'unsupported', text)
    }
    // Fits the form and not the algorithm: false, not a throw.
    const odd = '$argon2id$v=19$m=1,t=0,p=0$AAECAwQFBgcICQoLDA0ODw$gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU'
    assert.equal(await verifyPassword(odd, 'x'), false)
  })

  it('is false and not a throw for any text at all, and for any damage to a real one', async () => {
    const cheap = vectors.map(({ hash }) => hash).filter((hash) => !/1000000|65536|102400|19456|16384/.test(hash))
    const damaged = fc
      .tuple(fc.constantFrom(...cheap), fc.nat(), fc.nat(4), fc.string({ maxLength: 4, unit: 'binary' }))
      .map(([hash, at, cut, put]) => {
        const start = at % hash.length
        return hash.slice(0, start) + put + hash.slice(start + cut)
      })
    const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), damaged)
    await fc.assert(
      fc.asyncProperty(any, fc.string({ unit: 'binary' }), async (stored, password) => {
        assert.equal(await verifyPassword(stored, password), false)
      }),
      { numRuns: 400 },
    )
  })
})

describe('whether a hash is to be replaced', () => {
  const argon = (variant: string, version: number, m: number, t: number, p = 1) =>
    `$argon2${variant}$v=${version}$m=${m},t=${t},p=${p}$AAECAwQFBgcICQoLDA0ODw$gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU`
  const replaced = (hash: string) => needsRehash(hash, DEFAULT_COST)

  it('is so for every other algorithm, other variants and the older version', () => {
    for (const { hash } of vectors.filter((one) => !one.hash.includes('argon2id')))
      assert.equal(replaced(hash), true, hash)
    assert.equal(replaced(argon('i', 19, 65536, 3)), true)
    assert.equal(replaced(argon('d', 19, 65536, 3)), true)
    assert.equal(replaced(argon('id', 16, 65536, 3)), true)
    assert.equal(replaced('!'), true)
  })

  it('is so for weaker parameters', () => {
    assert.equal(replaced(argon('id', 19, 19455, 2)), true)
    assert.equal(replaced(argon('id', 19, 19456, 1)), true)
    assert.equal(replaced(argon('id', 19, 1024, 100)), true)
  })

  it('is not so for equal or stronger ones: a move-in never weakens a password', () => {
    assert.equal(replaced(argon('id', 19, 19456, 2)), false)
    assert.equal(replaced(argon('id', 19, 65536, 3, 4)), false)
    assert.equal(replaced(argon('id', 19, 47104, 1)), false)
    assert.equal(replaced(`argon2${argon('id', 19, 102400, 2, 8)}`), false)
  })
})

it('reads a hash in time that does not grow with hostile text', () => {
  // Each would take for ever under an expression that backtracks.
  for (const text of ['$', '{', 'pbkdf2_sha256$1$', 'scrypt$', '$argon2id$v=19$m=1,t=1,p=1$', '{SSHA}']) {
    for (const filler of ['A', '$', '=', '0', '{']) readPasswordHash(text + filler.repeat(1023 - text.length))
  }
  readPasswordHash(randomBytes(10_000_000).toString('latin1'))
})
