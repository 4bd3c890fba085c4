/**
 * Attempts over HTTP: `GET` begins one or shows it again, `POST` answers a step. Ordinary forms, no script needed; the
 * same as JSON for one's own front end (`Accept: application/json`).
 */
import type { Random } from '../../base/random.ts'
import { json, redirect, type SetCookie, type WireRequest, type WireResponse } from '../../base/wire.ts'
import type { Invitations } from '../../core/enrolment/invitations.ts'
import { flowAddress } from '../../core/flow-address.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import { isBoundToSession } from '../../flow/attempt.ts'
import type { CompiledFlow } from '../../flow/compiled-flow.ts'
import type { FlowContext, FlowEngine, FlowStep, Performed } from '../../flow/ports.ts'
import { type FactWrite, know, setupLink, shownInvitation } from '../../kinds/contract/fact.ts'
import type { SignedIn } from '../../kinds/contract/provider.ts'
import type { Destination, FlowPurpose } from '../../kinds/contract/stage.ts'
import { page, type Rendered } from '../page-response.ts'
import { isSameOrigin } from '../same-origin.ts'
import { sessionCookie } from '../session-cookie.ts'
import { type Browser, browserOf } from './browser-cookie.ts'
import { FLOW_ALIASES } from './flow-aliases.ts'
import { knownDevice, readDevice } from './known-device.ts'
import { safeNext } from './safe-next.ts'
import { readTrust, trustCookie } from './trust-cookie.ts'

export type Shown = Extract<FlowStep, { kind: 'show' }>
export type Refused = Extract<FlowStep, { kind: 'refused' }>

export type FlowRouteDeps = {
  readonly engine: FlowEngine
  readonly flow: (slug: string) => CompiledFlow | undefined | Promise<CompiledFlow | undefined>
  /** The slug that serves a purpose at this address. */
  readonly flowSlug: (purpose: FlowPurpose, application: string | null, origin: string) => string
  /** Whether settings, a brand or an application name the flow, which switches on what is off by itself. */
  readonly flowNamed: (slug: string, origin: string) => boolean
  readonly signedIn: (request: WireRequest) => Promise<SignedIn | null>
  /** Whether what was proven is enough to change what the person proves themselves with. */
  readonly mayChangeAuthenticators: (signedIn: SignedIn, now: number) => Promise<boolean>
  readonly destination: (next: string) => Destination | null | Promise<Destination | null>
  /** The keyed hash of the newest set-up link where the token is its own. */
  readonly checkSetupLink: (token: string) => Promise<string | null>
  readonly invitations: Pick<Invitations, 'shown'>
  readonly ring: Pick<KeyRing, 'hash' | 'sealValue' | 'unsealValue'>
  readonly random: Random
  readonly webPath: string
  readonly pages: {
    /** `values` are the fields that were typed, without secrets; `action` is where the form posts to. */
    step(
      request: WireRequest,
      shown: Shown,
      form: { action: string; restart: string; values: Readonly<Record<string, string>> },
    ): Rendered
    refused(request: WireRequest, refused: Pick<Refused, 'code'>, restart: string | null): Rendered
    /** `again` is the address to try again at; without one the portal is. */
    message(request: WireRequest, text: string, again?: string | null): Rendered
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
    const slug = params.slug ?? ''
    const attempt = request.query.get('attempt')
    if (attempt) {
      return respond(deps, request, browser, await deps.engine.reopen(attempt, context), { slug, values: {} })
    }

    const flow = await deps.flow(slug)
    if (!flow) return alias(deps, request, slug)
    if (flow.onlyNamed && !deps.flowNamed(slug, request.origin)) return message(deps, request, 404, 'error.no_flow')
    const next = safeNext(request.query.get('next'), request.origin)
    if (flow.purpose === 'sign_in' && signedIn) {
      const destination = await deps.destination(next)
      if (!destination?.reauthenticate) return redirect(withWebPath(deps, next))
    }
    // A flow about somebody, and nobody is signed in any more. Where it leads asks for a sign-in, and then for this flow
    // again where that is still needed; refusing would offer a fresh start that is refused as well.
    if (isBoundToSession(flow.purpose) && !signedIn) return leave(deps, request, next, [])
    if (signedIn && needsProof(flow) && !(await deps.mayChangeAuthenticators(signedIn, request.now))) {
      return proveFirst(deps, request, `/if/flow/${encodeURIComponent(slug)}/?${new URLSearchParams({ next })}`)
    }
    const facts = await frontDoor(deps, request, flow)
    if (facts === null) return message(deps, request, 403, 'setup.link_invalid')
    const step = await deps.engine.begin({ ...context, flow, purpose: flow.purpose, next, know: facts })
    return respond(deps, request, browser, step, { slug, values: {} })
  },

  answer: async (request, params) => {
    const slug = params.slug ?? ''
    const again = againFrom(deps, request, slug)
    if (!isSameOrigin(request)) return message(deps, request, 403, 'error.other_site', again)
    const fields = singleFields(request.form)
    if (!fields) return message(deps, request, 400, 'error.malformed', again)
    const browser = browserOf(request, deps.random)
    const context = contextOf(deps, request, browser, await deps.signedIn(request))
    const { attempt = '', step = '', ...input } = fields
    const number = /^\d{1,6}$/.test(step) ? Number(step) : -1
    const answered = await deps.engine.answer(attempt, number, input, context)
    if (await isOvertakenSetup(deps, answered, slug)) {
      return message(deps, request, 403, 'setup.link_invalid')
    }
    return respond(deps, request, browser, answered, { slug, values: typed(input) })
  },
})

/** In a sign-in the proof comes on the way; a flow about who is signed in already begins with it. */
const needsProof = (flow: CompiledFlow): boolean =>
  flow.purpose === 'settings' && [...flow.nodes.values()].some((node) => node.kind.needsProof === true)

/** What was proven is too old, or too little, for what comes next: through the step-up flow, and back. */
export const proveFirst = (
  deps: Pick<FlowRouteDeps, 'webPath' | 'flowSlug'>,
  request: WireRequest,
  next: string,
): WireResponse => redirect(flowAddress(deps.webPath, deps.flowSlug('step_up', null, request.origin), next), 303)

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
  const invitation = flow.purpose === 'enrol' ? request.query.get('invitation') : null
  if (invitation !== null) {
    const id = await deps.invitations.shown(invitation, flow.slug, request.now)
    return id === null ? [] : [know(shownInvitation, id)]
  }
  if (flow.purpose !== 'setup') return []
  const shown = request.query.get('token')
  const link = shown ? await deps.checkSetupLink(shown) : null
  return link === null ? null : [know(setupLink, link)]
}

/** Only a newer link, or somebody who finished first, refuses what the page of a valid link asks for. */
const isOvertakenSetup = async (deps: FlowRouteDeps, step: FlowStep, slug: string): Promise<boolean> =>
  step.kind === 'refused' && step.code === 'denied' && (await deps.flow(slug))?.purpose === 'setup'

export const contextOf = (
  deps: Pick<FlowRouteDeps, 'ring'>,
  request: WireRequest,
  browser: Browser,
  signedIn: SignedIn | null,
): FlowContext => ({
  request: requestFacts(request),
  browser: deps.ring.hash('browser', browser.id),
  signedIn,
  device: readDevice(request, deps.ring),
  trust: readTrust(request, deps.ring),
})

const alias = (deps: FlowRouteDeps, request: WireRequest, slug: string): WireResponse => {
  const purpose = FLOW_ALIASES.get(slug)
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

const newSession = ({ session }: Performed, now: number): SetCookie[] => {
  if (session === undefined) return []
  return [session === null ? { name: 'session', value: null } : sessionCookie(session, now)]
}

/** Whoever signed in here is known here from now on. */
const deviceCookie = (deps: FlowRouteDeps, request: WireRequest, { session }: Performed): SetCookie[] => {
  if (!session) return []
  return [knownDevice(readDevice(request, deps.ring), session.session.userId, request.now, deps)]
}

const newTrust = (deps: FlowRouteDeps, request: WireRequest, { trust }: Performed): SetCookie[] =>
  trust ? [trustCookie(readTrust(request, deps.ring), trust, request.now, deps.ring)] : []

/** Of which address, and what was typed. */
type Asked = { readonly slug: string; readonly values: Readonly<Record<string, string>> }

export const respond = (
  deps: FlowRouteDeps,
  request: WireRequest,
  browser: Browser,
  step: FlowStep,
  asked: Asked,
): WireResponse => {
  const cookies = [
    ...(browser.cookie ? [browser.cookie] : []),
    ...newSession(step.performed, request.now),
    ...deviceCookie(deps, request, step.performed),
    ...newTrust(deps, request, step.performed),
  ]
  if (step.kind === 'leave') return leave(deps, request, step.to, cookies)
  if (step.kind === 'refused') return refuse(deps, request, step, cookies, asked)
  return wantsJson(request) ? showJson(step, cookies) : showPage(deps, request, step, cookies, asked.values)
}

const leave = (deps: FlowRouteDeps, request: WireRequest, to: string, cookies: SetCookie[]): WireResponse => {
  if (wantsJson(request)) return { ...json(200, { kind: 'leave', to }), cookies }
  return { ...redirect(to.startsWith('/') ? withWebPath(deps, to) : to, 303), cookies }
}

const STATUS: Record<Refused['code'], number> = {
  expired: 410,
  signed_out: 403,
  other_person: 403,
  stale: 409,
  other_browser: 403,
  unknown: 400,
  loop: 500,
  denied: 403,
}

/**
 * A form's own address says where its flow leads, so that it can begin again also where nothing can be read of the
 * attempt: its page is spoilt, or its cookie is lost. A browser is told only what it asked with (H03).
 */
const againFrom = (deps: FlowRouteDeps, request: WireRequest, slug: string): string | null => {
  const next = request.query.get('next')
  return next === null ? null : flowAddress(deps.webPath, encodeURIComponent(slug), safeNext(next, request.origin))
}

const refuse = (
  deps: FlowRouteDeps,
  request: WireRequest,
  step: Refused,
  cookies: SetCookie[],
  { slug }: Asked,
): WireResponse => {
  // Going back after a finished sign-in is no error to a person: it goes on to where it led.
  if (step.onward !== null) return leave(deps, request, step.onward, cookies)
  const restart = step.restart
    ? flowAddress(deps.webPath, step.restart.flow, step.restart.next)
    : againFrom(deps, request, slug)
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
): WireResponse => {
  const action = flowAddress(deps.webPath, step.flow.slug, step.next)
  // Shown again by address, so that reloading and going back repeat no post. A sealed attempt that carries a long
  // address stays in its page: proxies cut off what is longer than this.
  const shown = `${action}${step.next ? '&' : '?'}attempt=${encodeURIComponent(step.attempt)}`
  if (shown.length <= LONGEST_IN_ADDRESS && request.method === 'POST' && step.errors.length === 0) {
    return { ...redirect(shown, 303), cookies }
  }
  const later = laterOf(step.errors)
  return page(
    later ? later.status : step.errors.length > 0 && request.method === 'POST' ? 422 : 200,
    deps.pages.step(request, step, { action, restart: action, values }),
    {
      cookies,
      formAction: step.destination?.formAction ?? [],
      ...(later ? { headers: { 'retry-after': later.after } } : {}),
    },
  )
}

/** An answer that was not looked at: the queue is full (503), or too many were tried (429, RFC 6585 §4). */
const laterOf = (errors: Shown['errors']): { status: number; after: string } | null => {
  if (errors.some(({ text }) => text === 'form.busy')) return { status: 503, after: '2' }
  const wait = errors.find(({ text }) => text === 'guesses.wait')
  return wait ? { status: 429, after: wait.values?.count ?? '1' } : null
}

const message = (
  deps: FlowRouteDeps,
  request: WireRequest,
  status: number,
  text: string,
  again: string | null = null,
): WireResponse =>
  wantsJson(request)
    ? json(status, { kind: 'refused', code: text })
    : page(status, deps.pages.message(request, text, again))
