/**
 * "This was not me": everything the person holds ends, and nobody is let in as them until somebody else lets go of them.
 * It needs no sign-in: whoever reads the mailbox that the notice went to may lock the account, and can do nothing else.
 * Locked is a reason for being switched off, so every door knows it already; what tells it apart is `held`, which no
 * recovery, no configuration file and no `active: true` takes away (G11).
 */
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { User } from '../../domain/users/user.ts'
import type { Store, Tx } from '../../store/store.ts'
import { endEverything } from '../end-everything.ts'
import type { Mails } from '../mails/mails.ts'
import { clientOf, type Recorder } from '../recorder.ts'
import { type NotMe, openNotMe } from './not-me-link.ts'

export type LockDown = {
  /** Whom a link is about, where it counts now. */
  about(link: string, now: number): Promise<Pick<User, 'username'> | null>
  /** Null where the link does not count. Locking who is locked already changes nothing. */
  lock(link: string, request: RequestFacts): Promise<'locked' | null>
}

type Deps = {
  readonly store: Store
  readonly ring: Pick<KeyRing, 'unsealValue'>
  readonly recorder: Pick<Recorder, 'in' | 'alone'>
  readonly mails: Pick<Mails, 'notify' | 'tellAdministrators'>
}

export const createLockDown = ({ store, ring, recorder, mails }: Deps): LockDown => {
  const read = async (tx: Tx, link: string, now: number): Promise<{ user: User; notice: NotMe } | null> => {
    const notice = openNotMe(ring, link, now)
    const user = notice && (await store.users.byId(tx, notice.user))
    if (!notice || !user) return null
    // Used before, and undone by somebody: the same mail must not do it again.
    return user.releasedAt !== undefined && notice.at <= user.releasedAt ? null : { user, notice }
  }

  const lockIn = async (tx: Tx, link: string, request: RequestFacts): Promise<'locked' | null> => {
    const now = request.at
    const found = await read(tx, link, now)
    if (!found) return null
    const { user, notice } = found
    if (user.held?.why === 'locked') return 'locked'
    // Somebody who is switched off or waits for a yes stays that: letting go of them would switch them on.
    if (user.active) await store.users.update(tx, user.id, { held: { why: 'locked', since: now } }, now)
    const ended = await endEverything(store, tx, { user: user.id, why: 'locked by the person', now })
    await recorder.in(tx, {
      type: 'user.locked',
      // Whoever reads the mailbox: most likely the person, and nobody proved it.
      actor: { kind: 'anonymous' },
      target: `users/${user.id}`,
      detail: { username: user.username, by: 'link in a notice', notice: notice.notice, ended },
      client: clientOf(request),
    })
    await mails.notify(tx, 'locked', user.id, request)
    await mails.tellAdministrators(
      tx,
      { mail: 'locked_alert', username: user.username, at: now, ip: request.ip },
      user.id,
      request,
    )
    return 'locked'
  }

  return {
    about: async (link, now) => (await read(store.read, link, now))?.user ?? null,
    lock: async (link, request) => {
      const locked = await store.write((tx) => lockIn(tx, link, request))
      if (locked === null) {
        await recorder.alone({
          type: 'mail.link_refused',
          actor: { kind: 'anonymous' },
          detail: { purpose: 'not_me', reason: 'unknown, expired, or undone since' },
          client: clientOf(request),
        })
      }
      return locked
    },
  }
}
