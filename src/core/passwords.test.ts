/** The rule for new passwords, and what a right one tells of its hash. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { systemClock } from '../base/clock.ts'
import type { CredentialId } from '../base/ids.ts'
import { secret } from '../base/secret.ts'
import type { Store } from '../store/store.ts'
import { createPasswords } from './passwords.ts'
import { createPeople } from './people.ts'

const hashes = {
  verify: async () => ({ verdict: 'right', rehash: 'newer' }) as const,
  hash: async () => 'hash',
}
const about = { username: 'ana', name: 'Ana', email: 'ana@example.com' }

test('refuses a word that the settings forbid, in any case and accent, and does not say which', () => {
  const rules = { minLength: 10, forbiddenWords: ['acme', 'Zürich'] }
  // The rule looks nothing up.
  const passwords = createPasswords({ store: {} as Store, hashes, rules: () => rules })
  for (const text of ['ÂCME for ever', 'my zurich office', 'ZÜRICH-2030!']) {
    assert.deepEqual(passwords.weaknesses(secret(text), about), [
      { field: 'password', text: 'password.forbidden_word' },
    ])
  }
  assert.deepEqual(passwords.weaknesses(secret('quite another word'), about), [])
})

forEachEngine('tells which hash a password was right against, so that only that one is made anew', async (open) => {
  const store = await open()
  const people = createPeople(store, systemClock)
  const passwords = createPasswords({ store, hashes, rules: () => ({ minLength: 8, forbiddenWords: [] }) })
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
