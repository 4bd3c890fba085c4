/** The server: the house with its doors open. The only place that puts listeners, routes and services together. */
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { ok, type Result } from '../base/result.ts'
import { systemTimers } from '../base/timers.ts'
import type { WireRequest } from '../base/wire.ts'
import { createFlowPorts } from '../core/flow-ports.ts'
import { createProviderPorts, requestFacts } from '../core/provider-ports.ts'
import { createFlowEngine } from '../flow/create-flow-engine.ts'
import { registerApi } from '../http/api/register-api.ts'
import { createApp, mount } from '../http/app.ts'
import { mountConsoleDoor } from '../http/console-door.ts'
import { createFlowRoutes } from '../http/flow/flow-routes.ts'
import { readDevice } from '../http/flow/known-device.ts'
import { mountMailLinks } from '../http/flow/mail-link-routes.ts'
import { mountFlows } from '../http/flow/mount-flows.ts'
import { answerTurned, createFront } from '../http/front.ts'
import { createHealth } from '../http/health.ts'
import { hotRoutes } from '../http/hot-routes.ts'
import { createHousePages } from '../http/house-pages.ts'
import { mountLanguage } from '../http/language-route.ts'
import { metricsHandler } from '../http/metrics-handler.ts'
import { mountNotMe } from '../http/not-me-routes.ts'
import { mountPortal } from '../http/portal/portal-routes.ts'
import { mountRecovery } from '../http/recovery-routes.ts'
import { requestIds } from '../http/request-id.ts'
import { mountStatic } from '../http/static-routes.ts'
import { mountWellKnown } from '../http/well-known-routes.ts'
import type { SignedIn } from '../kinds/contract/provider.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import { authenticatorKinds, providerKinds } from '../kinds/registry.ts'
import { watchConfiguration } from '../resources/file/watch-configuration.ts'
import type { Peers } from '../store/open-store.ts'
import type { Config } from './config.ts'
import { houseFiles } from './house-files.ts'
import { type Listeners, openListeners } from './listeners.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { openGround, type StartFailure, type World } from './open-ground.ts'
import { type House, openHouse } from './open-house.ts'
import { openTls } from './open-tls.ts'
import { prepareHouse } from './prepare-house.ts'
import { noteCertificate, registerJobs } from './register-jobs.ts'
import { resourceTypes } from './resource-types.ts'
import { siteView } from './site-view.ts'
import { version } from './version.ts'
import { announce, welcome } from './welcome.ts'

export type Server = {
  readonly house: House
  readonly listeners: Listeners
  /** Every method and path it answers, hot ones and the API's too. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
  stop(): Promise<void>
}

/** What this process does beside serving, where several serve one house. */
export type Part = {
  /** Runs the jobs and follows the configuration files; one process does. */
  readonly leads: boolean
  /** Says where to go, and makes the link to set up with: once, since a new link ends the older one. */
  readonly greets: boolean
  /** Its number in the log; null where it is alone. */
  readonly worker: number | null
  readonly peers?: Peers
}

const ALONE: Part = { leads: true, greets: true, worker: null }

export const startServer = async (
  config: Config,
  print: (text: string) => void,
  part: Part = ALONE,
): Promise<Result<Server, StartFailure>> => {
  const world = { clock: systemClock, random: systemRandom }
  const log = createLog(config.logLevel, undefined, part.worker)
  const ground = await openGround(config, world, log, part.peers)
  if (!ground.ok) return ground
  const house = await openHouse(config, ground.value, world, log, createMetrics(version))
  // What was opened, closed from the last to the first: when the server stops, and where the start fails halfway.
  const opened = [house.close]
  const stop = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const doors = await open(house, world, print, part, opened)
    if (!doors.ok) {
      await stop()
      return doors
    }
    return ok({ house, ...doors.value, stop })
  } catch (error) {
    await stop()
    throw error
  }
}

const open = async (
  house: House,
  world: World,
  print: (text: string) => void,
  part: Part,
  opened: (() => Promise<void>)[],
): Promise<Result<Pick<Server, 'listeners' | 'routes'>, StartFailure>> => {
  const { config, log } = house
  const prepared = await prepareHouse(house)
  if (!prepared.ok) return prepared
  const files = part.leads ? watchFiles(house) : null
  if (files) opened.push(files.close)
  const first = await files?.reload()
  if (first?.outcome === 'refused') print(`The configuration was not applied: ${first.failure.message}`)
  const tls = config.listen.https ? openTls(config, (await house.instance.current()).publicUrl, world) : ok(null)
  if (!tls.ok) return tls
  // With the first run's address known by now, this worker may have made another certificate than the others serve.
  if (config.listen.https && !config.tls && part.worker !== null && !part.greets) await noteCertificate(house)
  let ports: Listeners['ports'] = {}
  const { main, routes } = await openDoors(house, () => ports)
  const handlers = { main, metrics: metricsHandler(house.metrics.render) }
  const listeners = await openListeners(config.listen, handlers, tls.value, log.error)
  if (!listeners.ok) return listeners
  opened.push(listeners.value.close)
  ports = listeners.value.ports
  registerJobs(house, { tls: tls.value, renewTls: listeners.value.renewTls })
  if (part.leads) await house.jobs.start()
  if (part.greets) announce(print, await welcome(house, ports))
  return ok({ listeners: listeners.value, routes })
}

// An editor writes a file in several steps.
const REST = 100

const watchFiles = (house: House) => {
  const { configPath } = house.config
  if (configPath === null) return null
  const { files, deps } = houseFiles(house)
  return watchConfiguration({
    location: configPath,
    files,
    deps,
    restMs: REST,
    timers: systemTimers,
    log: (level, message) => (level === 'info' ? house.log.info(message) : house.log.warn(message)),
  })
}

/** Every route of the house, behind the front. */
const openDoors = async (house: House, ports: () => Listeners['ports']) => {
  const { store, ring, random, clock, recorder, config, log } = house
  const { webPath } = config
  const browserOf = (request: WireRequest) => () => readDevice(request, ring)
  const pages = createHousePages({
    brand: (origin) => house.brandOf(house.live.last(), origin),
    flowSlug: house.flowSlug,
    authenticatorKinds,
    webPath,
  })
  const providers = createProviderPorts({
    ...house,
    installId: (await house.instance.current()).installId,
    keys: house.signingKeys,
    snapshot: house.providers,
    decide: ({ request, renews, ...input }) =>
      house.decide({ ...input, request: requestFacts(request), ...(renews ? {} : { device: browserOf(request) }) }),
    webPath,
    pages: { denied: pages.denied, error: pages.error },
  })
  const signedIn = providers.signedIn
  const engine = createFlowEngine(createFlowPorts({ ...house, flow: house.flowAt, failedLogin: log.failedLogin }))
  const declared = providerKinds.flatMap((kind) => kind.routes?.(providers) ?? [])
  const hot = hotRoutes(declared)
  const app = createApp({
    clock,
    log: logFailure(house),
    notFound: pages.notFound,
    wrongMethod: pages.wrongMethod,
    failed: pages.failed,
    hot,
  })
  mount(
    app,
    declared.filter((route) => !route.hot),
  )
  mountStatic(app)
  mountLanguage(app, webPath)
  const flowDeps = {
    ...house,
    engine,
    signedIn,
    mayChangeAuthenticators: ({ person, session }: SignedIn, now: number) =>
      house.authenticators.mayChange(store.read, person, session.proofs, now),
    checkSetupLink: house.firstRun.checkLink,
    webPath,
    pages,
  }
  const flows = createFlowRoutes(flowDeps)
  mountFlows(app, flows, { flowSlug: house.flowSlug, webPath })
  mountMailLinks(app, {
    ...flowDeps,
    links: house.mails.links,
    flowAt: house.flowAt,
    attempt: async (id) => (await store.attempts.byId(store.read, id)) ?? null,
    recorder,
  })
  mountPortal(app, {
    store,
    sessions: house.sessions,
    authenticators: house.authenticators,
    trustedDevices: house.trustedDevices,
    hasFlow: async (slug, origin) => {
      const flow = await house.flow(slug)
      return flow !== undefined && (!flow.onlyNamed || house.flowNamed(slug, origin))
    },
    sendsMail: house.mails.outbox.ready,
    flowWay: house.flowWay,
    recorder,
    keepIn: house.keepIn,
    ring,
    signedIn,
    snapshot: house.providers,
    decide: async ({ session, person }, application, request) =>
      house.decide({
        person,
        session,
        channel: 'portal',
        application,
        request: requestFacts(request),
        device: browserOf(request),
      }),
    flowSlug: house.flowSlug,
    // With an address given, people of a configuration file may sign in before anybody is an administrator.
    setupOpen: async () => {
      const { setupDone, publicUrl } = await house.instance.current()
      return !setupDone && (config.publicUrl ?? publicUrl) === null
    },
    webPath,
    pages,
  })
  mountConsoleDoor(app, { signedIn, snapshot: house.live.current, flowSlug: house.flowSlug, webPath, pages })
  registerApi(app.fastify, {
    ...house,
    resources: house.configuration.resources,
    drafts: house.configuration.drafts,
    types: resourceTypes as readonly ResourceType[],
    snapshot: house.live.current,
    webPath,
    version,
  })
  mountRecovery(app, { ...house, random, webPath, pages })
  mountNotMe(app, { lockDown: house.lockDown, pages })
  const site = siteView(config, { instance: house.instance.current, snapshot: house.live.current, ports })
  mountWellKnown(app, { ...house, site, webPath })
  const framework = await app.ready()
  const main = createFront({
    site,
    hot,
    framework,
    health: createHealth(async () => {
      await store.instance.get(store.read, 'install_id')
    }),
    turned: answerTurned,
    clock,
    newId: requestIds(random),
    log: logFailure(house),
    observe: house.metrics.observe,
  })
  return { main, routes: [...app.routes(), ...declared.filter((route) => route.hot)] }
}

const logFailure = (house: House) => (message: string, error: unknown, id: string) =>
  house.log.error(message, error, { request: id })
