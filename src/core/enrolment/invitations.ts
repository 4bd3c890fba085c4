/**
 * Invitations (G08): a link of 256 bits of which only the keyed hash is kept, for one flow, a number of uses and a time.
 * A use is counted where the account is made, in that very transaction, so that a race makes no more accounts than there
 * are uses. It counts only while whoever made it may still sign in, and may still give what it gives.
 */
import { type GroupId, type InvitationId, newId, type UserId } from '../../base/ids.ts'
import { type Random, token } from '../../base/random.ts'
import { type Invitation, type InvitationData, isOpen } from '../../domain/invitations/invitation.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import { emailKey } from '../../domain/users/user.ts'
import { authorize, isAdministrator } from '../../policy/authorize.ts'
import type { Store, Tx } from '../../store/store.ts'
import { readAuthority } from '../authority.ts'

export type NewInvitation = {
  readonly flow: string
  readonly data: InvitationData
  readonly uses: number
  readonly expiresAt: number
  readonly inviter: UserId | null
  readonly organisation: string
}

export type Invitations = {
  /** The link is told here and never again. */
  make(
    tx: Tx,
    invitation: NewInvitation,
    at: { readonly origin: string; readonly now: number },
  ): Promise<{ readonly invitation: Invitation; readonly link: string }>
  /** Which one a link's token is of, where it counts for this flow now. */
  shown(token: string, flow: string, now: number): Promise<InvitationId | null>
  /** The same of one that was shown. */
  live(id: InvitationId, flow: string, now: number): Promise<Invitation | null>
  /** Counts a use, with the account it is for; null where it does not count. */
  take(tx: Tx, id: InvitationId, used: Use): Promise<{ readonly groups: readonly GroupId[] } | null>
}

type Use = { readonly flow: string; readonly email: string | null; readonly now: number }

type Deps = {
  readonly store: Pick<Store, 'read' | 'users' | 'groups' | 'resources' | 'invitations'>
  readonly ring: Pick<KeyRing, 'hash'>
  readonly random: Random
  /** `/` or `/auth/`. */
  readonly webPath: string
}

export const createInvitations = ({ store, ring, random, webPath }: Deps): Invitations => {
  const hashOf = (text: string): string => ring.hash('invitation', text)

  const counts = async (tx: Tx, found: Invitation | undefined, flow: string, now: number): Promise<boolean> => {
    if (!found || found.flow !== flow || !isOpen(found, now)) return false
    return found.inviter === null || (await store.users.byId(tx, found.inviter))?.active === true
  }

  /** Who was made less since must not go on giving what they no longer hold (I03). */
  const mayStillGive = async (tx: Tx, { inviter, data }: Invitation, now: number): Promise<boolean> => {
    if (inviter === null) return true
    const authority = await readAuthority(store, tx, now)
    const actor = { kind: 'user', userId: inviter, permissions: await authority.ofUser(inviter) } as const
    const grants = data.groups.map((id) => authority.ofGroup(id))
    return (
      authorize(actor, 'users.write').ok &&
      grants.every((given) => {
        const target = { isAdministrator: isAdministrator(given), grants: given }
        return authorize(actor, 'groups.write', target).ok
      })
    )
  }

  return {
    make: async (tx, made, { origin, now }) => {
      const link = token(random)
      const invitation: Invitation = { ...made, id: newId<InvitationId>(now, random), used: 0, createdAt: now }
      await store.invitations.insert(tx, { ...invitation, tokenHash: hashOf(link) })
      return { invitation, link: `${origin}${webPath}if/flow/${made.flow}/?invitation=${link}` }
    },
    shown: async (text, flow, now) => {
      const found = await store.invitations.byTokenHash(store.read, hashOf(text))
      return (await counts(store.read, found, flow, now)) ? (found?.id ?? null) : null
    },
    live: async (id, flow, now) => {
      const found = await store.invitations.byId(store.read, id)
      return found && (await counts(store.read, found, flow, now)) ? found : null
    },
    take: async (tx, id, { flow, email, now }) => {
      const found = await store.invitations.byId(tx, id)
      if (!found || !(await counts(tx, found, flow, now)) || !(await mayStillGive(tx, found, now))) return null
      const { email: invited } = found.data
      if (invited !== undefined && (email === null || emailKey(email) !== emailKey(invited))) return null
      return (await store.invitations.take(tx, id, now)) ? { groups: found.data.groups } : null
    },
  }
}
