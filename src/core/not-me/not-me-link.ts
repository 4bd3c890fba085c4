/**
 * The link "this was not me" of a notice: sealed, so that only this house makes one, and kept nowhere. Unlike a link that
 * proves something it must outlive what a thief does next: another password, another address, a newer notice. It is good
 * for locking and for nothing else, for a week, and until somebody let go of the person (replay after that is void).
 */
import { DAY } from '../../base/clock.ts'
import type { UserId } from '../../base/ids.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'

const PURPOSE = 'not-me'
const LASTS = 7 * DAY

export type NotMe = { readonly user: UserId; readonly at: number; readonly notice: string }

export const sealNotMe = (ring: Pick<KeyRing, 'sealValue'>, { user, at, notice }: NotMe): string =>
  ring.sealValue(PURPOSE, { user, at, notice }, at + LASTS)

/** Null for whatever is not a live link of ours. */
export const openNotMe = (ring: Pick<KeyRing, 'unsealValue'>, text: string, now: number): NotMe | null => {
  const value = ring.unsealValue(PURPOSE, text, now)
  if (!value) return null
  // Sealed above and nowhere else.
  return { user: value.user as UserId, at: Number(value.at), notice: String(value.notice) }
}
