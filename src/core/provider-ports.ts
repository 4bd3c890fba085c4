/** What provider kinds may ask of the house, put together from its services. Pages are handed in: core renders none. */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { reveal } from '../base/secret.ts'
import type { WireRequest, WireResponse } from '../base/wire.ts'
import type { Decision, RequestFacts } from '../domain/decisions/decision.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { Person } from '../domain/people/person.ts'
import type { ProviderPorts, ProviderSnapshot } from '../kinds/contract/provider.ts'
import type { FlowPurpose } from '../kinds/contract/stage.ts'
import type { Store } from '../store/store.ts'
import { keptReasons } from './denials.ts'
import { flowAddress } from './flow-address.ts'
import { createGrants } from './grants.ts'
import type { People } from './people.ts'
import { actorOf, clientOf, type Recorder, userActor } from './recorder.ts'
import type { Sessions } from './sessions.ts'

export type ProviderDeps = {
  readonly store: Store
  readonly ring: KeyRing
  readonly people: People
  readonly sessions: Sessions
  readonly recorder: Recorder
  readonly clock: Clock
  readonly random: Random
  readonly installId: string
  readonly keys: ProviderPorts['keys']
  readonly snapshot: () => ProviderSnapshot | Promise<ProviderSnapshot>
  readonly decide: ProviderPorts['decide']
  readonly flowSlug: (purpose: FlowPurpose, application: string | null, origin: string) => string
  readonly webPath: string
  readonly pages: {
    denied(
      request: WireRequest,
      input: { application: string; person: Person | null; decision: Decision },
    ): WireResponse
    error: ProviderPorts['errorPage']
  }
}

/** The part of a request that decisions and events look at. */
export const requestFacts = (request: WireRequest): RequestFacts => ({
  ip: request.ip,
  userAgent: request.headers['user-agent'] ?? '',
  origin: request.origin,
  at: request.now,
  id: request.id,
  ...(request.forwarded === undefined ? {} : { forwarded: request.forwarded }),
})

export const createProviderPorts = (deps: ProviderDeps): ProviderPorts => {
  const { store, ring, recorder } = deps
  return {
    random: deps.random,
    webPath: deps.webPath,
    snapshot: deps.snapshot,
    signedIn: async (request) => {
      const cookie = request.cookies.get('session')
      return cookie ? deps.sessions.signedIn(cookie) : null
    },
    person: deps.people.byId,
    session: deps.sessions.byId,
    subjects: (id) => store.users.subjects(store.read, id),
    installId: () => deps.installId,
    decide: deps.decide,
    flowUrl: (request, purpose, application, next) =>
      flowAddress(deps.webPath, deps.flowSlug(purpose, application, request.origin), next),
    denied: async (request, input) => {
      await recorder.alone({
        type: 'application.denied',
        actor: actorOf(input.person),
        target: `applications/${input.application}`,
        detail: {
          ...(input.decision.code ? { code: input.decision.code } : {}),
          outcome: input.decision.outcome,
          reasons: keptReasons(input.decision.reasons),
        },
        client: clientOf(requestFacts(request)),
      })
      return deps.pages.denied(request, input)
    },
    errorPage: deps.pages.error,
    record: recorder.alone,
    seal: ring.sealValue,
    unseal: ring.unsealValue,
    keys: deps.keys,
    grants: createGrants(deps),
    consents: { get: async (user, clientId) => (await store.consents.get(store.read, user, clientId)) ?? null },
    endSession: (request, session) =>
      store.write(async (tx) => {
        const user = await store.users.byId(tx, session.userId)
        await deps.sessions.end(tx, session, {
          type: 'logout',
          actor: userActor(user ?? { id: session.userId, username: '' }),
          target: `sessions/${session.id}`,
          detail: { by: 'application' },
          client: clientOf(requestFacts(request)),
        })
      }),
    appPassword: async (username, password) => {
      const held = await store.tokens.byKeyHash(
        store.read,
        ring.hash('token', reveal(password, 'look an app password up')),
      )
      if (held?.kind !== 'app_password' || (held.expiresAt !== null && held.expiresAt <= deps.clock.now())) return null
      const person = await deps.people.byId(held.userId)
      const named = await deps.people.byUsername(username)
      return person?.user.active && named?.user.id === person.user.id ? person : null
    },
  }
}
