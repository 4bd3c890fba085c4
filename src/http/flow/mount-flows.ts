/** The addresses of flows, authentik's among them. */
import type { App } from '../app.ts'
import { DESIGNATIONS } from './flow-aliases.ts'
import { type FlowRouteDeps, type FlowRoutes, toFlow } from './flow-routes.ts'

export const mountFlows = (app: App, flows: FlowRoutes, deps: Pick<FlowRouteDeps, 'webPath' | 'flowSlug'>): void => {
  app.route('GET', '/if/flow/:slug/', flows.show)
  app.route('POST', '/if/flow/:slug/', flows.answer)
  for (const [designation, purpose] of Object.entries(DESIGNATIONS)) {
    app.route('GET', `/flows/-/default/${designation}/`, (request) => toFlow(deps, request, purpose))
  }
}
