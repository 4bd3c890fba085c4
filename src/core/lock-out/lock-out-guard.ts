/**
 * The lock-out guard (DESIGN §6): at least one active administrator with usable credentials still reaches the console,
 * from the network that the change is made from. Looked at before a change and after it, in its own transaction: what may
 * not be is that it gets worse, so whoever is locked out already can still mend the house piece by piece.
 */
import type { GroupId, UserId } from '../../base/ids.ts'
import { effectiveGroups, type Group, type Membership } from '../../domain/groups/group.ts'
import type { Person } from '../../domain/people/person.ts'
import { PERMISSIONS } from '../../domain/permissions/permission.ts'
import type { CompiledFlow } from '../../flow/compiled-flow.ts'
import type { AuthenticatorKind, AuthenticatorPorts } from '../../kinds/contract/authenticator.ts'
import type { ResourceType, Snapshot } from '../../kinds/contract/resource.ts'
import { isAdministrator } from '../../policy/authorize.ts'
import type { MadeFrom } from '../../resources/edit/author.ts'
import type { Level, LockedOut, LockOutGuard, Outside, Standing } from '../../resources/edit/lock-out-guard.ts'
import { roleType } from '../../resources/types/role-type.ts'
import { settingsType } from '../../resources/types/settings-type.ts'
import type { Store, Tx } from '../../store/store.ts'
import { type Authority, readAuthority } from '../authority.ts'
import { permissionsOf } from '../permissions-of.ts'
import { meansOf } from './means-of.ts'
import { possibleRequests } from './possible-requests.ts'
import { type NotReached, reachConsole } from './reach-console.ts'

const RANK: Readonly<Record<Level, number>> = { nowhere: 0, token: 1, console: 2 }

export type LockOutDeps = {
  readonly store: Pick<
    Store,
    'resources' | 'groups' | 'users' | 'emails' | 'credentials' | 'sessions' | 'tokens' | 'instance'
  >
  readonly clock: { now(): number }
  readonly flows: ResourceType<never, CompiledFlow>
  readonly authenticatorKinds: readonly AuthenticatorKind[]
  /** What authenticators would go by at an address, under this configuration. */
  readonly authenticatorPorts: (at: { snapshot: Snapshot; origin: string; publicUrl: string }) => AuthenticatorPorts
  /** Of the environment; it wins over what the first run proved. */
  readonly publicUrl: string | null
  /** Whether the environment names a mail server. */
  readonly mailInEnvironment: boolean
}

/** Nobody is inside yet, or the house is being set up: nothing can be lost. */
const NOBODY: Standing = { now: 'nowhere', forEver: 'nowhere', inside: [], outside: [] }

export const createLockOutGuard = (deps: LockOutDeps): LockOutGuard => ({
  look: async (tx, snapshot, from) => {
    if ((await deps.store.instance.get(tx, 'setup_done')) === undefined) return NOBODY
    return lookFor(deps, tx, snapshot, from)
  },
  compare: async (tx, before, after) => {
    const worse = (at: 'now' | 'forEver') => RANK[after[at]] < RANK[before[at]]
    if (!worse('now') && !worse('forEver')) return []
    const told = new Set(after.outside.map(({ id }) => id))
    const lost = await Promise.all(before.inside.filter(({ id }) => !told.has(id)).map((one) => lostOf(deps, tx, one)))
    return shown([...lost, ...after.outside])
  },
})

const lostOf = async (
  { store }: LockOutDeps,
  tx: Tx,
  { id, username }: Standing['inside'][number],
): Promise<Outside> => {
  const user = await store.users.byId(tx, id)
  const says = user ? 'would no longer hold every permission.' : 'would be gone.'
  return { id, at: null, says: `${username} ${says}` }
}

const MOST_SHOWN = 3

const shown = (outside: readonly Outside[]): LockedOut[] => {
  if (outside.length === 0) return [{ at: null, says: 'Nobody would be there who holds every permission.' }]
  const more = outside.length - MOST_SHOWN
  const few = outside.slice(0, MOST_SHOWN)
  if (more <= 0) return few
  return [...few, { at: null, says: `${more} more would not get in either.` }]
}

// Beyond any date, so that only memberships without an end still hold.
const FOR_EVER = Number.MAX_SAFE_INTEGER
// Where none of so many gets in, the house is shut.
const MOST_ASKED = 100

const lookFor = async (deps: LockOutDeps, tx: Tx, snapshot: Snapshot, from: MadeFrom | null): Promise<Standing> => {
  const now = deps.clock.now()
  const authority = await readAuthority(deps.store, tx, now, snapshot.all(roleType))
  const candidates = await candidatesOf(deps, tx, authority, now)
  const looking: Looking = { deps, tx, snapshot, from, now, authority }
  const standing = { now: 'nowhere' as Level, forEver: 'nowhere' as Level }
  const inside: Standing['inside'][number][] = []
  const outside: Outside[] = []
  for (const candidate of candidates.slice(0, MOST_ASKED)) {
    const came = await tryOne(looking, candidate)
    for (const at of ['now', 'forEver'] as const) if (RANK[came[at]] > RANK[standing[at]]) standing[at] = came[at]
    if (came.now === 'console') inside.push(candidate.user)
    if (came.outside) outside.push(came.outside)
    if (standing.forEver === 'console') break
  }
  return { ...standing, inside, outside }
}

type Looking = {
  readonly deps: LockOutDeps
  readonly tx: Tx
  readonly snapshot: Snapshot
  readonly from: MadeFrom | null
  readonly now: number
  readonly authority: Authority
}

type Candidate = {
  readonly user: Person['user']
  readonly memberships: readonly Membership[]
  /** Whether they hold everything without a membership that ends. */
  readonly forEver: boolean
}

/** Everybody who holds everything now; first those who go on to. */
const candidatesOf = async (
  { store }: LockOutDeps,
  tx: Tx,
  authority: Authority,
  now: number,
): Promise<readonly Candidate[]> => {
  const members = new Set<UserId>()
  for (const id of rarest(authority)) for (const { userId } of await store.groups.members(tx, id)) members.add(userId)
  const memberships = Map.groupBy(await store.groups.membershipsOfMany(tx, [...members]), (one) => one.userId)
  const holds = (own: readonly Membership[], at: number): boolean =>
    isAdministrator(permissionsOf(effectiveGroups(authority.groups, own, at), authority.roles))
  const candidates: Candidate[] = []
  for (const [id, own] of memberships) {
    if (!holds(own, now)) continue
    const user = await store.users.byId(tx, id)
    if (user) candidates.push({ user, memberships: own, forEver: holds(own, FOR_EVER) })
  }
  const likely = ({ user, forEver }: Candidate): number =>
    Number(forEver) * 4 + Number(user.active) * 2 + Number(user.passwordChangedAt !== null)
  return candidates.toSorted((a, b) => likely(b) - likely(a) || (b.user.lastLoginAt ?? 0) - (a.user.lastLoginAt ?? 0))
}

/**
 * The groups that give the permission which the fewest groups give: whoever holds everything is in one of them. So a
 * role that a hundred thousand people share costs nothing here.
 */
const rarest = (authority: Authority): readonly GroupId[] => {
  const groups = [...authority.groups.keys()].map((id) => ({ id, gives: authority.ofGroup(id) }))
  let fewest: readonly GroupId[] | null = null
  for (const permission of PERMISSIONS) {
    const giving = groups.flatMap(({ id, gives }) => (gives.has(permission) ? [id] : []))
    if (fewest === null || giving.length < fewest.length) fewest = giving
  }
  return fewest ?? []
}

type Came = { readonly now: Level; readonly forEver: Level; readonly outside: Outside | null }

const tryOne = async (looking: Looking, { user, memberships, forEver }: Candidate): Promise<Came> => {
  const { id, username, active, kind } = user
  const out = (says: string, at: Outside['at'] = null): Outside => ({ id, at, says: `${username} ${says}` })
  if (!active) return { now: 'nowhere', forEver: 'nowhere', outside: out('is switched off.') }
  const byToken = (await holdsToken(looking, id)) ? 'token' : 'nowhere'
  const lasting = forEver ? byToken : 'nowhere'
  if (kind === 'service_account') {
    return { now: byToken, forEver: lasting, outside: out('is a service account, which signs in nowhere.') }
  }
  const always = forEver ? await trySignIn(looking, user, memberships, FOR_EVER) : null
  if (always?.ok) return { now: 'console', forEver: 'console', outside: null }
  // A membership that ends may be what a condition asks for.
  const present = await trySignIn(looking, user, memberships, looking.now)
  if (!present.ok)
    return { now: byToken, forEver: lasting, outside: out(sentence(present.error), placeOf(present.error)) }
  const fades = always ? sentence(always.error) : 'holds every permission only until a membership ends.'
  return { now: 'console', forEver: lasting, outside: out(fades, always ? placeOf(always.error) : null) }
}

const sentence = ({ flow, node, why }: NotReached): string =>
  node === null ? `${why}${why.endsWith('.') ? '' : '.'}` : `stops in the flow "${flow}" at "${node}": ${why}.`

const placeOf = ({ flow, node }: NotReached): Outside['at'] => ({
  type: 'flows',
  slug: flow,
  path: node === null ? '' : `nodes.${node}`,
})

/** In every way they might come; the first that leads in counts, else the first that does not is told. */
const trySignIn = async (
  looking: Looking,
  user: Person['user'],
  memberships: readonly Membership[],
  at: number,
): Promise<ReturnType<typeof reachConsole>> => {
  const { deps, tx, snapshot, authority, now } = looking
  const current = memberships.filter(({ until }) => until === null || until > at)
  const groups: readonly Group[] = effectiveGroups(authority.groups, current, at)
  const person: Person = {
    user,
    emails: await deps.store.emails.of(tx, user.id),
    directGroups: current.flatMap((one) => authority.groups.get(one.groupId) ?? []),
    groups,
    groupsUntil: null,
  }
  const maxAge = snapshot.get(settingsType, 'instance')?.password.maxAge ?? null
  const means = await meansOf(deps.store, deps.authenticatorKinds, tx, person, { maxAge, now })
  const { requests, publicUrl } = await possibleRequests(deps, tx, { snapshot, from: looking.from, user: user.id, now })
  let first: ReturnType<typeof reachConsole> | null = null
  for (const request of requests) {
    const came = reachConsole({
      snapshot,
      flows: deps.flows,
      person,
      permissions: permissionsOf(groups, authority.roles),
      means: means({ request, ports: deps.authenticatorPorts({ snapshot, origin: request.origin, publicUrl }) }),
      request,
      sendsMail: sendsMail(deps, snapshot),
    })
    if (came.ok) return came
    first ??= came
  }
  if (!first) throw new Error('there is always some way to come')
  return first
}

const sendsMail = ({ mailInEnvironment }: LockOutDeps, snapshot: Snapshot): boolean =>
  mailInEnvironment || (snapshot.get(settingsType, 'instance')?.mail ?? null) !== null

/** A token without bounds opens the API, where everything can be mended; it is no way into the console. */
const holdsToken = async ({ deps, tx, now }: Looking, id: UserId): Promise<boolean> => {
  const tokens = await deps.store.tokens.of(tx, id, 'api')
  return tokens.some((token) => token.permissions === null && (token.expiresAt === null || token.expiresAt > now))
}
