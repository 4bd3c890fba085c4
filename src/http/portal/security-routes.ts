/**
 * One's own second factors: seen, named, taken away. Adding one is a flow. Whoever takes one away proved enough for it
 * just now, gets a new cookie by it (F01), and is not the last administrator who could still get in (I19).
 */
import type { CredentialId } from '../../base/ids.ts'
import { redirect, type WireRequest, type WireResponse } from '../../base/wire.ts'
import type { ToldAuthenticator } from '../../core/authenticators.ts'
import { flowAddress } from '../../core/flow-address.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import { actorOf, clientOf } from '../../core/recorder.ts'
import { removeCredential } from '../../core/remove-credential.ts'
import type { IssuedSession } from '../../core/sessions.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { SignedIn } from '../../kinds/contract/provider.ts'
import { readLine } from '../../pages/read-field.ts'
import type { App, Handler } from '../app.ts'
import { proveFirst } from '../flow/flow-routes.ts'
import { page } from '../page-response.ts'
import { sessionCookie } from '../session-cookie.ts'
import type { ForPerson, PortalDeps } from './portal-routes.ts'

export const SECURITY = '/if/user/security/'
/** Leads to the change of one's own password; a flow's own address is no place to be led back to. */
export const PASSWORD = `${SECURITY}password/`
const PASSWORD_CHANGE = 'password-change'
const LONGEST_NAME = 64
const WAYS = [
  ['change_email', 'security.change_email'],
  ['leave', 'security.leave'],
] as const

export type SecurityShown = {
  readonly authenticators: readonly ToldAuthenticator[]
  /** Kinds that can be set up here, each with the address of its flow. */
  readonly addable: readonly { readonly kind: string; readonly href: string }[]
  /** Kinds that can do nothing at this address, each with why, as the last part of a text's key. */
  readonly blocked: readonly { readonly kind: string; readonly why: string }[]
  /** What else one may do with one's account here: the key of its words, and the address of its flow. */
  readonly ways: readonly { readonly label: string; readonly href: string }[]
  readonly csrf: string
}

type Doors = {
  readonly forPerson: (handler: ForPerson) => Handler
  readonly forForm: (handler: ForPerson) => Handler
  readonly csrf: (session: Session) => string
}

export const mountSecurity = (app: App, deps: PortalDeps, { forPerson, forForm, csrf }: Doors): void => {
  app.route(
    'GET',
    SECURITY,
    forPerson((request, signedIn) => show(deps, request, signedIn, csrf(signedIn.session))),
  )
  app.route(
    'GET',
    PASSWORD,
    forPerson((request, signedIn) => changePassword(deps, request, signedIn)),
  )
  app.route(
    'POST',
    `${SECURITY}rename/`,
    forForm((request, signedIn) => rename(deps, request, signedIn)),
  )
  app.route(
    'POST',
    `${SECURITY}remove/`,
    forForm((request, signedIn) => remove(deps, request, signedIn)),
  )
}

const show = async (
  deps: PortalDeps,
  request: WireRequest,
  signedIn: SignedIn,
  csrf: string,
): Promise<WireResponse> => {
  const { store, authenticators } = deps
  const told = await authenticators.told(store.read, signedIn.person.user.id)
  const addable: { kind: string; href: string }[] = []
  const blocked: { kind: string; why: string }[] = []
  for (const { id, flow, blockedAt, needs } of authenticators.kinds) {
    // Whoever took the flow off the house does not want that kind to be added.
    const slug = flow ?? `${id}-setup`
    if (!(await deps.hasFlow(slug, request.origin))) continue
    if (needs === 'mail' && !deps.sendsMail()) continue
    const why = blockedAt?.(request.origin) ?? null
    if (why !== null) blocked.push({ kind: id, why })
    else addable.push({ kind: id, href: flowAddress(deps.webPath, slug, SECURITY) })
  }
  const password = (await deps.hasFlow(PASSWORD_CHANGE, request.origin))
    ? [{ label: 'security.change_password', href: `${deps.webPath}${PASSWORD.slice(1)}` }]
    : []
  const others = WAYS.flatMap(([way, label]) => {
    const slug = deps.flowWay(way, request.origin)
    return slug === null ? [] : [{ label, href: flowAddress(deps.webPath, slug, SECURITY) }]
  })
  const ways = [...password, ...others]
  return page(200, deps.pages.security(request, signedIn, { authenticators: told, addable, blocked, ways, csrf }))
}

const chosen = (request: WireRequest): CredentialId => (request.form?.get('authenticator') ?? '') as CredentialId

const back = (deps: PortalDeps): WireResponse => redirect(`${deps.webPath}${SECURITY.slice(1)}`, 303)

const changePassword = async (deps: PortalDeps, request: WireRequest, signedIn: SignedIn): Promise<WireResponse> => {
  if (!(await deps.hasFlow(PASSWORD_CHANGE, request.origin))) return back(deps)
  const { person, session } = signedIn
  return (await deps.authenticators.mayChange(deps.store.read, person, session.proofs, request.now))
    ? redirect(flowAddress(deps.webPath, PASSWORD_CHANGE, SECURITY), 303)
    : proveFirst(deps, request, PASSWORD)
}

const rename = async (deps: PortalDeps, request: WireRequest, signedIn: SignedIn): Promise<WireResponse> => {
  const { store, authenticators, recorder } = deps
  const { user } = signedIn.person
  const name = readLine({ name: request.form?.get('name') ?? '' }, 'name', LONGEST_NAME)
  if (name === null) return back(deps)
  await store.write(async (tx) => {
    const found = await authenticators.one(tx, user.id, chosen(request))
    if (!found || found.name === name) return
    await store.credentials.rename(tx, found.id, name)
    await recorder.in(tx, {
      type: 'credential.renamed',
      actor: actorOf(signedIn.person),
      target: `users/${user.id}`,
      detail: { credential: found.id, kind: found.kind, from: found.name, to: name },
      client: clientOf(requestFacts(request)),
    })
  })
  return back(deps)
}

/** Carries out of the transaction that nothing may be changed by it. */
class Undone extends Error {}

const remove = async (deps: PortalDeps, request: WireRequest, signedIn: SignedIn): Promise<WireResponse> => {
  const { person, session } = signedIn
  const facts = requestFacts(request)
  if (!(await deps.authenticators.mayChange(deps.store.read, person, session.proofs, request.now))) {
    return proveFirst(deps, request, SECURITY)
  }
  const removed = await deps.store
    .write(async (tx): Promise<IssuedSession | null> => {
      const found = await deps.authenticators.one(tx, person.user.id, chosen(request))
      if (!found) return null
      const about = { tx, user: person.user.id, actor: actorOf(person), client: clientOf(facts) }
      const { locked } = await deps.keepIn(tx, facts, () => removeCredential(deps, about, found))
      if (locked.length > 0) throw new Undone()
      return deps.sessions.rotate(tx, session, [], request.now)
    })
    .catch((error: unknown) => {
      if (error instanceof Undone) return 'last' as const
      throw error
    })
  if (removed === 'last') return page(409, deps.pages.message(request, 'security.kept'))
  return { ...back(deps), ...(removed ? { cookies: [sessionCookie(removed, request.now)] } : {}) }
}
