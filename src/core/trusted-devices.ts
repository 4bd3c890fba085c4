/**
 * Browsers that stand for a second factor that was proven in them ("don't ask here for 30 days"). What a browser shows is
 * a token of its own, apart from its session; kept is a keyed hash. It counts for the one person it was made for, until
 * its end, and no longer than the password and the authenticator that it was made beside (E23).
 */
import type { CredentialId, UserId } from '../base/ids.ts'
import { reveal } from '../base/secret.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { User } from '../domain/users/user.ts'
import type { Actor } from '../events/event.ts'
import type { Held } from '../kinds/contract/authenticator.ts'
import type { Effect } from '../kinds/contract/stage.ts'
import type { Credential, Store, Tx } from '../store/store.ts'
import { credentialLookup } from './credential-lookup.ts'
import { clientOf, type Recorder } from './recorder.ts'

const KIND = 'trusted-device'
// More than anybody uses; less than would fill the store.
const MOST = 20

type TrustData = {
  readonly until: number
  readonly generation: number
  readonly password_changed_at: number | null
  readonly by: CredentialId
  readonly ip: string
  readonly user_agent: string
}

export type TrustedDevice = {
  readonly id: CredentialId
  readonly userAgent: string
  readonly ip: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly until: number
}

export type TrustedDevices = {
  /** What a browser shows, where it stands for this person's second factor now. */
  standing(user: UserId, token: string, now: number): Promise<Pick<Held, 'id' | 'data'> | null>
  trust(
    tx: Tx,
    effect: Extract<Effect, { do: 'trust_device' }>,
    about: { readonly actor: Actor; readonly request: RequestFacts; readonly flow: string },
  ): Promise<void>
  /** Those that count now, the newest first. */
  of(tx: Tx, user: UserId, now: number): Promise<readonly TrustedDevice[]>
  /** False where the person has no such one. The event is whoever calls it's. */
  forget(tx: Tx, user: UserId, id: CredentialId): Promise<boolean>
}

type Deps = {
  readonly store: Pick<Store, 'credentials' | 'users' | 'read'>
  readonly ring: Pick<KeyRing, 'hash'>
  readonly recorder: Pick<Recorder, 'in'>
}

export const createTrustedDevices = ({ store, ring, recorder }: Deps): TrustedDevices => {
  const lookupOf = (token: string): string => ring.hash('trusted-device', token)
  const counts = async (tx: Tx, user: User | undefined, credential: Credential, now: number): Promise<boolean> => {
    const data = dataOf(credential)
    if (!user?.active || credential.userId !== user.id || now >= data.until) return false
    if (data.generation !== user.generation || data.password_changed_at !== user.passwordChangedAt) return false
    return (await store.credentials.byId(tx, data.by))?.userId === user.id
  }
  return {
    standing: async (user, token, now) => {
      const tx = store.read
      const found = await store.credentials.byLookup(tx, credentialLookup(KIND, lookupOf(token)))
      if (found?.userId !== user) return null
      return (await counts(tx, await store.users.byId(tx, user), found, now))
        ? { id: found.id, data: found.data }
        : null
    },
    trust: async (tx, { user, id, token, by, until }, { actor, request, flow }) => {
      const row = await store.users.byId(tx, user)
      if (!row) throw new Error('a browser trusted for nobody')
      const kept = await store.credentials.of(tx, user, KIND)
      for (const old of byAge(kept).slice(MOST - 1)) await store.credentials.remove(tx, old.id)
      const data = {
        until,
        generation: row.generation,
        password_changed_at: row.passwordChangedAt,
        by,
        ip: request.ip,
        user_agent: request.userAgent.slice(0, 400),
      } satisfies TrustData
      await store.credentials.insert(tx, {
        id,
        userId: user,
        kind: KIND,
        name: '',
        data,
        createdAt: request.at,
        lastUsedAt: null,
        lookup: credentialLookup(KIND, lookupOf(reveal(token, 'trust a browser'))),
      })
      await recorder.in(tx, {
        type: 'credential.added',
        actor,
        target: `users/${user}`,
        detail: { credential: id, kind: KIND, name: '', flow, until },
        client: clientOf(request),
      })
    },
    of: async (tx, user, now) => {
      const row = await store.users.byId(tx, user)
      const standing: TrustedDevice[] = []
      for (const credential of byAge(await store.credentials.of(tx, user, KIND))) {
        if (await counts(tx, row, credential, now)) standing.push(told(credential))
      }
      return standing
    },
    forget: async (tx, user, id) => {
      const found = await store.credentials.byId(tx, id)
      if (found?.userId !== user || found.kind !== KIND) return false
      return store.credentials.remove(tx, id)
    },
  }
}

// Rows of this kind are written above and nowhere else.
const dataOf = ({ data }: Credential): TrustData => data as unknown as TrustData

const byAge = (credentials: readonly Credential[]): readonly Credential[] =>
  credentials.toSorted((a, b) => b.createdAt - a.createdAt)

const told = (credential: Credential): TrustedDevice => {
  const { until, ip, user_agent: userAgent } = dataOf(credential)
  const { id, createdAt, lastUsedAt } = credential
  return { id, userAgent, ip, createdAt, lastUsedAt, until }
}
