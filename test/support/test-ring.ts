/** A real key ring over rows in memory, for tests of what seals and opens. */
import { randomBytes } from 'node:crypto'
import { secret } from '../../src/base/secret.ts'
import type { KeyRing } from '../../src/domain/keys/key-ring.ts'
import { openKeyRing } from '../../src/ops/keys/key-ring.ts'
import type { DataKey } from '../../src/store/store.ts'

export const testRing = async (rows: DataKey[] = []): Promise<KeyRing> => {
  const opened = await openKeyRing({
    keys: {
      all: async () => rows,
      insertFirst: async (key) => {
        rows.push(key)
        return key
      },
      rewrap: async () => undefined,
    },
    secretKey: secret('a secret key for tests, long enough for all of them'),
    previousKeys: [],
    now: 1_700_000_000_000,
    random: (length) => randomBytes(length),
  })
  if (!opened.ok) throw new Error(opened.error.message)
  return opened.value
}
