/** The second factors that people have: read, told, renamed and taken away. Which kinds there are comes in. */
import type { CredentialId, UserId } from '../base/ids.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { Person } from '../domain/people/person.ts'
import { provenEnough } from '../domain/sessions/proven-enough.ts'
import type { Proof } from '../domain/sessions/session.ts'
import type { AuthenticatorKind, AuthenticatorVault, Held } from '../kinds/contract/authenticator.ts'
import type { Credential, Store, Tx } from '../store/store.ts'

/** What lists may know of an authenticator. */
export type ToldAuthenticator = {
  readonly id: CredentialId
  readonly kind: string
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  /** Whether it can still prove something: recovery codes may be used up. */
  readonly usable: boolean
  readonly detail: Readonly<Record<string, string>>
}

export type Authenticators = {
  readonly vault: AuthenticatorVault
  readonly kinds: readonly AuthenticatorKind[]
  of(tx: Tx, user: UserId): Promise<readonly (Held & { readonly kind: string })[]>
  told(tx: Tx, user: UserId): Promise<readonly ToldAuthenticator[]>
  /** One of this person's; another's is as unknown as none (I08). */
  one(tx: Tx, user: UserId, id: CredentialId): Promise<Credential | null>
  heldMethods(tx: Tx, user: UserId): Promise<ReadonlySet<string>>
  /** Whether the person has usable ones, and all of them need mail. */
  onlyByMail(tx: Tx, user: UserId): Promise<boolean>
  /** Whether what was proven lets the person change their authenticators now. */
  mayChange(tx: Tx, person: Pick<Person, 'user'>, proofs: readonly Proof[], now: number): Promise<boolean>
}

type Deps = {
  readonly store: Store
  readonly ring: Pick<KeyRing, 'seal' | 'unseal' | 'hash'>
  readonly kinds: readonly AuthenticatorKind[]
}

export const createAuthenticators = ({ store, ring, kinds }: Deps): Authenticators => {
  const byId = new Map(kinds.map((kind) => [kind.id, kind]))
  const of = async (tx: Tx, user: UserId): Promise<readonly Credential[]> =>
    (await store.credentials.of(tx, user)).filter((credential) => byId.has(credential.kind))
  const heldMethods = async (tx: Tx, user: UserId): Promise<ReadonlySet<string>> => {
    const methods = new Set<string>()
    for (const { kind, data } of await of(tx, user)) {
      const known = byId.get(kind)
      if (known?.usable(data)) methods.add(known.amrOf?.(data) ?? known.amr)
    }
    return methods
  }
  return {
    vault: createVault(ring),
    kinds,
    of,
    heldMethods,
    onlyByMail: async (tx, user) => {
      const usable = (await of(tx, user)).flatMap(({ kind, data }) => {
        const known = byId.get(kind)
        return known?.usable(data) ? [known] : []
      })
      return usable.length > 0 && usable.every(({ needs }) => needs === 'mail')
    },
    told: async (tx, user) =>
      (await of(tx, user)).flatMap(({ id, kind, name, createdAt, lastUsedAt, data }) => {
        const known = byId.get(kind)
        if (!known) return []
        return [{ id, kind, name, createdAt, lastUsedAt, usable: known.usable(data), detail: known.tell(data) }]
      }),
    one: async (tx, user, id) => {
      const found = await store.credentials.byId(tx, id)
      return found?.userId === user && byId.has(found.kind) ? found : null
    },
    mayChange: async (tx, { user }, proofs, now) => provenEnough(proofs, await heldMethods(tx, user.id), now),
  }
}

/** Secrets stand where they belong: sealed to their member of their row, so a copied one opens nowhere else. */
const createVault = (ring: Deps['ring']): AuthenticatorVault => {
  const placeOf = (row: CredentialId, column: string) => ({ table: 'credentials', row, column })
  return {
    seal: (plain, credential, member) => ring.seal(plain, placeOf(credential, member)),
    open: (sealed, credential, member) => ring.unseal(sealed, placeOf(credential, member)),
    hash: (text, credential) => ring.hash('authenticator-code', `${credential} ${text}`),
  }
}
