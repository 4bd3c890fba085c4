/**
 * Somebody's yes or no to a person who made an account that waits. A yes lets them in; a no takes the account away, with
 * all that was given for it: what stays is the log, by id. Both are told where the person's address was shown to be theirs.
 */

import type { User } from '../../domain/users/user.ts'
import type { Actor, EventDraft } from '../../events/event.ts'
import type { Store, Tx } from '../../store/store.ts'
import type { Mails } from '../mails/mails.ts'
import type { Recorder } from '../recorder.ts'

type Deps = {
  readonly store: Pick<Store, 'users' | 'emails'>
  readonly mails: Pick<Mails, 'tell'>
  readonly recorder: Pick<Recorder, 'in'>
  readonly webPath: string
}

export type Settling = {
  readonly actor: Actor
  readonly client?: NonNullable<EventDraft['client']>
  readonly why?: string
  /** The address of ours that the mail leads to. */
  readonly origin: string
  readonly now: number
}

export const isWaiting = (user: Pick<User, 'held'>): boolean => user.held?.why === 'approval'

/** In the caller's transaction, which has judged whether they may; `user` waits. */
export const settleApproval = async (
  { store, mails, recorder, webPath }: Deps,
  tx: Tx,
  user: User,
  yes: boolean,
  { actor, client, why, origin, now }: Settling,
): Promise<void> => {
  const address = (await store.emails.of(tx, user.id)).find((one) => one.verifiedAt !== null)?.address ?? null
  if (yes) await store.users.update(tx, user.id, { held: null, active: true }, now)
  else await store.users.remove(tx, user.id)
  await recorder.in(tx, {
    type: yes ? 'user.approved' : 'user.refused',
    actor,
    target: `users/${user.id}`,
    detail: { username: user.username, ...(why === undefined ? {} : { why }) },
    ...(client ? { client } : {}),
  })
  if (address === null) return
  const whose = { username: user.username, name: user.name }
  const content = yes
    ? ({ mail: 'approved', ...whose, link: `${origin}${webPath}if/user/` } as const)
    : ({ mail: 'refused', ...whose } as const)
  await mails.tell(tx, content, address, { locale: user.locale, origin, now })
}
