/**
 * Attempts over HTTP: `GET` begins one or shows it again, `POST` answers a step. Ordinary forms, no script needed; the
 * same as JSON for one's own front end (`Accept: application/json`).
 */
import type { Random } from '../../base/random.ts'
import { json, redirect, type SetCookie, type WireRequest, type WireResponse } from '../../base/wire.ts'
import { flowAddress } from '../../core/flow-address.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import { isBoundToSession } from '../../flow/attempt.ts'
import type { CompiledFlow } from '../../flow/compiled-flow.ts'
import type { FlowContext, FlowEngine, FlowStep, Performed } from '../../flow/ports.ts'
import { type FactWrite, know, setupLink } from '../../kinds/contract/fact.ts'
import type { SignedIn } from '../../kinds/contract/provider.ts'
import type { Destination, FlowPurpose } from '../../kinds/contract/stage.ts'
import { page } from '../page-response.ts'
import { isSameOrigin } from '../same-origin.ts'
import { type Browser, browserOf } from './browser-cookie.ts'
import { FLOW_ALIASES } from './flow-aliases.ts'
import { safeNext } from './safe-next.ts'

export type Shown = Extract<FlowStep, { kind: 'show' }>
export type Refused = Extract<FlowStep, { kind: 'refused' }>

export type FlowRouteDeps = {
  readonly engine: FlowEngine
  readonly flow: (slug: string) => CompiledFlow | undefined | Promise<CompiledFlow | undefined>
  /** The slug that serves a purpose at this address. */
  readonly flowSlug: (purpose: FlowPurpose, application: string | null, origin: string) => string
  readonly signedIn: (request: WireRequest) => Promise<SignedIn | null>
  readonly destination: (next: string) => Destination | null | Promise<Destination | null>
  readonly checkSetupLink: (token: string) => Promise<boolean>
  readonly ring: Pick<KeyRing, 'hash'>
  readonly random: Random
  readonly webPath: string
  readonly pages: {
    /** `values` are the fields that were typed, without secrets; `action` is where the form posts to. */
    step(
      request: WireRequest,
      shown: Shown,
      form: { action: string; restart: string; values: Readonly<Record<string, string>> },
    ): string
    refused(request: WireRequest, refused: Pick<Refused, 'code'>, restart: string | null): string
    message(request: WireRequest, text: string): string
  }
}

export type FlowRoutes = {
  show(request: WireRequest, params: Readonly<Record<string, string>>): Promise<WireResponse>
  answer(request: WireRequest, params: Readonly<Record<string, string>>): Promise<WireResponse>
}

// Never shown again once typed.
const SECRETS = new Set(['password', 'password_repeat', 'code', 'attempt', 'step'])
const MOST_FIELDS = 100
const LONGEST_IN_ADDRESS = 4000

export const createFlowRoutes = (deps: FlowRouteDeps): FlowRoutes => ({
  show: async (request, params) => {
    const browser = browserOf(request, deps.random)
    const signedIn = await deps.signedIn(request)
    const context = contextOf(deps, request, browser, signedIn)
    const attempt = request.query.get('attempt')
    if (attempt) return respond(deps, request, browser, await deps.engine.reopen(attempt, context), {})

    const slug = params.slug ?? ''
    const flow = await deps.flow(slug)
    if (!flow) return alias(deps, request, slug)
    const next = safeNext(request.query.get('next'), request.origin)
    if (flow.purpose === 'sign_in' && signedIn) {
      const destination = await deps.destination(next)
      if (!destination?.reauthenticate) return redirect(withWebPath(deps, next))
    }
    // A flow about somebody, and nobody is signed in any more. Where it leads asks for a sign-in, and then for this flow
    // again where that is still needed; refusing would offer a fresh start that is refused as well.
    if (isBoundToSession(flow.purpose) && !signedIn) return leave(deps, request, next, [])
    const facts = await frontDoor(deps, request, flow)
    if (facts === null) return message(deps, request, 403, 'setup.link_invalid')
    const step = await deps.engine.begin({ ...context, flow, purpose: flow.purpose, next, know: facts })
    return respond(deps, request, browser, step, {})
  },

  answer: async (request, params) => {
    if (!isSameOrigin(request)) return message(deps, request, 403, 'error.other_site')
    const fields = singleFields(request.form)
    if (!fields) return message(deps, request, 400, 'error.malformed')
    const browser = browserOf(request, deps.random)
    const context = contextOf(deps, request, browser, await deps.signedIn(request))
    const { attempt = '', step = '', ...input } = fields
    const number = /^\d{1,6}$/.test(step) ? Number(step) : -1
    const answered = await deps.engine.answer(attempt, number, input, context)
    return respond(deps, request, browser, answered, typed(input), params.slug)
  },
})

/** The flow that serves a purpose here, with the query as it came. */
export const toFlow = (
  deps: Pick<FlowRouteDeps, 'webPath' | 'flowSlug'>,
  request: WireRequest,
  purpose: FlowPurpose,
): WireResponse => {
  const query = request.query.toString()
  const address = flowAddress(deps.webPath, deps.flowSlug(purpose, null, request.origin))
  return redirect(query ? `${address}?${query}` : address)
}

/** What the front door of a flow knows before it begins; null where it does not let in. */
const frontDoor = async (
  deps: FlowRouteDeps,
  request: WireRequest,
  flow: CompiledFlow,
): Promise<FactWrite[] | null> => {
  if (flow.purpose !== 'setup') return []
  const link = request.query.get('token')
  return link && (await deps.checkSetupLink(link)) ? [know(setupLink, true)] : null
}

const contextOf = (
  deps: FlowRouteDeps,
  request: WireRequest,
  browser: Browser,
  signedIn: SignedIn | null,
): FlowContext => ({
  request: requestFacts(request),
  browser: deps.ring.hash('browser', browser.id),
  signedIn,
})

const alias = (deps: FlowRouteDeps, request: WireRequest, slug: string): WireResponse => {
  const purpose = FLOW_ALIASES[slug]
  if (!purpose) return message(deps, request, 404, 'error.no_flow')
  return toFlow(deps, request, purpose)
}

/** Each field once (A08's neighbour: of two values one would be checked and the other used). */
const singleFields = (form: URLSearchParams | null): Record<string, string> | null => {
  if (!form) return null
  const fields: Record<string, string> = Object.create(null)
  let count = 0
  for (const [name, value] of form) {
    count += 1
    if (name in fields || count > MOST_FIELDS) return null
    fields[name] = value
  }
  return fields
}

const typed = (input: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(input).filter(([name]) => !SECRETS.has(name)))

const withWebPath = (deps: FlowRouteDeps, path: string): string => `${deps.webPath.slice(0, -1)}${path}`

const wantsJson = (request: WireRequest): boolean => /^application\/json\b/.test(request.headers.accept ?? '')

const sessionCookie = ({ session }: Performed, now: number): SetCookie[] => {
  if (session === undefined) return []
  if (session === null) return [{ name: 'session', value: null }]
  const { endsAt, persistent } = session.session
  return [
    { name: 'session', value: session.cookie, ...(persistent ? { maxAge: Math.floor((endsAt - now) / 1000) } : {}) },
  ]
}

const respond = (
  deps: FlowRouteDeps,
  request: WireRequest,
  browser: Browser,
  step: FlowStep,
  values: Readonly<Record<string, string>>,
  slug?: string,
): WireResponse => {
  const cookies = [...(browser.cookie ? [browser.cookie] : []), ...sessionCookie(step.performed, request.now)]
  if (step.kind === 'leave') return leave(deps, request, step.to, cookies)
  if (step.kind === 'refused') return refuse(deps, request, step, cookies)
  return wantsJson(request) ? showJson(step, cookies) : showPage(deps, request, step, cookies, values, slug)
}

const leave = (deps: FlowRouteDeps, request: WireRequest, to: string, cookies: SetCookie[]): WireResponse => {
  if (wantsJson(request)) return { ...json(200, { kind: 'leave', to }), cookies }
  return { ...redirect(to.startsWith('/') ? withWebPath(deps, to) : to, 303), cookies }
}

const STATUS: Record<Refused['code'], number> = {
  expired: 410,
  stale: 409,
  other_browser: 403,
  unknown: 400,
  loop: 500,
  denied: 403,
}

const refuse = (deps: FlowRouteDeps, request: WireRequest, step: Refused, cookies: SetCookie[]): WireResponse => {
  // Going back after a finished sign-in is no error to a person: it goes on to where it led.
  if (step.onward !== null) return leave(deps, request, step.onward, cookies)
  const restart = step.restart ? flowAddress(deps.webPath, step.restart.flow, step.restart.next) : null
  if (wantsJson(request)) return { ...json(STATUS[step.code], { kind: 'refused', code: step.code, restart }), cookies }
  return page(STATUS[step.code], deps.pages.refused(request, step, restart), { cookies })
}

const showJson = (step: Shown, cookies: SetCookie[]): WireResponse => {
  const { attempt, step: number, stage, ask, errors, flow, destination } = step
  const application = destination ? { slug: destination.application, name: destination.applicationName } : null
  return {
    ...json(200, { kind: 'show', attempt, step: number, flow: flow.slug, stage: stage.id, ask, errors, application }),
    cookies,
  }
}

const showPage = (
  deps: FlowRouteDeps,
  request: WireRequest,
  step: Shown,
  cookies: SetCookie[],
  values: Readonly<Record<string, string>>,
  slug: string | undefined,
): WireResponse => {
  const action = flowAddress(deps.webPath, step.flow.slug)
  // Shown again by address, so that reloading and going back repeat no post. A sealed attempt that carries a long
  // address stays in its page: proxies cut off what is longer than this.
  const inAddress = step.attempt.length <= LONGEST_IN_ADDRESS
  if (inAddress && request.method === 'POST' && step.errors.length === 0 && slug !== undefined) {
    return { ...redirect(`${action}?attempt=${encodeURIComponent(step.attempt)}`, 303), cookies }
  }
  const restart = flowAddress(deps.webPath, step.flow.slug, step.next)
  const busy = step.errors.some((error) => error.text.endsWith('.busy'))
  return page(
    busy ? 503 : step.errors.length > 0 && request.method === 'POST' ? 422 : 200,
    deps.pages.step(request, step, { action, restart, values }),
    {
      cookies,
      formAction: step.destination?.formAction ?? [],
      ...(busy ? { headers: { 'retry-after': '2' } } : {}),
    },
  )
}

const message = (deps: FlowRouteDeps, request: WireRequest, status: number, text: string): WireResponse =>
  wantsJson(request) ? json(status, { kind: 'refused', code: text }) : page(status, deps.pages.message(request, text))
