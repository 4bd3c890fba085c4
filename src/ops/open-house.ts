/**
 * The composition root's heart: every service of the house, put together once. Commands use it without listeners,
 * `serve` adds doors to it.
 */
import { availableParallelism } from 'node:os'
import { systemTimers } from '../base/timers.ts'
import { createAuthenticators } from '../core/authenticators.ts'
import { CONSOLE_PATH, toConsole } from '../core/console.ts'
import { createInvitations } from '../core/enrolment/invitations.ts'
import { createFirstRun } from '../core/first-run.ts'
import { chooseFlow } from '../core/flow-choice.ts'
import { createGuesses } from '../core/guesses.ts'
import { createInstance } from '../core/instance.ts'
import { createKeepIn } from '../core/lock-out/keep-in.ts'
import { createLockOutGuard } from '../core/lock-out/lock-out-guard.ts'
import { createMailLinks } from '../core/mails/mail-links.ts'
import { createMails } from '../core/mails/mails.ts'
import { createOutbox } from '../core/mails/outbox.ts'
import { createLockDown } from '../core/not-me/lock-down.ts'
import { createPasswords } from '../core/passwords.ts'
import { createPeople } from '../core/people.ts'
import { createPerformEffects } from '../core/perform-effects.ts'
import { createSessions } from '../core/sessions.ts'
import { createTrustedDevices } from '../core/trusted-devices.ts'
import { type Demands, NO_DEMANDS } from '../domain/assurance/assurance.ts'
import { createPasswordService } from '../domain/credentials/password-service.ts'
import type { Channel, Decision, RequestFacts } from '../domain/decisions/decision.ts'
import type { Proven } from '../domain/expressions/person-variables.ts'
import type { Failures } from '../domain/guess-limits/failures.ts'
import type { Person } from '../domain/people/person.ts'
import type { CompiledFlow } from '../flow/compiled-flow.ts'
import type { KnownDevice } from '../flow/ports.ts'
import { createJobRunner } from '../jobs/job-runner.ts'
import type { ProviderSnapshot } from '../kinds/contract/provider.ts'
import type { Snapshot } from '../kinds/contract/resource.ts'
import type { Destination, FlowPurpose, FlowWay, Place } from '../kinds/contract/stage.ts'
import { authenticatorKinds, providerKinds } from '../kinds/registry.ts'
import { sendMail } from '../outgoing/mail/send-mail.ts'
import { decide } from '../policy/decide.ts'
import { denialCode } from '../policy/denial-code.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { openConfiguration } from '../resources/open-configuration.ts'
import { providerSnapshotOf } from '../resources/snapshot/provider-snapshot.ts'
import { createBreachedPasswords } from './breached-passwords.ts'
import type { Config } from './config.ts'
import { flowTrials } from './flow-trials.ts'
import { createSealKeys } from './keys/seal-key.ts'
import { openSigningKeys } from './keys/signing-keys.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { olderFlow } from './older-flow.ts'
import type { Ground, World } from './open-ground.ts'
import { policyTrials } from './policy-trials.ts'
import { type Brands, createRelyingParty, relyingPartyAt } from './relying-party.ts'
import { applications, brands, flows, resourceTypes, settings } from './resource-types.ts'

const brandOf = (snapshot: Snapshot, origin: string) => {
  const found = snapshot.lookup('host', new URL(origin).host) ?? snapshot.lookup('brand', 'default')
  return found ? snapshot.get(brands, found.slug) : undefined
}

const brandsOf = (snapshot: Snapshot): Brands => ({
  at: (origin) => brandOf(snapshot, origin),
  all: () => snapshot.all(brands).values(),
})

export type House = Awaited<ReturnType<typeof openHouse>>

// Four hashes at once hold four threads of the pool; more would starve file and DNS work.
const MOST_HASHES = 4
// Who waits for one waits two seconds at most where four run at once.
const MOST_WAITING = 64

export const openHouse = async (config: Config, ground: Ground, world: World, log: Log, metrics: Metrics) => {
  const { store, ring, dataKeys, recorder } = ground
  const { clock, random } = world
  recorder.follow((event) => metrics.count(event.type))
  const authenticators = createAuthenticators({ store, ring, kinds: authenticatorKinds })
  const guard = createLockOutGuard({
    store,
    clock,
    flows,
    authenticatorKinds,
    authenticatorPorts: ({ snapshot, origin, publicUrl }) => ({
      random,
      vault: authenticators.vault,
      relyingParty: relyingPartyAt(origin, publicUrl, brandsOf(snapshot)),
    }),
    publicUrl: config.publicUrl,
    mailInEnvironment: config.mail !== null,
  })
  const configuration = await openConfiguration({
    store,
    types: resourceTypes,
    ring,
    expression: compileExpression,
    clock,
    random,
    record: recorder.in,
    guard,
    ready: dataKeys.current,
    report: (problem) => log.warn('a resource does not compile', { problem }),
  })
  const { live } = configuration
  const keepIn = createKeepIn({ store, clock, guard, snapshotIn: configuration.snapshotIn })
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
  const hashes = createPasswordService({ ...shareOfHashes(config.workers, availableParallelism()), clock, random })
  const breached = createBreachedPasswords(config.breachedFilter, (state) => {
    if (state.ok) log.info('the filter of leaked passwords is read again')
    else
      log.warn(`no new password is taken: the filter of leaked passwords ${state.why}`, { file: config.breachedFilter })
  })
  const passwords = createPasswords({
    store,
    hashes,
    rules: () => settingsNow().password,
    breached: breached.check,
  })
  const guesses = createGuesses({ store, ring, clock })
  const signingKeys = await openSigningKeys(() => store.signingKeys.all(store.read), ring)
  const jobs = createJobRunner({ store, clock, random, timers: systemTimers, record: recorder.in, log })
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
    ring,
    adminMails: () => settingsNow().adminMails,
    webPath: config.webPath,
  })
  const lockDown = createLockDown({ store, ring, recorder, mails })
  const invitations = createInvitations({ store, ring, random, webPath: config.webPath })
  const trustedDevices = createTrustedDevices({ store, ring, recorder })
  const performEffects = createPerformEffects({
    trustedDevices,
    passwords,
    store,
    sessions,
    recorder,
    firstRun,
    mails,
    guesses,
    invitations,
    random,
  })

  const providers = (): ProviderSnapshot | Promise<ProviderSnapshot> => {
    const snapshot = live.current()
    return snapshot instanceof Promise
      ? snapshot.then((one) => providerSnapshotOf(one, applications))
      : providerSnapshotOf(snapshot, applications)
  }
  const guessed = ['password', ...authenticatorKinds.map(({ id }) => id)]
  /** `account` as tries are counted: a person's id, or a name that is nobody's. */
  const failuresOf = ({ account, ip, browser }: { account: string; ip: string; browser: KnownDevice | null }) =>
    guesses.failures({ account, ip, device: browser?.people.includes(account) ? browser.id : null }, guessed)
  /** Over the snapshot this request has asked for already; a promise only where a policy asks the store. */
  const decideNow = (input: {
    person: Person | null
    session: Proven | null
    channel: Channel
    application: string
    request: Omit<RequestFacts, 'id'>
    /** Where somebody stands at the door: what their browser is known by. */
    device?: () => KnownDevice | null
  }): Decision | Promise<Decision> => {
    const application = live.last().get(applications, input.application)
    if (!application) return unknownApplication(input.application, clock.now())
    const decideBy = (failures: Failures | null): Decision => {
      const decision = decide({ ...input, application, failures, now: clock.now() })
      return decision.outcome === 'deny' ? { ...decision, code: denialCode(random) } : decision
    }
    const { person, device, request } = input
    const asks = application.access?.policies?.bindings.some(({ policy }) => policy.readsFailures) === true
    if (!asks || !person || !device) return decideBy(null)
    return failuresOf({ account: person.user.id, ip: request.ip, browser: device() }).then(decideBy)
  }

  const flowSlug = (purpose: FlowPurpose, application: string | null, origin: string): string => {
    const snapshot = live.last()
    return chooseFlow(purpose, {
      application: application === null ? undefined : snapshot.get(applications, application),
      brand: brandOf(snapshot, origin),
      instance: snapshot.get(settings, 'instance'),
    })
  }

  /** The flow that is switched on for this at an address of ours: the brand's, else the instance's. */
  const flowWay = (way: FlowWay, origin: string): string | null => {
    const snapshot = live.last()
    const slug = brandOf(snapshot, origin)?.flows[way] ?? settingsNow().flows[way]
    return slug !== undefined && flowUsable(slug) ? slug : null
  }
  const flowUsable = (slug: string): boolean => {
    const flow = live.last().get(flows, slug)
    return flow !== undefined && (mails.outbox.ready() || !needsMail(flow))
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
    keepIn,
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
    trustedDevices,
    mails,
    lockDown,
    invitations,
    settingsNow,
    brandOf,
    providers,
    decide: decideNow,
    failuresOf,
    flowSlug,
    relyingParty: createRelyingParty({
      instance: instance.current,
      publicUrl: config.publicUrl,
      brands: () => brandsOf(live.last()),
    }),
    recoveryPlace: (origin: string): Omit<Place, 'attempt'> | null => {
      const flow = live.last().get(flows, flowSlug('recover', null, origin))
      const node = [...(flow?.nodes.values() ?? [])].find(({ kind }) => kind.needs === 'mail' && kind.proves)
      return flow?.purpose === 'recover' && node ? { flow: flow.slug, revision: flow.revision, node: node.id } : null
    },
    flowUsable,
    flowWay,
    /** Whether settings, the brand of this address or an application name the flow. */
    flowNamed: (slug: string, origin: string): boolean => {
      const snapshot = live.last()
      const sources = [settingsNow(), brandOf(snapshot, origin), ...snapshot.all(applications).values()]
      return sources.some((source) => source !== undefined && Object.values(source.flows).includes(slug))
    },
    flow: async (slug: string): Promise<CompiledFlow | undefined> => (await live.current()).get(flows, slug),
    flows: flowTrials(live),
    policies: policyTrials(live),
    flowAt: async (slug: string, revision: number): Promise<CompiledFlow | null> => {
      const now = (await live.current()).get(flows, slug)
      return now?.revision === revision ? now : olderFlow(store, slug, revision, live.last().get)
    },
    destination: async (next: string): Promise<Destination | null> => {
      const url = new URL(next, 'http://house.invalid')
      if (url.pathname.startsWith(CONSOLE_PATH)) return toConsole(settingsNow().administration.assurance)
      const snapshot = await providers()
      for (const kind of providerKinds) {
        const found = kind.destination?.(url.pathname, url.searchParams, snapshot)
        if (found) return demanding(found, live.last().get(applications, found.application)?.access?.assurance)
      }
      return null
    },
    close: async (): Promise<void> => {
      await jobs.stop()
      configuration.close()
      instance.close()
      people.close()
      await breached.close()
      await recorder.close()
      await store.close()
    },
  }
}

/** Workers share the cores, and so the hashes: all together hold no more memory and no longer queue than one process. */
const shareOfHashes = (workers: number, cores: number) => ({
  concurrency: Math.max(1, Math.min(MOST_HASHES, Math.floor(cores / workers))),
  queueLimit: Math.ceil(MOST_WAITING / workers),
})

/** With what the application demands beside what the request does. */
const demanding = (found: Destination, demands: Demands = NO_DEMANDS): Destination => ({
  ...found,
  demandsMfa: found.demandsMfa === true || demands.mfa,
  ...(found.demandsProof === true || !demands.takesTrust ? { demandsProof: true } : {}),
})

const needsMail = ({ nodes }: CompiledFlow): boolean => [...nodes.values()].some(({ kind }) => kind.needs === 'mail')

const unknownApplication = (slug: string, now: number): Decision => ({
  outcome: 'deny',
  reasons: [{ rule: 'application', holds: false, says: `There is no application ${slug}.` }],
  validUntil: now,
  reads: [],
})
