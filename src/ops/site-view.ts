/** The addresses this house answers to, put together from settings, what first run proved, and the brands. */
import type { InstanceFacts } from '../core/instance.ts'
import { originMap, type Site } from '../http/site.ts'
import { trustedProxies } from '../http/trusted-proxies.ts'
import type { Snapshot } from '../kinds/contract/resource.ts'
import type { Config } from './config.ts'
import { brands, settings } from './resource-types.ts'

type Ports = { readonly https?: number }

/** Gives the same object until something changed: it is asked for at every request. */
export const siteView = (
  config: Config,
  sources: {
    instance(): InstanceFacts | Promise<InstanceFacts>
    snapshot(): Snapshot | Promise<Snapshot>
    ports(): Ports
  },
) => {
  let made: { facts: InstanceFacts; snapshot: Snapshot; ports: Ports; site: Site } | null = null
  const view = (facts: InstanceFacts, snapshot: Snapshot): Site => {
    // The first request may come while the other listeners are still being opened.
    const ports = sources.ports()
    if (made?.facts === facts && made.snapshot === snapshot && made.ports === ports) return made.site
    const site = siteOf(config, facts, snapshot, ports)
    made = { facts, snapshot, ports, site }
    return site
  }
  return (): Site | Promise<Site> => {
    const facts = sources.instance()
    const snapshot = sources.snapshot()
    if (facts instanceof Promise || snapshot instanceof Promise) {
      return Promise.all([facts, snapshot]).then(([first, second]) => view(first, second))
    }
    return view(facts, snapshot)
  }
}

const siteOf = (config: Config, facts: InstanceFacts, snapshot: Snapshot, ports: Ports): Site => {
  const publicUrl = config.publicUrl ?? facts.publicUrl
  const scheme = publicUrl ? new URL(publicUrl).protocol : 'https:'
  const domains = [...snapshot.all(brands).values()].flatMap((brand) =>
    brand.domains.map((domain) => `${scheme}//${domain}`),
  )
  const proxies = [
    ...config.trustedProxies,
    ...facts.trustedProxies,
    ...(snapshot.get(settings, 'instance')?.trustedProxies ?? []),
  ]
  return {
    origins: originMap([...(publicUrl ? [publicUrl] : []), ...domains]),
    unproven: publicUrl === null,
    setupOpen: !facts.setupDone,
    webPath: config.webPath,
    proxies: trustedProxies(proxies),
    allowHttp: config.allowHttp,
    httpsPort: ports.https ?? null,
  }
}
