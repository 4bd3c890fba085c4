/**
 * The process's key ring over the keys of the store. It can be opened again over keys that came meanwhile, which a sealed
 * configuration export brings along; whoever holds the ring sees them from then on.
 */
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { type Failure, ok, type Result } from '../../base/result.ts'
import type { Recorder } from '../../core/recorder.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { DataKey, Store } from '../../store/store.ts'
import { openKeyRing } from './key-ring.ts'
import { keyRows } from './key-rows.ts'
import type { SecretKey } from './secret-key.ts'

export type HouseRing = {
  readonly ring: KeyRing
  readonly dataKeys: {
    /** A ring that also holds these wrapped keys, or null where the secret key does not open them. */
    including(keys: readonly DataKey[]): Promise<KeyRing | null>
    /** Opens the ring again where keys came since, in whichever process: asked before what they seal is opened. */
    current(): Promise<void>
  }
}

export const openHouseRing = async (
  store: Store,
  secretKey: Pick<SecretKey, 'current' | 'previous'>,
  world: { readonly clock: Clock; readonly random: Random; readonly recorder: Pick<Recorder, 'in'> },
): Promise<Result<HouseRing, Failure<'secret_key_wrong'>>> => {
  const open = (more: readonly DataKey[] = []) => {
    const rows = keyRows(store, world.recorder)
    return openKeyRing({
      keys: { ...rows, all: async () => [...(await rows.all()), ...more] },
      secretKey: secretKey.current,
      previousKeys: secretKey.previous,
      now: world.clock.now(),
      random: world.random,
    })
  }
  const first = await open()
  if (!first.ok) return first
  let current = first.value
  let stale = false
  store.changes.follow(({ what }) => {
    if (what === 'keys' || what === '*') stale = true
  })
  const ring: KeyRing = {
    seal: (plain, place) => current.seal(plain, place),
    unseal: (sealed, place) => current.unseal(sealed, place),
    hash: (purpose, text) => current.hash(purpose, text),
    sealValue: (purpose, value, expiresAt) => current.sealValue(purpose, value, expiresAt),
    unsealValue: (purpose, text, now) => current.unsealValue(purpose, text, now),
  }
  const dataKeys: HouseRing['dataKeys'] = {
    including: async (keys) => {
      const opened = await open(keys)
      return opened.ok ? opened.value : null
    },
    current: async () => {
      while (stale) {
        stale = false
        try {
          const opened = await open()
          if (opened.ok) current = opened.value
        } catch (error) {
          stale = true
          throw error
        }
      }
    },
  }
  return ok({ ring, dataKeys })
}
