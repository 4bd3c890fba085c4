/**
 * Where mailed links lead. Opening one shows a button and changes nothing: mail scanners and previews open addresses too
 * (G12). Pressing it goes on with the attempt that waits in this very browser; in another one it begins an attempt that
 * knows what the link proves and nothing else (DESIGN §6). What a link proves, its stage decides.
 */
import type { AttemptId } from '../../base/ids.ts'
import type { WireRequest, WireResponse } from '../../base/wire.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import { clientOf, type Recorder } from '../../core/recorder.ts'
import { storedAttempt } from '../../flow/attempt.ts'
import type { CompiledFlow } from '../../flow/compiled-flow.ts'
import type { AttemptRow, FlowContext, FlowStep } from '../../flow/ports.ts'
import type { LinkPurpose, LiveLink } from '../../kinds/contract/stage.ts'
import type { App } from '../app.ts'
import { page, type Rendered } from '../page-response.ts'
import { isSameOrigin } from '../same-origin.ts'
import { browserOf } from './browser-cookie.ts'
import { contextOf, type FlowRouteDeps, respond } from './flow-routes.ts'

export type MailLinkDeps = Omit<FlowRouteDeps, 'pages'> & {
  readonly links: { byLink(link: string): Promise<LiveLink | null> }
  /** The flow as it stood when the link was made. */
  readonly flowAt: (slug: string, revision: number) => Promise<CompiledFlow | null>
  readonly attempt: (id: AttemptId) => Promise<AttemptRow | null>
  readonly recorder: Pick<Recorder, 'alone'>
  readonly pages: FlowRouteDeps['pages'] & {
    mailLink(request: WireRequest, purpose: LinkPurpose, username: string): Rendered
  }
}

const PATH = '/if/flow/link/:link/'

export const mountMailLinks = (app: App, deps: MailLinkDeps): void => {
  app.route('GET', PATH, async (request, params) => {
    const live = await deps.links.byLink(params.link ?? '')
    return live
      ? page(200, deps.pages.mailLink(request, live.purpose, live.person?.user.username ?? ''))
      : invalid(deps, request)
  })
  app.route('POST', PATH, async (request, params) => {
    const link = params.link ?? ''
    if (!isSameOrigin(request)) return page(403, deps.pages.message(request, 'error.other_site'))
    const live = await deps.links.byLink(link)
    const flow = live && (await deps.flowAt(live.place.flow, live.place.revision))
    if (!live || !flow?.nodes.has(live.place.node)) {
      await deps.recorder.alone({
        type: 'mail.link_refused',
        actor: { kind: 'anonymous' },
        detail: { reason: 'unknown, used, overtaken or expired' },
        client: clientOf(requestFacts(request)),
      })
      return invalid(deps, request)
    }
    const browser = browserOf(request, deps.random)
    const context = contextOf(deps, request, browser, await deps.signedIn(request))
    const step = await follow(deps, { live, flow, link, context })
    return respond(deps, request, browser, step, { slug: flow.slug, values: {} })
  })
}

const invalid = (deps: MailLinkDeps, request: WireRequest): WireResponse =>
  page(410, deps.pages.message(request, 'mail_link.invalid'))

type Followed = {
  readonly live: LiveLink
  readonly flow: CompiledFlow
  readonly link: string
  readonly context: FlowContext
}

const follow = async (deps: MailLinkDeps, { live, flow, link, context }: Followed): Promise<FlowStep> => {
  const input = { mail_link: link }
  const { attempt, node } = live.place
  const waiting = attempt === null ? null : await deps.attempt(attempt)
  const isHere = waiting?.browser === context.browser && waiting.node === node
  if (waiting && isHere && context.request.at < waiting.expiresAt) {
    return deps.engine.answer(storedAttempt(waiting.id), waiting.step, input, context)
  }
  return deps.engine.enter({ ...context, flow, purpose: flow.purpose, next: null, node, input })
}
