/** What is one's own: the applications one may open, the browsers one is signed in with, and how to end them. */
import { sameBytes } from '../../base/bytes.ts'
import type { CredentialId, SessionId } from '../../base/ids.ts'
import { redirect, type WireRequest, type WireResponse } from '../../base/wire.ts'
import type { Authenticators } from '../../core/authenticators.ts'
import { flowAddress } from '../../core/flow-address.ts'
import type { KeepIn } from '../../core/lock-out/keep-in.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import { actorOf, clientOf, type Recorder } from '../../core/recorder.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { TrustedDevice, TrustedDevices } from '../../core/trusted-devices.ts'
import type { Decision } from '../../domain/decisions/decision.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import { primaryEmail } from '../../domain/people/person.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { CompiledApplication, ProviderSnapshot, SignedIn } from '../../kinds/contract/provider.ts'
import type { FlowPurpose, FlowWay } from '../../kinds/contract/stage.ts'
import { fillLaunchUrl } from '../../resources/types/launch-url.ts'
import type { Store } from '../../store/store.ts'
import type { App, Handler } from '../app.ts'
import { page, type Rendered } from '../page-response.ts'
import { isSameOrigin } from '../same-origin.ts'
import { mountSecurity, SECURITY, type SecurityShown } from './security-routes.ts'

export type DevicesShown = {
  readonly sessions: readonly Session[]
  readonly trusted: readonly TrustedDevice[]
  readonly csrf: string
}

export type PortalPages = {
  applications(request: WireRequest, signedIn: SignedIn, applications: readonly CompiledApplication[]): Rendered
  devices(request: WireRequest, signedIn: SignedIn, shown: DevicesShown): Rendered
  security(request: WireRequest, signedIn: SignedIn, shown: SecurityShown): Rendered
  message(request: WireRequest, text: string, again?: string | null): Rendered
}

export type PortalDeps = {
  readonly store: Store
  readonly sessions: Sessions
  readonly authenticators: Authenticators
  /** Whether the flow stands and opens at this address. */
  readonly hasFlow: (slug: string, origin: string) => Promise<boolean>
  readonly sendsMail: () => boolean
  /** The flow that is switched on for this at an address of ours. */
  readonly flowWay: (way: FlowWay, origin: string) => string | null
  readonly recorder: Recorder
  readonly trustedDevices: Pick<TrustedDevices, 'of' | 'forget'>
  /** Under the lock-out guard. */
  readonly keepIn: KeepIn
  readonly ring: Pick<KeyRing, 'hash'>
  readonly signedIn: (request: WireRequest) => Promise<SignedIn | null>
  readonly snapshot: () => ProviderSnapshot | Promise<ProviderSnapshot>
  readonly decide: (signedIn: SignedIn, application: string, request: WireRequest) => Decision | Promise<Decision>
  readonly flowSlug: (purpose: FlowPurpose, application: string | null, origin: string) => string
  readonly setupOpen: () => boolean | Promise<boolean>
  readonly webPath: string
  readonly pages: PortalPages
}

export type ForPerson = (
  request: WireRequest,
  signedIn: SignedIn,
  params: Readonly<Record<string, string>>,
) => Promise<WireResponse>

const DEVICES = '/if/user/devices/'

export const mountPortal = (app: App, deps: PortalDeps): void => {
  const signIn = (request: WireRequest, next: string): WireResponse =>
    redirect(flowAddress(deps.webPath, deps.flowSlug('sign_in', null, request.origin), next))
  const forPerson =
    (handler: ForPerson): Handler =>
    async (request, params) => {
      const signedIn = await deps.signedIn(request)
      if (signedIn) return handler(request, signedIn, params)
      // Signing in leads to a page: a form is not sent again by itself.
      return signIn(request, request.method === 'POST' ? pageOfForm(request) : request.path)
    }
  /** For forms: from a page of ours, shown to this very session (F05). */
  const forForm = (handler: ForPerson): Handler =>
    forPerson(async (request, signedIn, params) => {
      const given = request.form?.get('csrf') ?? ''
      if (!isSameOrigin(request) || !sameBytes(given, csrfOf(deps, signedIn.session))) {
        const again = `${deps.webPath}${pageOfForm(request).slice(1)}`
        return page(403, deps.pages.message(request, 'error.other_site', again))
      }
      return handler(request, signedIn, params)
    })

  app.route('GET', '/', async (request) => {
    if (await deps.setupOpen()) return page(503, deps.pages.message(request, 'setup.open', deps.webPath))
    return (await deps.signedIn(request)) ? redirect(`${deps.webPath}if/user/`) : signIn(request, '/if/user/')
  })
  app.route(
    'GET',
    '/if/user/',
    forPerson((request, signedIn) => showApplications(deps, request, signedIn)),
  )
  app.route(
    'GET',
    DEVICES,
    forPerson(async (request, signedIn) => showDevices(deps, request, signedIn)),
  )
  app.route(
    'POST',
    '/if/user/devices/end/',
    forForm((request, signedIn) => endOne(deps, request, signedIn)),
  )
  app.route(
    'POST',
    '/if/user/devices/end-all/',
    forForm((request, signedIn) => endAll(deps, request, signedIn)),
  )
  app.route(
    'POST',
    '/if/user/devices/forget/',
    forForm((request, signedIn) => forget(deps, request, signedIn)),
  )
  mountSecurity(app, deps, { forPerson, forForm, csrf: (session) => csrfOf(deps, session) })
  app.route(
    'GET',
    '/application/launch/:slug/',
    forPerson(async (request, signedIn, params) => launch(deps, request, signedIn, params.slug ?? '')),
  )
}

/** The page that a form of ours stands on: its address is that page's with a verb. */
const pageOfForm = ({ path }: WireRequest): string => (path.startsWith(SECURITY) ? SECURITY : DEVICES)

const csrfOf = (deps: PortalDeps, session: Session): string => deps.ring.hash('csrf', session.id)

const showApplications: (deps: PortalDeps, request: WireRequest, signedIn: SignedIn) => Promise<WireResponse> = async (
  deps,
  request,
  signedIn,
) => {
  const snapshot = await deps.snapshot()
  const open: CompiledApplication[] = []
  for (const application of snapshot.applications.values()) {
    if (!application.launchUrl || application.hidden) continue
    const { outcome } = await deps.decide(signedIn, application.slug, request)
    if (outcome === 'allow' || outcome === 'step_up') open.push(application)
  }
  open.sort((a, b) => a.name.localeCompare(b.name))
  return page(200, deps.pages.applications(request, signedIn, open))
}

const showDevices = async (deps: PortalDeps, request: WireRequest, signedIn: SignedIn): Promise<WireResponse> => {
  const { id } = signedIn.person.user
  const [sessions, trusted] = await Promise.all([
    deps.store.sessions.of(deps.store.read, id, request.now),
    deps.trustedDevices.of(deps.store.read, id, request.now),
  ])
  return page(200, deps.pages.devices(request, signedIn, { sessions, trusted, csrf: csrfOf(deps, signedIn.session) }))
}

/** Asks for more than before, so whoever is signed in may do it. */
const forget = async (deps: PortalDeps, request: WireRequest, { person }: SignedIn): Promise<WireResponse> => {
  // Any text finds at most a row that then has to be this person's.
  const id = (request.form?.get('device') ?? '') as CredentialId
  await deps.store.write(async (tx) => {
    if (!(await deps.trustedDevices.forget(tx, person.user.id, id))) return
    await deps.recorder.in(tx, {
      type: 'credential.removed',
      actor: actorOf(person),
      target: `users/${person.user.id}`,
      detail: { credential: id, kind: 'trusted-device', name: '' },
      client: clientOf(requestFacts(request)),
    })
  })
  return redirect(`${deps.webPath}if/user/devices/`, 303)
}

const endOne = async (deps: PortalDeps, request: WireRequest, signedIn: SignedIn): Promise<WireResponse> => {
  const id = (request.form?.get('session') ?? '') as SessionId
  await deps.store.write(async (tx) => {
    const session = await deps.store.sessions.byId(tx, id)
    // Another person's session is as unknown as none.
    if (session?.userId !== signedIn.person.user.id) return
    const why = {
      type: 'session.ended',
      actor: actorOf(signedIn.person),
      target: `sessions/${id}`,
      client: clientOf(requestFacts(request)),
    } as const
    await deps.sessions.end(tx, session, why)
  })
  return redirect(`${deps.webPath}if/user/devices/`, 303)
}

const endAll = async (deps: PortalDeps, request: WireRequest, signedIn: SignedIn): Promise<WireResponse> => {
  const { user } = signedIn.person
  const why = {
    type: 'session.all_ended',
    actor: actorOf(signedIn.person),
    target: `users/${user.id}`,
    client: clientOf(requestFacts(request)),
  } as const
  await deps.store.write((tx) => deps.sessions.endAll(tx, user.id, why))
  return {
    ...redirect(flowAddress(deps.webPath, deps.flowSlug('sign_in', null, request.origin)), 303),
    cookies: [{ name: 'session', value: null }],
  }
}

const launch = async (
  deps: PortalDeps,
  request: WireRequest,
  signedIn: SignedIn,
  slug: string,
): Promise<WireResponse> => {
  const nothing = page(404, deps.pages.message(request, 'error.not_found'))
  const application = (await deps.snapshot()).applications.get(slug)
  if (!application?.launchUrl) return nothing
  // One that may not be opened is as unknown as none: neither that it is nor where it is may be told (I08).
  if ((await deps.decide(signedIn, slug, request)).outcome === 'deny') return nothing
  const { person } = signedIn
  const filled = fillLaunchUrl(application.launchUrl, {
    username: person.user.username,
    email: primaryEmail(person)?.address ?? '',
    name: person.user.name,
  })
  // As a browser spells it: a header holds no letters beyond Latin ones.
  return redirect(new URL(filled).href)
}
