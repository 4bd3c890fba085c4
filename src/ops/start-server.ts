/** The server: the house with its doors open. The only place that puts listeners, routes and services together. */
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { ok, type Result } from '../base/result.ts'
import { systemTimers } from '../base/timers.ts'
import { createFlowPorts } from '../core/flow-ports.ts'
import { createProviderPorts } from '../core/provider-ports.ts'
import { createFlowEngine } from '../flow/create-flow-engine.ts'
import { registerApi } from '../http/api/register-api.ts'
import { createApp, mount } from '../http/app.ts'
import { createFlowRoutes } from '../http/flow/flow-routes.ts'
import { mountFlows } from '../http/flow/mount-flows.ts'
import { answerTurned, createFront } from '../http/front.ts'
import { createHealth } from '../http/health.ts'
import { hotRoutes } from '../http/hot-routes.ts'
import { createHousePages } from '../http/house-pages.ts'
import { mountLanguage } from '../http/language-route.ts'
import { metricsHandler } from '../http/metrics-handler.ts'
import { mountPortal } from '../http/portal/portal-routes.ts'
import { mountRecovery } from '../http/recovery-routes.ts'
import { requestIds } from '../http/request-id.ts'
import { mountStatic } from '../http/static-routes.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import { providerKinds } from '../kinds/registry.ts'
import { watchConfiguration } from '../resources/file/watch-configuration.ts'
import type { Config } from './config.ts'
import { houseFiles } from './house-files.ts'
import { type Listeners, openListeners } from './listeners.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { openGround, type StartFailure } from './open-ground.ts'
import { type House, openHouse } from './open-house.ts'
import { openTls } from './open-tls.ts'
import { prepareHouse } from './prepare-house.ts'
import { registerJobs } from './register-jobs.ts'
import { resourceTypes } from './resource-types.ts'
import { siteView } from './site-view.ts'
import { version } from './version.ts'
import { announce, welcome } from './welcome.ts'

export type Server = { readonly house: House; readonly listeners: Listeners; stop(): Promise<void> }

export const startServer = async (
  config: Config,
  print: (text: string) => void,
): Promise<Result<Server, StartFailure>> => {
  const world = { clock: systemClock, random: systemRandom }
  const log = createLog(config.logLevel)
  const ground = await openGround(config, world)
  if (!ground.ok) return ground
  const house = await openHouse(config, ground.value, world, log, createMetrics(version))
  const prepared = await prepareHouse(house)
  if (!prepared.ok) {
    await house.close()
    return prepared
  }
  const files = watchFiles(house)
  const first = await files?.reload()
  if (first?.outcome === 'refused') print(`The configuration was not applied: ${first.failure.message}`)
  const tls = config.listen.https ? openTls(config, (await house.instance.current()).publicUrl, world) : ok(null)
  if (!tls.ok) return tls
  let ports: Listeners['ports'] = {}
  const main = await openDoors(house, () => ports)
  const listeners = await openListeners(
    config.listen,
    { main, metrics: metricsHandler(house.metrics.render) },
    tls.value,
  )
  ports = listeners.ports
  registerJobs(house, { tls: tls.value, renewTls: listeners.renewTls })
  await house.jobs.start()
  announce(print, await welcome(house, ports))
  return ok({
    house,
    listeners,
    stop: async () => {
      await files?.close()
      await listeners.close()
      await house.close()
    },
  })
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
  const pages = createHousePages({ brand: (origin) => house.brandOf(house.live.last(), origin), webPath })
  const providers = createProviderPorts({
    ...house,
    installId: (await house.instance.current()).installId,
    keys: house.signingKeys,
    snapshot: house.providers,
    decide: ({ request, ...input }) => house.decide({ ...input, request: factsOf(request) }),
    webPath,
    pages: { denied: pages.denied, error: pages.error },
  })
  const signedIn = providers.signedIn
  const engine = createFlowEngine(createFlowPorts({ ...house, flow: house.flowAt, failedLogin: log.failedLogin }))
  const app = createApp({ clock, log: logFailure(house), notFound: pages.notFound, failed: pages.failed })
  const routes = providerKinds.flatMap((kind) => kind.routes?.(providers) ?? [])
  mount(
    app,
    routes.filter((route) => !route.hot),
  )
  mountStatic(app)
  mountLanguage(app, webPath)
  const flows = createFlowRoutes({
    ...house,
    engine,
    signedIn,
    checkSetupLink: house.firstRun.checkLink,
    webPath,
    pages,
  })
  mountFlows(app, flows, { flowSlug: house.flowSlug, webPath })
  mountPortal(app, {
    store,
    sessions: house.sessions,
    recorder,
    ring,
    signedIn,
    snapshot: house.providers,
    decide: async ({ session, person }, application, request) =>
      house.decide({ person, session, channel: 'portal', application, request: factsOf(request) }),
    flowSlug: house.flowSlug,
    // With an address given, people of a configuration file may sign in before anybody is an administrator.
    setupOpen: async () => {
      const { setupDone, publicUrl } = await house.instance.current()
      return !setupDone && (config.publicUrl ?? publicUrl) === null
    },
    webPath,
    pages,
  })
  registerApi(app.fastify, {
    ...house,
    resources: house.configuration.resources,
    types: resourceTypes as readonly ResourceType[],
    snapshot: house.live.current,
    webPath,
    version,
  })
  mountRecovery(app, { ...house, random, webPath, pages })
  const framework = await app.ready()
  return createFront({
    site: siteView(config, { instance: house.instance.current, snapshot: house.live.current, ports }),
    hot: hotRoutes(routes),
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
}

const factsOf = (request: {
  ip: string
  headers: Readonly<Record<string, string | undefined>>
  origin: string
  now: number
}) => ({
  ip: request.ip,
  userAgent: request.headers['user-agent'] ?? '',
  origin: request.origin,
  at: request.now,
})

const logFailure = (house: House) => (message: string, error: unknown, id: string) =>
  house.log.error(message, error, { request: id })
