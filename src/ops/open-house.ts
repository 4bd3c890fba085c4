/**
 * The composition root's heart: every service of the house, put together once. Commands use it without listeners,
 * `serve` adds doors to it.
 */
import { availableParallelism } from 'node:os'
import { systemTimers } from '../base/timers.ts'
import { administratorGuard } from '../core/administrators.ts'
import { createAuthenticators } from '../core/authenticators.ts'
import { createFirstRun } from '../core/first-run.ts'
import { chooseFlow } from '../core/flow-choice.ts'
import { createGuesses } from '../core/guesses.ts'
import { createInstance } from '../core/instance.ts'
import { createMailLinks } from '../core/mails/mail-links.ts'
import { createMails } from '../core/mails/mails.ts'
import { createOutbox } from '../core/mails/outbox.ts'
import { createPasswords } from '../core/passwords.ts'
import { createPeople } from '../core/people.ts'
import { createPerformEffects } from '../core/perform-effects.ts'
import { createSessions } from '../core/sessions.ts'
import { createPasswordService } from '../domain/credentials/password-service.ts'
import type { Channel, Decision, RequestFacts } from '../domain/decisions/decision.ts'
import type { Proven } from '../domain/expressions/person-variables.ts'
import type { Person } from '../domain/people/person.ts'
import type { CompiledFlow } from '../flow/compiled-flow.ts'
import { createJobRunner } from '../jobs/job-runner.ts'
import type { ProviderSnapshot } from '../kinds/contract/provider.ts'
import type { Snapshot } from '../kinds/contract/resource.ts'
import type { Destination, FlowPurpose, Place } from '../kinds/contract/stage.ts'
import { authenticatorKinds, providerKinds } from '../kinds/registry.ts'
import { sendMail } from '../outgoing/mail/send-mail.ts'
import { decide } from '../policy/decide.ts'
import { denialCode } from '../policy/denial-code.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { openConfiguration } from '../resources/open-configuration.ts'
import { providerSnapshotOf } from '../resources/snapshot/provider-snapshot.ts'
import type { Config } from './config.ts'
import { flowTrials } from './flow-trials.ts'
import { createSealKeys } from './keys/seal-key.ts'
import { openSigningKeys } from './keys/signing-keys.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { olderFlow } from './older-flow.ts'
import type { Ground, World } from './open-ground.ts'
import { applications, brands, flows, resourceTypes, settings } from './resource-types.ts'

export type House = Awaited<ReturnType<typeof openHouse>>

// Four hashes at once hold four threads of the pool; more would starve file and DNS work.
const MOST_HASHES = 4

export const openHouse = async (config: Config, ground: Ground, world: World, log: Log, metrics: Metrics) => {
  const { store, ring, dataKeys, recorder } = ground
  const { clock, random } = world
  recorder.follow((event) => metrics.count(event.type))
  const configuration = await openConfiguration({
    store,
    types: resourceTypes,
    ring,
    expression: compileExpression,
    clock,
    random,
    record: recorder.in,
    guard: administratorGuard(store, clock),
    report: (problem) => log.warn('a resource does not compile', { problem }),
  })
  const { live } = configuration
  const instance = createInstance(store)
  const people = createPeople(store, clock)
  const settingsNow = () => {
    const now = live.last().get(settings, 'instance')
    if (!now) throw new Error('the settings of the instance are missing')
    return now
  }
  const sessions = createSessions({
    store,
    ring,
    people,
    recorder,
    clock,
    random,
    lifetimes: () => settingsNow().sessions,
    log: (message, error) => log.error(message, error),
  })
  const firstRun = createFirstRun({ store, ring, recorder, clock, random })
  const hashes = createPasswordService({ concurrency: Math.min(MOST_HASHES, availableParallelism()), clock, random })
  const passwords = createPasswords({ store, hashes, rules: () => settingsNow().password })
  const guesses = createGuesses({ store, ring, clock })
  const authenticators = createAuthenticators({ store, ring, kinds: authenticatorKinds })
  const signingKeys = await openSigningKeys(() => store.signingKeys.all(store.read), ring)
  const jobs = createJobRunner({ store, clock, random, timers: systemTimers, record: recorder.in, log })
  const brandOf = (snapshot: Snapshot, origin: string) => {
    const found = snapshot.lookup('host', new URL(origin).host) ?? snapshot.lookup('brand', 'default')
    return found ? snapshot.get(brands, found.slug) : undefined
  }
  const mailSettings = () => settingsNow().mail ?? config.mail
  const mails = createMails({
    store,
    outbox: createOutbox({
      ring,
      settings: mailSettings,
      brand: (origin) => brandOf(live.last(), origin),
      enqueue: jobs.enqueue,
      send: sendMail,
    }),
    links: createMailLinks({ store, ring, people, clock, random }),
    guesses,
    webPath: config.webPath,
  })
  const performEffects = createPerformEffects({ store, sessions, recorder, firstRun, mails, random })

  const providers = (): ProviderSnapshot | Promise<ProviderSnapshot> => {
    const snapshot = live.current()
    return snapshot instanceof Promise
      ? snapshot.then((one) => providerSnapshotOf(one, applications))
      : providerSnapshotOf(snapshot, applications)
  }
  /** Over the snapshot this request has asked for already. */
  const decideNow = (input: {
    person: Person | null
    session: Proven | null
    channel: Channel
    application: string
    request: Omit<RequestFacts, 'id'>
  }): Decision => {
    const application = live.last().get(applications, input.application)
    if (!application) return unknownApplication(input.application, clock.now())
    const decision = decide({ ...input, application, now: clock.now() })
    return decision.outcome === 'deny' ? { ...decision, code: denialCode(random) } : decision
  }

  const flowSlug = (purpose: FlowPurpose, application: string | null, origin: string): string => {
    const snapshot = live.last()
    return chooseFlow(purpose, {
      application: application === null ? undefined : snapshot.get(applications, application),
      brand: brandOf(snapshot, origin),
      instance: snapshot.get(settings, 'instance'),
    })
  }

  return {
    config,
    store,
    ring,
    dataKeys,
    clock,
    random,
    log,
    metrics,
    live,
    instance,
    recorder,
    people,
    sessions,
    firstRun,
    hashes,
    passwords,
    guesses,
    authenticators,
    configuration,
    signingKeys,
    sealKeys: createSealKeys({ store, ring, clock }),
    jobs,
    performEffects,
    mails,
    settingsNow,
    brandOf,
    providers,
    decide: decideNow,
    flowSlug,
    recoveryPlace: (origin: string): Omit<Place, 'attempt'> | null => {
      const flow = live.last().get(flows, flowSlug('recover', null, origin))
      const node = [...(flow?.nodes.values() ?? [])].find(({ kind }) => kind.needs === 'mail' && kind.proves)
      return flow?.purpose === 'recover' && node ? { flow: flow.slug, revision: flow.revision, node: node.id } : null
    },
    flowUsable: (slug: string): boolean => {
      const flow = live.last().get(flows, slug)
      return flow !== undefined && (mails.outbox.ready() || !needsMail(flow))
    },
    flow: async (slug: string): Promise<CompiledFlow | undefined> => (await live.current()).get(flows, slug),
    flows: flowTrials(live),
    flowAt: async (slug: string, revision: number): Promise<CompiledFlow | null> => {
      const now = (await live.current()).get(flows, slug)
      return now?.revision === revision ? now : olderFlow(store, slug, revision)
    },
    destination: async (next: string): Promise<Destination | null> => {
      const url = new URL(next, 'http://house.invalid')
      const snapshot = await providers()
      for (const kind of providerKinds) {
        const found = kind.destination?.(url.pathname, url.searchParams, snapshot)
        if (found) return { ...found, demandsMfa: demandsMfa(live.last(), found.application) }
      }
      return null
    },
    close: async (): Promise<void> => {
      await jobs.stop()
      configuration.close()
      instance.close()
      people.close()
      await recorder.close()
      await store.close()
    },
  }
}

const demandsMfa = (snapshot: Snapshot, application: string): boolean =>
  snapshot.get(applications, application)?.access?.assurance.mfa === true

const needsMail = ({ nodes }: CompiledFlow): boolean => [...nodes.values()].some(({ kind }) => kind.needs === 'mail')

const unknownApplication = (slug: string, now: number): Decision => ({
  outcome: 'deny',
  reasons: [{ rule: 'application', holds: false, says: `There is no application ${slug}.` }],
  validUntil: now,
  reads: [],
})
