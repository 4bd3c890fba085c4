/** The rules for new passwords, whether one is due to be changed, and what a right one tells of its hash. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testPasswords } from '../../test/support/password-rules.ts'
import { anId, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { DAY, systemClock } from '../base/clock.ts'
import type { CredentialId } from '../base/ids.ts'
import { systemRandom } from '../base/random.ts'
import { secret } from '../base/secret.ts'
import type { PasswordRules } from '../domain/credentials/password-rules.ts'
import { createPasswordService } from '../domain/credentials/password-service.ts'
import type { Store } from '../store/store.ts'
import type { Breached } from './passwords.ts'
import { createPeople } from './people.ts'

const hashes = {
  verify: async () => ({ verdict: 'right', rehash: 'newer' }) as const,
  hash: async () => 'hash',
  isAmong: async () => false,
}
const about = { username: 'ana', name: 'Ana Example', email: 'ana.example@mail.example' }
const GOOD = 'quiet lamps over harbour'

/** Whatever needs no store. */
const judge = async (text: string, rules: Partial<PasswordRules> = {}, breached?: Breached) => {
  const passwords = testPasswords({ store: {} as Store, hashes, rules, ...(breached ? { breached } : {}) })
  return (await passwords.weaknesses(secret(text), about)).map((one) => one.text)
}

test('refuses a word that the settings forbid, in any case and accent, and does not say which', async () => {
  const rules = { forbiddenWords: ['acme', 'Zürich'] }
  for (const text of ['ÂCME for ever', 'my zurich office', 'ZÜRICH-2030!']) {
    assert.deepEqual(await judge(text, rules), ['password.forbidden_word'])
  }
  assert.deepEqual(await judge(GOOD, rules), [])
})

test('M01 M03 refuses what is too long, malformed or short before anything is hashed, and counts letters as they are hashed', async () => {
  assert.deepEqual(await judge('x'.repeat(1024 * 1024)), ['password.malformed'])
  assert.deepEqual(await judge('a good one\0 with a NUL'), ['password.malformed'])
  assert.deepEqual(await judge('e\u0301'.repeat(6)), ['password.too_short'])
  assert.deepEqual(await judge('ab'.repeat(8)), ['password.too_simple'])
})

test('refuses the own name and address, and what little more than these is made of', async () => {
  for (const own of ['Ana Example', 'ANA.EXAMPLE', 'ana.example@mail.example', 'AnaExample1', 'example-ANA!']) {
    assert.deepEqual(await judge(own), ['password.is_your_name'])
  }
  assert.deepEqual(await judge('bananas and lanterns'), [])
  assert.deepEqual(await judge('Gatehouse2026!'), ['password.weak_own_words'])
})

test('asks for kinds of characters where the settings do, in any script, and names each that is missing', async () => {
  const rules = { digits: 2, uppercase: 1, lowercase: 1, symbols: 1 }
  assert.deepEqual(await judge('ÄÖÜ ÄÖÜ ÄÖÜ ٣', rules), ['password.needs_digits', 'password.needs_lowercase'])
  assert.deepEqual(await judge('Quiet lamps 47', rules), [])
})

test('refuses what is easy to guess, and says in words what makes it so', async () => {
  for (const [text, why] of [
    ['password123', 'weak_common'],
    ['P@ssw0rd123', 'weak_similar'],
    ['qwertzuiopasdf', 'weak_keys'],
    ['abcabcabcabcd', 'weak_repeats'],
    ['13.05.198420', 'weak_dates'],
  ]) {
    assert.deepEqual(await judge(text ?? ''), [`password.${why}`], text)
  }
  assert.deepEqual(await judge(GOOD), [])
  assert.deepEqual(await judge('password123', { scoreAbove: null }), [])
})

test('refuses what leaked elsewhere, and every new password while that cannot be told', async () => {
  const asked: string[] = []
  const breached: Breached = async (forms) => {
    asked.push(...forms.map((form) => Buffer.from(form).toString()))
    return 'listed'
  }
  assert.deepEqual(await judge(GOOD, {}, breached), [])
  assert.deepEqual(asked, [])
  assert.deepEqual(await judge(`${GOOD} e\u0301`, { checkBreached: true }, breached), ['password.breached'])
  assert.deepEqual(asked, [`${GOOD} e\u0301`, `${GOOD} \u00e9`])
  assert.deepEqual(await judge(GOOD, { checkBreached: true }, async () => 'unavailable'), [
    'password.cannot_be_checked',
  ])
  assert.deepEqual(await judge(GOOD, { checkBreached: true }, async () => 'unlisted'), [])
})

forEachEngine(
  'lets none of the last passwords come back, and none at all while it is too busy to tell',
  async (open) => {
    const store = await open()
    const user = aUser()
    await store.write((tx) => store.users.insert(tx, user))
    const service = createPasswordService({ concurrency: 1, clock: systemClock, random: systemRandom })
    const rules = (history: number) => testPasswords({ store, hashes: service, rules: { history } })
    const words = ['autumn', 'winter', 'spring', 'summer'].map((word) => secret(`quiet ${word} over harbour`))
    for (const [index, word] of words.entries()) {
      const hash = await service.hash(word)
      assert.ok(hash !== 'busy')
      await store.write((tx) => store.credentials.setPassword(tx, user.id, anId(), hash, index, { keep: 23 }))
    }
    const refused = async (history: number) => {
      const passwords = rules(history)
      const found = await Promise.all(words.map((word) => passwords.weaknesses(word, { ...about, user: user.id })))
      return found.map((one) => one.map(({ text }) => text).join())
    }
    assert.deepEqual(await refused(1), ['', '', '', 'password.had_before'])
    assert.deepEqual(await refused(3), ['', 'password.had_before', 'password.had_before', 'password.had_before'])
    // Of nobody in particular there is no history, and nothing is told of anybody's.
    const [, , , summer] = words
    assert.ok(summer)
    assert.deepEqual(await rules(3).weaknesses(summer, about), [])
    const busy = testPasswords({ store, hashes: { ...hashes, isAmong: async () => 'busy' } })
    assert.deepEqual(await busy.weaknesses(summer, { ...about, user: user.id }), [{ field: null, text: 'form.busy' }])
  },
)

test('a password is due to be changed where an administrator asked, or once it is as old as the settings allow', () => {
  const user = { ...aUser(), number: 1, generation: 1, updatedAt: 0, lastLoginAt: null }
  const due = (
    of: { passwordChangedAt: number | null; mustChangePassword?: number },
    maxAge: number | null,
    now: number,
  ) => testPasswords({ store: {} as Store, hashes, rules: { maxAge } }).userDue({ ...user, createdAt: 0, ...of }, now)
  assert.equal(due({ passwordChangedAt: 0 }, null, 1e15), false)
  assert.equal(due({ passwordChangedAt: 5 }, DAY, DAY + 4), false)
  assert.equal(due({ passwordChangedAt: 5 }, DAY, DAY + 5), true)
  // One that nobody knows the age of is as old as the account.
  assert.equal(due({ passwordChangedAt: null }, DAY, DAY), true)
  assert.equal(due({ passwordChangedAt: 5, mustChangePassword: 6 }, null, 7), true)
})

forEachEngine('tells which hash a password was right against, so that only that one is made anew', async (open) => {
  const store = await open()
  const people = createPeople(store, systemClock)
  const passwords = testPasswords({ store, hashes })
  const user = aUser()
  const credential = anId<CredentialId>()
  await store.write((tx) => store.users.insert(tx, user))
  assert.deepEqual(await passwords.verify(await people.byId(user.id), secret('x')), { verdict: 'right', rehash: null })
  await store.write((tx) => store.credentials.setPassword(tx, user.id, credential, 'older', 1))
  assert.deepEqual(await passwords.verify(await people.byId(user.id), secret('x')), {
    verdict: 'right',
    rehash: { credential, before: 'older', after: 'newer' },
  })
  people.close()
})
