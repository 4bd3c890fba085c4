/**
 * Authenticators that move in from authentik: apps, recovery codes and passkeys as rows of its tables (contracts §7.3), so
 * that nobody sets one up again. A row goes to the person whose user row there names them, by id or by user name: the
 * numbers of users alone say nothing, as people made here have some too.
 */
import { type CredentialId, isUuid, type UserId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { uuidOf } from '../../../base/named-id.ts'
import { parse } from '../../../base/schema.ts'
import { credentialLookup } from '../../../core/credential-lookup.ts'
import type { Recorder } from '../../../core/recorder.ts'
import type { User } from '../../../domain/users/user.ts'
import type { AuthenticatorKind, AuthenticatorVault } from '../../../kinds/contract/authenticator.ts'
import { subject } from '../../../protocol/oidc/claims/subject.ts'
import type { Store, Tx } from '../../../store/store.ts'

/** Rows by the names of their tables. */
export type AuthentikTables = ReadonlyMap<string, readonly JsonObject[]>

export type LoadedAuthenticators = {
  readonly loaded: readonly { readonly kind: string; readonly username: string; readonly name: string }[]
  /** What stayed behind, and why. */
  readonly left: readonly { readonly table: string; readonly row: string; readonly why: string }[]
}

type Deps = {
  readonly store: Store
  readonly recorder: Pick<Recorder, 'in'>
  readonly vault: AuthenticatorVault
  readonly kinds: readonly AuthenticatorKind[]
  readonly now: number
  /** Ours, where the rows do not bring authentik's own. */
  readonly installId: string
}

const USERS = 'authentik_core_user'
const INSTALL_ID = 'authentik_install_id'

export const loadAuthenticators = (deps: Deps, tables: AuthentikTables): Promise<LoadedAuthenticators> =>
  // All or nothing: half an import would have to be told from a whole one by hand.
  deps.store.write(async (tx) => {
    const installId = textIn(tables.get(INSTALL_ID)?.[0], 'id') ?? deps.installId
    const known = await peopleOf(deps.store, tx, tables.get(USERS) ?? [])
    const loaded: LoadedAuthenticators['loaded'][number][] = []
    const left: LoadedAuthenticators['left'][number][] = []
    for (const kind of deps.kinds) {
      for (const row of tables.get(kind.authentik?.table ?? '') ?? []) {
        const read = readRow(deps, kind, row, { tables, known, installId })
        const kept = 'left' in read ? read : await keep(deps, tx, kind, row, read)
        if ('left' in kept) left.push({ table: kind.authentik?.table ?? '', row: String(row.id), why: kept.left })
        else loaded.push(kept)
      }
    }
    return { loaded, left }
  })

type Person = { readonly user: User; readonly number: number }
type About = {
  readonly tables: AuthentikTables
  readonly known: ReadonlyMap<number, Person>
  readonly installId: string
}
type Read = { readonly user: User; readonly credential: CredentialId; readonly data: JsonObject }
type Left = { readonly left: string }

/** Whom each user row there is here, by its number there. */
const peopleOf = async (store: Store, tx: Tx, rows: readonly JsonObject[]): Promise<ReadonlyMap<number, Person>> => {
  const known = new Map<number, Person>()
  for (const { id, uuid, username } of rows) {
    if (typeof id !== 'number') continue
    const user =
      (typeof uuid === 'string' && isUuid(uuid) ? await store.users.byId(tx, uuid as UserId) : undefined) ??
      (typeof username === 'string' ? await store.users.byUsername(tx, username) : undefined)
    if (user) known.set(id, { user, number: id })
  }
  return known
}

const readRow = (
  { vault }: Deps,
  { authentik, data: schema }: AuthenticatorKind,
  row: JsonObject,
  { tables, known, installId }: About,
): Read | Left => {
  if (!authentik || typeof row.id !== 'number') return { left: 'the row has no id' }
  // Set up and never shown to work: nobody could sign in with it there either.
  if (row.confirmed === false) return { left: 'it was never confirmed' }
  const person = typeof row.user_id === 'number' ? known.get(row.user_id) : undefined
  if (!person) return { left: `nobody here is user ${row.user_id}` }
  const { user, number } = person
  // One row has one id, so that a second import finds what the first one made.
  const credential = uuidOf(`authentik/${installId}/${authentik.table}/${row.id}`) as CredentialId
  const { parts } = authentik
  const read = authentik.read(row, {
    parts: parts ? (tables.get(parts.table) ?? []).filter((part) => part[parts.of] === row.id) : [],
    credential,
    vault,
    hashedUserId: subject(
      'hashed_user_id',
      { number, uuid: user.id, username: user.username, verifiedEmail: null, upn: null },
      installId,
    ),
  })
  if ('left' in read) return read
  const checked = parse(schema, read.data)
  return checked.ok ? { user, credential, data: read.data } : { left: 'it does not fit what is kept here' }
}

const keep = async (
  { store, recorder, now }: Deps,
  tx: Tx,
  kind: AuthenticatorKind,
  row: JsonObject,
  { user, credential, data }: Read,
): Promise<LoadedAuthenticators['loaded'][number] | Left> => {
  if (await store.credentials.byId(tx, credential)) return { left: 'it is here already' }
  const lookup = kind.lookupOf?.(data)
  const kept = lookup === undefined ? null : credentialLookup(kind.id, lookup)
  // Asked before, as PostgreSQL ends a transaction whose statement failed.
  if (kept !== null && (await store.credentials.byLookup(tx, kept))) return { left: 'somebody has it already' }
  const name = (textIn(row, 'name') ?? '').slice(0, LONGEST_NAME)
  await store.credentials.insert(tx, {
    id: credential,
    userId: user.id,
    kind: kind.id,
    name,
    data,
    createdAt: timeIn(row.created) ?? timeIn(row.created_on) ?? now,
    lastUsedAt: timeIn(row.last_used) ?? null,
    lookup: kept,
  })
  await recorder.in(tx, {
    type: 'credential.added',
    actor: { kind: 'system', name: 'import' },
    target: `users/${user.id}`,
    detail: { kind: kind.id, name, credential, from: 'authentik' },
  })
  return { kind: kind.id, username: user.username, name }
}

const LONGEST_NAME = 64

const textIn = (row: JsonObject | undefined, member: string): string | null => {
  const value = row?.[member]
  return typeof value === 'string' && value !== '' ? value : null
}

const timeIn = (value: unknown): number | null => {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? null : time
}
