/** The addresses of flows, authentik's among them. */
import { redirect } from '../../base/wire.ts'
import type { FlowPurpose } from '../../kinds/contract/stage.ts'
import type { App } from '../app.ts'
import { DESIGNATIONS } from './flow-aliases.ts'
import type { FlowRoutes } from './flow-routes.ts'

type Deps = {
  readonly flowSlug: (purpose: FlowPurpose, application: string | null, origin: string) => string
  readonly webPath: string
}

export const mountFlows = (app: App, flows: FlowRoutes, deps: Deps): void => {
  app.route('GET', '/if/flow/:slug/', flows.show)
  app.route('POST', '/if/flow/:slug/', flows.answer)
  for (const [designation, purpose] of Object.entries(DESIGNATIONS)) {
    app.route('GET', `/flows/-/default/${designation}/`, (request) => {
      const query = request.query.toString()
      return redirect(
        `${deps.webPath}if/flow/${deps.flowSlug(purpose, null, request.origin)}/${query ? `?${query}` : ''}`,
      )
    })
  }
}
