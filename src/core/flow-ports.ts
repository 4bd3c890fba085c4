/** What the flow engine may ask of the house, put together from its services. */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { EventDraft } from '../events/event.ts'
import type { CompiledFlow } from '../flow/compiled-flow.ts'
import type { FlowPorts, Work, WorkDone } from '../flow/ports.ts'
import type { RelyingParty } from '../kinds/contract/authenticator.ts'
import type { Destination, Effect, FlowWay } from '../kinds/contract/stage.ts'
import type { Attempt, Store, Tx } from '../store/store.ts'
import { administersNothing } from './administers-nothing.ts'
import type { Authenticators } from './authenticators.ts'
import { credentialLookup } from './credential-lookup.ts'
import type { Invitations } from './enrolment/invitations.ts'
import { SetupOver } from './first-run.ts'
import type { Guesses } from './guesses.ts'
import type { Mails } from './mails/mails.ts'
import type { Passwords } from './passwords.ts'
import type { People } from './people.ts'
import { CredentialOvertaken, type PerformEffects } from './perform-effects.ts'
import { clientOf } from './recorder.ts'
import { NoLongerAllowed } from './sessions.ts'
import type { TrustedDevices } from './trusted-devices.ts'

type Deps = {
  readonly store: Store
  readonly ring: KeyRing
  readonly people: People
  readonly passwords: Passwords
  readonly guesses: Guesses
  readonly failuresOf: FlowPorts['failures']
  readonly authenticators: Authenticators
  readonly mails: Mails
  /** Whether a flow stands, and the house has what its stages need. */
  readonly flowUsable: (slug: string) => boolean
  /** The flow that is switched on for this at an address of ours. */
  readonly flowWay: (way: FlowWay, origin: string) => string | null
  readonly performEffects: PerformEffects
  readonly trustedDevices: Pick<TrustedDevices, 'standing'>
  readonly invitations: Pick<Invitations, 'live'>
  readonly clock: Clock
  readonly random: Random
  readonly relyingParty: (origin: string) => RelyingParty | Promise<RelyingParty>
  /** The flow as it stands, or as it stood at an older revision. */
  readonly flow: (slug: string, revision: number) => CompiledFlow | null | Promise<CompiledFlow | null>
  readonly destination: (next: string) => Destination | null | Promise<Destination | null>
  /** Told after the commit. */
  readonly failedLogin: (event: EventDraft) => void
}

/** Rolls the transaction back: somebody else moved the attempt on. */
class Stale extends Error {}

export const createFlowPorts = (deps: Deps): FlowPorts => {
  const { store, people } = deps
  return {
    random: deps.random,
    seal: deps.ring.sealValue,
    unseal: deps.ring.unsealValue,
    flow: deps.flow,
    attempt: async (id) => (await store.attempts.byId(store.read, id)) ?? null,
    person: people.byId,
    destination: deps.destination,
    way: deps.flowWay,
    stage: {
      random: deps.random,
      people: {
        byLogin: people.byLogin,
        byId: people.byId,
        usernameTaken: async (username) => (await store.users.byUsername(store.read, username)) !== undefined,
        mayLeave: async (id) => {
          const user = await store.users.byId(store.read, id)
          return user?.managedBy === null && administersNothing(store, store.read, id, deps.clock.now())
        },
        emailTaken: (address) => store.emails.taken(store.read, address),
        groupId: async (slug) => (await store.groups.bySlug(store.read, slug))?.id ?? null,
      },
      passwords: deps.passwords,
      mail: {
        ready: deps.mails.outbox.ready,
        newLink: deps.mails.links.newLink,
        byLink: deps.mails.links.byLink,
        byCode: deps.mails.links.byCode,
      },
      flows: { usable: deps.flowUsable },
      terms: { newest: (user, terms) => store.agreedTerms.newest(store.read, user, terms) },
      invitations: { live: (id, flow) => deps.invitations.live(id, flow, deps.clock.now()) },
      authenticators: {
        of: (user) => deps.authenticators.of(store.read, user),
        byLookup: async (kind, lookup) => {
          const found = await store.credentials.byLookup(store.read, credentialLookup(kind, lookup))
          return found ? { ...found, user: found.userId } : null
        },
        onlyByMail: (user) => deps.authenticators.onlyByMail(store.read, user),
        declined: (user, offer, now) => store.declined.stands(store.read, user, offer, now),
        vault: deps.authenticators.vault,
      },
    },
    relyingParty: deps.relyingParty,
    trustedDevice: deps.trustedDevices.standing,
    heldMethods: (user) => deps.authenticators.heldMethods(store.read, user),
    guesses: deps.guesses,
    failures: deps.failuresOf,
    perform: (work) => perform(deps, work),
  }
}

const perform = async (deps: Deps, work: Work): Promise<WorkDone> => {
  try {
    const performed = await deps.store.write(async (tx) => {
      if (work.move && !(await move(deps.store, tx, work.move))) throw new Stale()
      return deps.performEffects(tx, work.effects, work)
    })
    for (const effect of work.effects) tellFailedLogin(deps, effect, work)
    return { outcome: 'done', ...performed }
  } catch (error) {
    if (error instanceof Stale) return { outcome: 'stale' }
    if (error instanceof CredentialOvertaken) return { outcome: 'overtaken' }
    if (error instanceof NoLongerAllowed || error instanceof SetupOver) return { outcome: 'refused' }
    if (isOvertaken(error)) return { outcome: 'refused' }
    throw error
  }
}

// A session that ended while more was proven in it; a name, an address or a key that somebody else has meanwhile.
const OVERTAKEN: ReadonlySet<unknown> = new Set([
  'sessions.id',
  'users.username',
  'emails.address',
  'credentials.lookup',
])

/** Told by its shape: this room knows the store by type only. */
const isOvertaken = (error: unknown): boolean =>
  error instanceof Error &&
  'on' in error &&
  OVERTAKEN.has(error.on) &&
  error.message === `conflict on ${String(error.on)}`

const move = async (store: Store, tx: Tx, moved: NonNullable<Work['move']>): Promise<boolean> => {
  if (moved.do === 'advance') return store.attempts.advance(tx, moved.id, moved.step, moved)
  const standing = await store.attempts.byId(tx, moved.attempt.id)
  if (standing) return false
  await store.attempts.insert(tx, moved.attempt satisfies Attempt)
  return true
}

const tellFailedLogin = (deps: Deps, effect: Effect, work: Work): void => {
  if (effect.do !== 'record' || effect.event.type !== 'login.failed') return
  deps.failedLogin({
    type: 'login.failed',
    actor: { kind: 'anonymous' },
    detail: effect.event.detail ?? {},
    client: clientOf(work.request),
  })
}
