/**
 * The console as decisions and flows see it: a door of the house, for whoever holds a permission, and behind what the settings
 * ask of administrators: two factors unless they say otherwise (DESIGN §13).
 */
import { HOUR } from '../base/clock.ts'
import { type Demands, NO_DEMANDS } from '../domain/assurance/assurance.ts'
import type { Decision } from '../domain/decisions/decision.ts'
import type { Person } from '../domain/people/person.ts'
import type { Permission } from '../domain/permissions/permission.ts'
import { BREAK_GLASS } from '../domain/sessions/proven-enough.ts'
import { usernameKey } from '../domain/users/user.ts'
import type { Snapshot } from '../kinds/contract/resource.ts'
import type { Destination } from '../kinds/contract/stage.ts'
import type { CompiledWho } from '../policy/compile-access.ts'
import { type DecidedSession, type DecideInput, decide } from '../policy/decide.ts'
import { settingsType } from '../resources/types/settings-type.ts'

export const CONSOLE_PATH = '/if/admin/'

/** What the settings ask of administrators; `fresh` in milliseconds. */
export type Administration = { readonly assurance: Demands; readonly fresh: number }

/** Settings that are gone ask for all that they would by themselves. */
export const administrationOf = (snapshot: Pick<Snapshot, 'get'>): Administration =>
  snapshot.get(settingsType, 'instance')?.administration ?? {
    assurance: { ...NO_DEMANDS, mfa: true, takesTrust: false },
    fresh: HOUR,
  }

export type Entering = {
  readonly person: Person
  readonly permissions: ReadonlySet<Permission>
  readonly session: DecidedSession
  readonly request: DecideInput['request']
  readonly now: number
  readonly administration: Administration
  /** Access is handed out or taken over: the last proof must be fresh. */
  readonly sensitive?: boolean
}

/** Whether this session may administer. */
export const decideConsole = (entering: Entering): Decision => {
  const { person, permissions, session, request, now } = entering
  const access = { allow: whoAdministers(person, permissions), deny: null, policies: null, assurance: asked(entering) }
  return decide({
    person,
    session,
    channel: 'console',
    application: { slug: '', name: 'Console', access },
    request,
    now,
  })
}

const whoAdministers = ({ user }: Person, permissions: ReadonlySet<Permission>): CompiledWho => ({
  named: true,
  groups: new Set(),
  users: new Set(permissions.size > 0 ? [usernameKey(user.username)] : []),
  when: null,
})

/** `gatehouse recover` is past every policy (DESIGN §13), for as long as any proof is fresh: time to set a factor up. */
const asked = ({ session, now, administration, sensitive }: Entering): Demands => {
  const { assurance, fresh } = administration
  const brokeGlass = session.proofs.some(({ method, at }) => method === BREAK_GLASS && now - at <= fresh)
  if (brokeGlass) return NO_DEMANDS
  if (!sensitive) return assurance
  return { ...assurance, maxAge: Math.min(fresh, assurance.maxAge ?? fresh) }
}

/** Where a flow leads that was begun at the console: to no application, and what it demands is asked for on the way. */
export const toConsole = ({ mfa }: Pick<Demands, 'mfa'>): Destination => ({
  application: '',
  applicationName: 'Console',
  formAction: [],
  demandsMfa: mfa,
  demandsProof: true,
})
