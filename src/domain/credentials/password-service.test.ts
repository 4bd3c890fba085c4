import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DAY, systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { secret } from '../../base/secret.ts'
import { boundedQueue } from './bounded-queue.ts'
import { evenCost } from './even-cost.ts'
import type { PasswordHash } from './password-hash.ts'
import { DEFAULT_COST, decoyHash, isStrongEnough } from './password-hasher.ts'
import { createPasswordService } from './password-service.ts'
import { checkedForms, passwordFault } from './password-text.ts'
import { readPasswordHash } from './read-password-hash.ts'

const world = { clock: systemClock, random: systemRandom }
const service = createPasswordService({ ...world, concurrency: 2 })
const verify = (hash: string | null, password: string) => service.verify(hash, secret(password))
const hashOf = async (password: string) => {
  const hash = await service.hash(secret(password))
  assert.notEqual(hash, 'busy')
  return hash
}
const WRONG = { verdict: 'wrong' }
const RIGHT = { verdict: 'right', rehash: null }

describe('checking a password', () => {
  it('is wrong for nobody, for somebody without one, and for hashes that nothing verifies', async () => {
    for (const hash of [null, '', '!', '!unusable', 'what is this', '$2b$31$x']) {
      for (const password of ['password', '', '!', 'x'.repeat(5000)])
        assert.deepEqual(await verify(hash, password), WRONG)
    }
  })

  it('M01 is wrong for a mebibyte, which is never hashed', async () => {
    const hash = await hashOf('password')
    assert.deepEqual(await verify(hash, 'x'.repeat(1024 * 1024)), WRONG)
    assert.deepEqual(await verify(null, 'x'.repeat(1024 * 1024)), WRONG)
    for (const text of ['x'.repeat(1024 * 1024), '', '\0', '\ud800']) {
      assert.deepEqual(checkedForms(text), [new Uint8Array(0)])
    }
  })

  it('M03 is wrong for a longer password with the same beginning, at every length', async () => {
    for (const length of [55, 56, 72, 128, 4095]) {
      const hash = await hashOf('x'.repeat(length))
      assert.deepEqual(await verify(hash, 'x'.repeat(length + 1)), WRONG)
      assert.deepEqual(await verify(hash, 'x'.repeat(length - 1)), WRONG)
      assert.deepEqual(await verify(hash, 'x'.repeat(length)), RIGHT)
    }
  })

  it('is wrong for another case, a blank more, and letters that only look alike', async () => {
    const hash = await hashOf('Pässword')
    for (const near of ['pässword', 'Pässword ', ' Pässword', 'Passwörd', 'Раssword']) {
      assert.deepEqual(await verify(hash, near), WRONG, near)
    }
  })

  it('M03 is right for every spelling that looks the same (NIST SP 800-63B §5.1.1.2)', async () => {
    const hash = await hashOf('Ångström ﬁ ①')
    for (const same of ['Ångström ﬁ ①', 'Ångström ﬁ ①'.normalize('NFD'), 'Ångström fi 1']) {
      assert.deepEqual(await verify(hash, same), RIGHT, same)
    }
  })

  it('is right with a new hash where the stored one is of another house, and right with that one after', async () => {
    const verdict = await verify('$2b$04$KgLOONR.YkCMn56KdFj9EuoEGIvhmcTWbwZhafkn1uUUKEz5JCD0y', 'password')
    assert(verdict.verdict === 'right' && verdict.rehash !== null)
    assert.match(verdict.rehash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.deepEqual(await verify(verdict.rehash, 'password'), RIGHT)
    assert.deepEqual(await verify(verdict.rehash, 'Password'), WRONG)
  })

  it('takes a hash of another house over the bytes as typed, and rehashes the normal form', async () => {
    // Made with Python's bcrypt 5.0.0 over the letter in two code points.
    const elsewhere = '$2b$04$RH46GfFL.BOp8u0FsCzUt.cUquLwtTAUeukqwQhTn9KWIAiHBE6KK'
    const verdict = await verify(elsewhere, 'Zoë'.normalize('NFD'))
    assert(verdict.verdict === 'right' && verdict.rehash !== null)
    assert.deepEqual(await verify(verdict.rehash, 'Zoë'.normalize('NFC')), RIGHT)
  })
})

describe('hashing a password', () => {
  it('throws for what should have been refused before: empty, too long, half a character, a NUL', async () => {
    for (const [text, fault] of [
      ['', 'empty'],
      ['x'.repeat(4097), 'too_long'],
      ['é'.repeat(2049), 'too_long'],
      ['a\ud800', 'malformed'],
      ['a\0', 'malformed'],
    ] as const) {
      assert.equal(passwordFault(text), fault)
      await assert.rejects(service.hash(secret(text)), (error: Error) => !error.message.includes('xx'))
    }
    assert.equal(passwordFault('x'.repeat(4096)), null)
    assert.equal(passwordFault(' €😀\t'), null)
  })

  it('gives another hash each time, with a salt of 128 bits', async () => {
    const [one, two] = [await hashOf('password'), await hashOf('password')]
    assert.notEqual(one, two)
    assert.equal(Buffer.from(one.split('$')[4] ?? '', 'base64').length, 16)
  })

  it('uses the parameters that are set', async () => {
    const strong = createPasswordService({ ...world, concurrency: 2, cost: { memory: 32768, passes: 3, lanes: 2 } })
    assert.match(await strong.hash(secret('x')), /^\$argon2id\$v=19\$m=32768,t=3,p=2\$/)
  })

  it('refuses parameters below what OWASP asks, and those beyond what is ever verified', () => {
    for (const cost of [
      { memory: 4096, passes: 10, lanes: 1 },
      { memory: 19456, passes: 1, lanes: 1 },
      { memory: 19456, passes: 0, lanes: 1 },
      { memory: 19456, passes: 2, lanes: 0 },
    ]) {
      assert.equal(isStrongEnough(cost), false)
      assert.throws(() => createPasswordService({ ...world, concurrency: 2, cost }), /OWASP/)
    }
    // OWASP's list, whole.
    for (const [memory, passes] of [
      [47104, 1],
      [19456, 2],
      [12288, 3],
      [9216, 4],
      [7168, 5],
    ] as const) {
      assert.equal(isStrongEnough({ memory, passes, lanes: 1 }), true)
    }
    assert.throws(
      () => createPasswordService({ ...world, concurrency: 2, cost: { memory: 1024 * 1024, passes: 1, lanes: 1 } }),
      /ever verified/,
    )
  })
})

describe('the queue', () => {
  it('answers busy at once when it is full, and serves everyone who got in, in turn', async () => {
    const queue = boundedQueue({ concurrency: 2, limit: 3 })
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
    const begun: number[] = []
    const jobs = gates.map((gate, index) =>
      queue.run(async () => {
        begun.push(index)
        await gate.promise
        return index
      }),
    )
    assert.equal(await queue.run(async () => assert.fail('a full queue runs more')), 'busy')
    assert.deepEqual(begun, [0, 1])
    gates[1]?.resolve()
    assert.equal(await jobs[1], 1)
    assert.deepEqual(begun, [0, 1, 2])
    // A place in line came free.
    let lateBegan = false
    const late = queue.run(async () => {
      lateBegan = true
      return 'late'
    })
    await new Promise(setImmediate)
    assert.deepEqual([begun, lateBegan], [[0, 1, 2], false])
    for (const gate of gates) gate.resolve()
    assert.deepEqual(await Promise.all(jobs), [0, 1, 2, 3, 4])
    assert.equal(await late, 'late')
  })

  it('gives its place on when work throws', async () => {
    const queue = boundedQueue({ concurrency: 1, limit: 1 })
    const [first, second] = [queue.run(() => Promise.reject(new Error('broken'))), queue.run(async () => 'next')]
    await assert.rejects(first, /broken/)
    assert.equal(await second, 'next')
    assert.equal(await queue.run(async () => 'free again'), 'free again')
  })

  it('makes a busy service say so: for known and unknown people alike, and for new hashes', async () => {
    const small = createPasswordService({ ...world, concurrency: 1, queueLimit: 1 })
    const known = await small.hash(secret('password'))
    const at = Array.from({ length: 6 }, (_, index) => small.verify(index % 2 ? null : known, secret('password')))
    const hash = small.hash(secret('x'))
    const verdicts = (await Promise.all(at)).map((one) => one.verdict)
    assert.deepEqual(verdicts, ['right', 'wrong', 'busy', 'busy', 'busy', 'busy'])
    assert.equal(await hash, 'busy')
  })
})

describe('the cost of a refusal', () => {
  const counted = (scheme: string | null, paid: (string | null)[]): Extract<PasswordHash, { kind: 'hash' }> => ({
    kind: 'hash',
    scheme,
    matches: async () => {
      paid.push(scheme)
      return false
    },
  })
  const forms = [new Uint8Array(1)]

  it('G01 has a decoy that costs what a real hash costs', async () => {
    const decoy = readPasswordHash(decoyHash(DEFAULT_COST, systemRandom))
    const real = readPasswordHash(await hashOf('password'))
    assert(decoy.kind === 'hash' && real.kind === 'hash')
    assert.equal(decoy.scheme, real.scheme)
    assert.equal(await decoy.matches(new Uint8Array(3)), false)
  })

  it('G01 is paid for nobody, for unusable hashes and for texts that are no password', async () => {
    const real = await hashOf('password')
    for (const [hash, password] of [
      [null, 'password'],
      ['!', 'password'],
      [null, ''],
      [real, ''],
      [real, 'x'.repeat(5000)],
    ] as const) {
      // A hash on the thread pool cannot have come back before the loop turned once.
      const first = await Promise.race([
        verify(hash, password),
        new Promise((resolve) => setImmediate(resolve, 'hashing')),
      ])
      assert.equal(first, 'hashing')
    }
  })

  it('G01 is the same for nobody, for somebody of today and for somebody who moved in', async () => {
    const costs: (string | null)[][] = []
    let paid: (string | null)[] = []
    const note = (scheme: string | null) => ({
      ...counted(scheme, []),
      matches: async () => {
        paid.push(scheme)
        return false
      },
    })
    const [today, moved, other] = [note('argon2id'), note('pbkdf2'), note('bcrypt')]
    const even = evenCost(today)
    even.notice(moved, 0)
    even.notice(other, 0)
    const people: (PasswordHash | null)[] = [null, today, moved, other, note(null), { kind: 'unusable' }]
    for (const hash of people) {
      paid = []
      if (hash?.kind === 'hash') await hash.matches(forms[0] as Uint8Array)
      await even.payOthers(hash, forms, 0)
      costs.push(paid.filter((scheme) => scheme !== null).toSorted())
    }
    for (const cost of costs) assert.deepEqual(cost, ['argon2id', 'bcrypt', 'pbkdf2'])
  })

  it('G01 tries as many spellings for nobody as for somebody', async () => {
    const paid: (string | null)[] = []
    await evenCost(counted('argon2id', paid)).payOthers(null, [new Uint8Array(1), new Uint8Array(2)], 0)
    assert.equal(paid.length, 2)
  })

  it('forgets a kind that nobody had for a day, and keeps few', async () => {
    const paid: (string | null)[] = []
    const even = evenCost(counted('argon2id', paid))
    for (const scheme of ['one', 'two', 'three', 'four', 'five']) even.notice(counted(scheme, paid), 0)
    even.notice(counted('three', paid), DAY)
    await even.payOthers(null, forms, DAY)
    assert.deepEqual(paid.splice(0), ['argon2id', 'four', 'five', 'three'])
    await even.payOthers(null, forms, DAY + 1)
    assert.deepEqual(paid.splice(0), ['argon2id', 'three'])
    await even.payOthers(null, forms, 2 * DAY + 1)
    assert.deepEqual(paid.splice(0), ['argon2id'])
  })
})
