/**
 * First run and break glass: the one-time set-up link, the headless bootstrap, and `recover`. Set-up closes for good
 * with the first administrator (G10): renaming or deleting that account never opens it again.
 */
import type { Clock } from '../base/clock.ts'
import { DAY, HOUR } from '../base/clock.ts'
import { type CredentialId, type EmailId, newId, type TokenId, type UserId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { type Random, token } from '../base/random.ts'
import { reveal, type Secret } from '../base/secret.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { EventType } from '../events/catalog.ts'
import type { Store, Tx } from '../store/store.ts'
import { clientOf, type Recorder } from './recorder.ts'

const ADMINS = 'admins'
const FIRST_ADMIN = 'akadmin'

export type Bootstrap = {
  readonly password: Secret | null
  readonly email: string | null
  readonly token: Secret | null
}

/** Another administrator finished first, or a newer link was made. */
export class SetupOver extends Error {
  constructor() {
    super('set-up is over')
    this.name = 'SetupOver'
  }
}

export type FirstRun = {
  isDone(): Promise<boolean>
  /** A new one-time link token, or null where set-up is over. An older one is dead. */
  newLink(): Promise<string | null>
  /** The keyed hash of the newest link where this is its token and set-up is still open, else null. */
  checkLink(linkToken: string): Promise<string | null>
  /**
   * In the transaction that makes the first administrator. Throws where another one finished first, and where a newer
   * link was made since `link` (its keyed hash) was shown: the page it opened is as dead as the link (G03).
   */
  complete(
    tx: Tx,
    setup: { link: string; publicUrl: string; trustProxy: string | null },
    request: RequestFacts,
  ): Promise<undefined>
  /** Sets up without a person: once, at first start. Tells whether it did. */
  bootstrap(given: Bootstrap, hash: (password: Secret) => Promise<string>): Promise<boolean>
  /** A one-time link token that signs `user` in past every flow and policy. */
  newRecovery(user: UserId, validFor?: number): Promise<string>
  /** Spends a recovery token: whom it is for, once. Only the newest of a person counts, until they set a password. */
  spendRecovery(tx: Tx, recoveryToken: string, now: number): Promise<UserId | null>
}

type Deps = {
  readonly store: Store
  readonly ring: KeyRing
  readonly recorder: Recorder
  readonly clock: Clock
  readonly random: Random
}

export const createFirstRun = ({ store, ring, recorder, clock, random }: Deps): FirstRun => {
  const isDone = async (tx: Tx = store.read) => (await store.instance.get(tx, 'setup_done')) !== undefined

  const recordBootstrap = (tx: Tx, type: EventType, target: string, detail: JsonObject): Promise<void> =>
    recorder.in(tx, { type, actor: { kind: 'system', name: 'bootstrap' }, target, detail })

  /** The first administrator: made, or whoever has the name already, as by a configuration file, is made one. */
  const makeAdministrator = async (tx: Tx, email: string | null, now: number): Promise<UserId> => {
    const present = await store.users.byUsername(tx, FIRST_ADMIN)
    const id = present?.id ?? (await makeFirstPerson(tx, email, now))
    const admins = await store.groups.bySlug(tx, ADMINS)
    if (!admins) return id
    const memberships = await store.groups.memberships(tx, id)
    // A membership that ends would leave nobody to administer; this one does not end.
    if (memberships.some((one) => one.groupId === admins.id && one.until === null)) return id
    await store.groups.addMember(tx, { userId: id, groupId: admins.id, until: null })
    await recordBootstrap(tx, 'membership.added', `users/${id}`, { group: ADMINS, until: null })
    return id
  }

  const makeFirstPerson = async (tx: Tx, email: string | null, now: number): Promise<UserId> => {
    const id = newId<UserId>(now, random)
    const person = {
      username: FIRST_ADMIN,
      name: 'Administrator',
      kind: 'internal',
      active: true,
      attributes: {},
    } as const
    await store.users.insert(tx, { id, ...person, organisation: 'main', locale: null, managedBy: null, createdAt: now })
    const address = { id: newId<EmailId>(now, random), userId: id, address: email ?? 'root@example.com' }
    await store.emails.insert(tx, { ...address, primary: true, verifiedAt: null, verifiedBy: null })
    await recordBootstrap(tx, 'user.created', `users/${id}`, { username: FIRST_ADMIN })
    return id
  }

  const makeToken = async (tx: Tx, userId: UserId, given: Secret, now: number): Promise<void> => {
    const id = newId<TokenId>(now, random)
    await store.tokens.insert(tx, {
      id,
      userId,
      kind: 'api',
      name: 'bootstrap',
      permissions: null,
      createdAt: now,
      expiresAt: null,
      lastUsedAt: null,
      keyHash: ring.hash('token', reveal(given, 'hash the bootstrap token')),
    })
    await recordBootstrap(tx, 'token.created', `tokens/${id}`, { user: FIRST_ADMIN, expiresAt: null })
  }

  const close = async (tx: Tx, how: string, detail: JsonObject, client?: RequestFacts): Promise<void> => {
    if (!(await store.instance.setOnce(tx, 'setup_done', clock.now()))) throw new SetupOver()
    await store.instance.remove(tx, 'setup_token')
    await recorder.in(tx, {
      type: 'instance.setup_completed',
      actor: { kind: 'system', name: how },
      detail,
      ...(client ? { client: clientOf(client) } : {}),
    })
  }

  const makeRecovery = async (tx: Tx, user: UserId, validFor = HOUR) => {
    const link = token(random)
    const name = recoveryName(ring, link)
    const expiresAt = clock.now() + Math.min(validFor, 7 * DAY)
    const passwordChangedAt = (await store.users.byId(tx, user))?.passwordChangedAt ?? null
    const older = await store.instance.get(tx, newestName(user))
    if (typeof older === 'string') await store.instance.remove(tx, older)
    await store.instance.set(tx, name, { user, expiresAt, passwordChangedAt } satisfies KeptRecovery)
    await store.instance.set(tx, newestName(user), name)
    return { link, expiresAt }
  }

  return {
    isDone: () => isDone(),
    newLink: async () => {
      if (await isDone()) return null
      const link = token(random)
      await store.write((tx) => store.instance.set(tx, 'setup_token', ring.hash('setup', link)))
      return link
    },
    checkLink: async (link) => {
      if (await isDone()) return null
      const hash = ring.hash('setup', link)
      return (await store.instance.get(store.read, 'setup_token')) === hash ? hash : null
    },
    complete: async (tx, setup, request) => {
      if ((await store.instance.get(tx, 'setup_token')) !== setup.link) throw new SetupOver()
      await close(tx, 'first run', { publicUrl: setup.publicUrl }, request)
      await store.instance.set(tx, 'public_url', setup.publicUrl)
      if (setup.trustProxy === null) return
      await store.instance.set(tx, 'trusted_proxies', [setup.trustProxy])
      await recorder.in(tx, {
        type: 'instance.proxy_trusted',
        actor: { kind: 'system', name: 'first run' },
        detail: { proxy: setup.trustProxy },
        client: clientOf(request),
      })
    },
    bootstrap: async (given, hash) => {
      if (!given.password && !given.token) return false
      if (await isDone()) return false
      const hashed = given.password ? await hash(given.password) : null
      await store.write(async (tx) => {
        if (await isDone(tx)) return
        const now = clock.now()
        const user = await makeAdministrator(tx, given.email, now)
        if (hashed) {
          await store.credentials.setPassword(tx, user, newId<CredentialId>(now, random), hashed, now)
          await recordBootstrap(tx, 'user.password_set', `users/${user}`, {})
        }
        if (given.token) await makeToken(tx, user, given.token, now)
        await close(tx, 'bootstrap', { password: hashed !== null, token: given.token !== null })
      })
      return true
    },
    newRecovery: (user, validFor) =>
      store.write(async (tx) => {
        const { link, expiresAt } = await makeRecovery(tx, user, validFor)
        await recorder.in(tx, {
          type: 'instance.recovery_link_made',
          actor: { kind: 'system', name: 'command line' },
          target: `users/${user}`,
          detail: { expiresAt },
        })
        return link
      }),
    spendRecovery: async (tx, link, now) => {
      const name = recoveryName(ring, link)
      // Written above and nowhere else.
      const kept = (await store.instance.get(tx, name)) as KeptRecovery | undefined
      // Taken away whether or not it still counts: a link is tried once.
      if (!kept || !(await store.instance.remove(tx, name))) return null
      await store.instance.remove(tx, newestName(kept.user))
      const person = await store.users.byId(tx, kept.user)
      if (!person?.active || kept.expiresAt <= now) return null
      return person.passwordChangedAt === kept.passwordChangedAt ? kept.user : null
    },
  }
}

/** What is kept of a recovery link. A password set after it was made means that it is no longer needed (G03). */
type KeptRecovery = {
  readonly user: UserId
  readonly expiresAt: number
  readonly passwordChangedAt: number | null
}

const newestName = (user: UserId): string => `recovery-of:${user}`

const recoveryName = (ring: KeyRing, link: string): string => `recovery:${ring.hash('recovery', link)}`
