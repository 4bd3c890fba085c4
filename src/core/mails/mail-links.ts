/**
 * One-time links that are mailed or handed over, and the codes beside them. Kept as keyed hashes; the newest of a person
 * alone counts, until it ends, until it was used, and while password, address and account stand as they did (G03).
 */

import type { Clock } from '../../base/clock.ts'
import type { AttemptId, UserId } from '../../base/ids.ts'
import { digits, type Random, token } from '../../base/random.ts'
import { secret } from '../../base/secret.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import { type Email, emailKey, type User } from '../../domain/users/user.ts'
import { nobody } from '../../kinds/contract/fact.ts'
import type { LinkPurpose, LiveLink, NewLink, Place } from '../../kinds/contract/stage.ts'
import type { MailLink, Store, Tx } from '../../store/store.ts'
import type { People } from '../people.ts'

export type LinkToKeep = {
  readonly purpose: LinkPurpose
  readonly user: UserId | null
  readonly address: string | null
  readonly link: Pick<NewLink, 'linkHash' | 'codeHash'>
  readonly place: Omit<Place, 'attempt'> & { readonly attempt: AttemptId | null }
  readonly expiresAt: number
}

export type MailLinks = {
  newLink(): NewLink
  keep(tx: Tx, link: LinkToKeep): Promise<void>
  byLink(link: string): Promise<LiveLink | null>
  byCode(linkHash: string, code: string): Promise<LiveLink | null>
  /** Spends it, where it counts in this very transaction. */
  spend(tx: Tx, linkHash: string, now: number): Promise<boolean>
}

type Deps = {
  readonly store: Pick<Store, 'read' | 'mailLinks' | 'users' | 'emails'>
  readonly ring: Pick<KeyRing, 'hash'>
  readonly people: Pick<People, 'ofUser'>
  readonly clock: Clock
  readonly random: Random
}

const CODE_DIGITS = 8

export const createMailLinks = ({ store, ring, people, clock, random }: Deps): MailLinks => {
  const hashOf = (link: string): string => ring.hash('mail link', link)
  // With the link's own hash in it: the same digits beside another link are another code.
  const codeHashOf = (linkHash: string, code: string): string => ring.hash('mail code', `${linkHash} ${code}`)

  const counts = async (tx: Tx, kept: MailLink, now: number): Promise<boolean> => {
    if (kept.expiresAt <= now) return false
    // Of an address alone where it was sent; of nobody it counts for nothing.
    if (kept.userId === null) return kept.purpose === 'verify' && kept.address !== null
    const user = await store.users.byId(tx, kept.userId)
    if (!user?.active || standingOf(user) !== kept.standing) return false
    return kept.address === null || isTheirs(await store.emails.of(tx, user.id), kept.address)
  }

  const live = async (kept: MailLink | undefined): Promise<LiveLink | null> => {
    if (!kept || !(await counts(store.read, kept, clock.now()))) return null
    const user = kept.userId === null ? undefined : await store.users.byId(store.read, kept.userId)
    return {
      linkHash: kept.linkHash,
      // Written below and nowhere else.
      purpose: kept.purpose as LinkPurpose,
      person: user ? await people.ofUser(user) : null,
      address: kept.address,
      place: { flow: kept.flow, revision: kept.revision, node: kept.node, attempt: kept.attemptId },
    }
  }

  return {
    newLink: () => {
      const link = token(random)
      const linkHash = hashOf(link)
      const code = digits(random, CODE_DIGITS)
      return { link: secret(link), code: secret(code), linkHash, codeHash: codeHashOf(linkHash, code) }
    },
    keep: async (tx, { purpose, user, address, link, place, expiresAt }) => {
      // Asked for nobody too: what it costs would tell (G01).
      const row = await store.users.byId(tx, user ?? nobody)
      await store.mailLinks.insert(tx, {
        linkHash: link.linkHash,
        codeHash: link.codeHash,
        purpose,
        userId: user,
        address,
        standing: row ? standingOf(row) : '',
        flow: place.flow,
        revision: place.revision,
        node: place.node,
        attemptId: place.attempt,
        expiresAt,
      })
    },
    byLink: async (link) => live(await store.mailLinks.byHash(store.read, hashOf(link))),
    byCode: async (linkHash, code) => {
      const kept = await store.mailLinks.byHash(store.read, linkHash)
      // Keyed hashes are compared: how alike they are tells nothing of the code.
      return kept?.codeHash === codeHashOf(linkHash, code) ? live(kept) : null
    },
    spend: async (tx, linkHash, now) => {
      const kept = await store.mailLinks.byHash(tx, linkHash)
      return kept !== undefined && (await counts(tx, kept, now)) && (await store.mailLinks.spend(tx, linkHash))
    },
  }
}

const standingOf = ({ generation, passwordChangedAt }: User): string => `${generation}.${passwordChangedAt ?? ''}`

const isTheirs = (emails: readonly Email[], address: string): boolean =>
  emails.some((email) => email.verifiedAt !== null && emailKey(email.address) === emailKey(address))
