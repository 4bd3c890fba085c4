/**
 * The lock-out guard as edits ask it: how administrators stand before and after, in the transaction of the change. What
 * may not be is that they stand worse. `core/lock-out` is the guard itself.
 */
import type { UserId } from '../../base/ids.ts'
import type { Issue } from '../../base/schema.ts'
import type { User } from '../../domain/users/user.ts'
import type { Snapshot } from '../../kinds/contract/resource.ts'
import type { Tx } from '../../store/store.ts'
import type { MadeFrom } from './author.ts'
import { type PathOf, pathOfMany } from './revise.ts'

/** How far the best of the administrators comes: into the console, to the API by a token alone, or nowhere. */
export type Level = 'console' | 'token' | 'nowhere'

/** A place in the configuration, where it is at fault. */
type Place = { readonly type: string; readonly slug: string; readonly path: string }

/** An administrator who does not get in: where they stop, and why, as a sentence. */
export type Outside = { readonly id: UserId; readonly at: Place | null; readonly says: string }

export type Standing = {
  readonly now: Level
  /** Once every membership with an end has ended: whoever remains by then cannot fade away unseen. */
  readonly forEver: Level
  /** Who gets in. */
  readonly inside: readonly Pick<User, 'id' | 'username'>[]
  readonly outside: readonly Outside[]
}

export type LockOutGuard = {
  /** `from` is null for a change made on the server itself. */
  look(tx: Tx, snapshot: Snapshot, from: MadeFrom | null): Promise<Standing>
  /** Who would be locked out by what lies between; empty where nobody stands worse. */
  compare(tx: Tx, before: Standing, after: Standing): Promise<readonly LockedOut[]>
}

export type LockedOut = Pick<Outside, 'at' | 'says'>

/** Nothing can be worse than it may be. */
export const isSafe = ({ forEver }: Standing): boolean => forEver === 'console'

export const LOCKED_OUT =
  'No administrator would get in any more; nothing was changed. Let somebody else in first, or use `gatehouse recover` on the server if nobody can.'

/** Issues with their paths; `edited` tells the places that are named from inside of their resource. */
export const lockOutIssues = (
  locked: readonly LockedOut[],
  pathOf: PathOf = pathOfMany,
  isEdited: (place: Place) => boolean = () => false,
): Issue[] =>
  locked.map(({ at, says }) => ({
    path: at === null ? '' : (isEdited(at) ? pathOf : pathOfMany)(at, at.path),
    message: says,
  }))
