/**
 * The authorization endpoint (OpenID Connect Core §3.1.2). The pipeline judges the request; then come the person, the
 * rules and the consent, each of which may send the browser through a flow that leads back here.
 */
import { MINUTE } from '../../../base/clock.ts'
import { type GrantId, newId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { type Failure, ok, type Result } from '../../../base/result.ts'
import { redirect, type WireRequest, type WireResponse } from '../../../base/wire.ts'
import type { Decision } from '../../../domain/decisions/decision.ts'
import { amrOf, ownProofs } from '../../../domain/sessions/session.ts'
import type { EventDraft } from '../../../events/event.ts'
import { type Answer, answerCode, answerError } from '../../../protocol/oidc/authorize/answer.ts'
import { authorize, type Ready } from '../../../protocol/oidc/authorize/authorize.ts'
import { fingerprint } from '../../../protocol/oidc/authorize/fingerprint.ts'
import { acrStep, consentStep, type Standing, signInStep } from '../../../protocol/oidc/authorize/next-step.ts'
import { AUTHORIZE_PARAMETERS, type Refusal } from '../../../protocol/oidc/authorize/request.ts'
import type { LocalError, OAuthError } from '../../../protocol/oidc/errors.ts'
import { PATHS } from '../../../protocol/oidc/issuer.ts'
import { readIdTokenHint } from '../../../protocol/oidc/logout/read-id-token-hint.ts'
import { type Parameters, readParameters } from '../../../protocol/oidc/read-parameters.ts'
import type { ProviderPorts, ProviderSnapshot, SignedIn } from '../../contract/provider.ts'
import type { FlowPurpose } from '../../contract/stage.ts'
import { subjectOf } from './about-person.ts'
import { keysOf } from './access-tokens.ts'
import { issuerOf, ownPath, webPath } from './addresses.ts'
import { ERROR_TEXTS, technicalText } from './error-texts.ts'
import { clientActor, from, personActor } from './events.ts'
import { grantData, toJson } from './grant-data.ts'
import { type FoundClient, findClient } from './oidc-provider.ts'

// The address travels once more inside the flow's own; beyond this, browsers and proxies begin to cut.
const LONGEST_PATH = 8000

// As long as an attempt at a flow may take.
const MARKER_VALIDITY = 30 * MINUTE
const ASKED = 'authorize-asked'

export const answerAuthorize = async (ports: ProviderPorts, request: WireRequest): Promise<WireResponse> => {
  const parameters = readParameters(
    request.form ? [request.query, request.form] : [request.query],
    AUTHORIZE_PARAMETERS,
  )
  if (!parameters.ok) return refuseHere(ports, request, parameters.error, undefined)
  const own = ownPath(PATHS.authorize, parameters.value)
  if (own.length > LONGEST_PATH || encodeURIComponent(own).length > 1.5 * LONGEST_PATH) {
    return refuseHere(ports, request, { code: 'request_too_long', message: 'The request is too long.' }, undefined)
  }
  // A post from another site comes without the session's cookie; our own GET has it (DESIGN §13).
  if (request.method === 'POST') return redirect(webPath(ports) + own, 303)
  const snapshot = await ports.snapshot()
  const judged = judge(ports, request, snapshot, parameters.value)
  if (judged.ok) return grant(ports, request, snapshot, judged.value)
  const refusal = judged.error
  const client = refusal.where === 'here' ? refusal.client : refusal.safe.client
  const found = client ? findClient(snapshot, client.id) : undefined
  if (refusal.where === 'here') return refuseHere(ports, request, refusal.error, found)
  await ports.record(refused(request, refusal.error, found))
  return send(ports, request, answerError(refusal.safe, refusal.error))
}

type Asked = { readonly ready: Ready; readonly found: FoundClient }

/** The pipeline over the clients of a snapshot. */
export const judge = (
  ports: Pick<ProviderPorts, 'formPost' | 'webPath'>,
  request: Pick<WireRequest, 'origin'>,
  snapshot: ProviderSnapshot,
  parameters: Parameters,
): Result<Asked, Refusal> => {
  let found: FoundClient | undefined
  const judged = authorize(parameters, {
    client: (id) => {
      found = findClient(snapshot, id)
      return found?.client
    },
    issuer: () => (found ? issuerOf(ports, request, found.provider) : ''),
    formPost: ports.formPost !== undefined,
  })
  if (!judged.ok) return judged
  if (!found) throw new Error('a request without a client passed')
  return ok({ ready: judged.value, found })
}

/** What stands between a good request and its code. */
const grant = async (
  ports: ProviderPorts,
  request: WireRequest,
  snapshot: ProviderSnapshot,
  { ready, found }: Asked,
): Promise<WireResponse> => {
  const here: Here = { ports, request, ready, found }
  const signedIn = await ports.signedIn(request)
  const hint = await readHint(here, snapshot, signedIn)
  if (hint === 'invalid') return refuse(here, { code: 'invalid_request', message: 'The id_token_hint is not valid.' })
  // A no is an answer to the same question: it stands for the marker that it was made from.
  const refusal = readMarker(here, 'gatehouse_refused')
  const asked = readMarker(here, 'gatehouse_asked') ?? refusal
  const authTime = signedIn?.session.authTime ?? null
  const standing: Standing = {
    now: request.now,
    authTime,
    hinted: hint,
    asked,
    steppedUp: authTime !== null && typeof asked?.stepUp === 'number' && authTime >= asked.stepUp,
    refused: refusal !== null,
    consent: null,
  }
  const signIn = signInStep(ready, standing)
  if (typeof signIn === 'object') return refuse(here, signIn)
  if (signIn === 'sign_in' || !signedIn) return through(here, 'sign_in', standing)
  const decision = await ports.decide({ ...signedIn, channel: 'oidc', application: found.application.slug, request })
  if (decision.outcome !== 'allow') return notAllowed(here, signedIn, decision, standing)
  const acr = acrStep(ready, standing, amrOf(ownProofs(signedIn.session.proofs)))
  if (typeof acr === 'object') return refuse(here, acr)
  if (acr === 'step_up') return through(here, 'step_up', standing)
  const step = consentStep(ready, await withConsent(here, signedIn, standing), found.provider.consent.mode)
  if (typeof step === 'object') return refuse(here, step)
  return step === 'consent' ? through(here, 'consent', standing) : issue(here, signedIn)
}

type Here = {
  readonly ports: ProviderPorts
  readonly request: WireRequest
  readonly ready: Ready
  readonly found: FoundClient
}

/** Whether the hint names who is signed in; true without a hint. The hint must be one of this very client's. */
const readHint = async (
  { ports, request, ready, found }: Here,
  snapshot: ProviderSnapshot,
  signedIn: SignedIn | null,
): Promise<boolean | 'invalid'> => {
  const text = ready.parameters.get('id_token_hint')
  if (text === undefined) return true
  const hint = readIdTokenHint(text, keysOf(ports, snapshot), request.now)
  if (!hint.ok || hint.value.clientId !== ready.client.id) return 'invalid'
  return signedIn !== null && (await subjectOf(ports, signedIn.person, found)) === hint.value.subject
}

/** When it was asked, and when a step-up was. */
type Marker = { readonly at: number; readonly stepUp: number | null }

/** A marker of this very request; any other is as good as none. */
const readMarker = ({ ports, request, ready }: Here, name: 'gatehouse_asked' | 'gatehouse_refused'): Marker | null => {
  const sealed = ready.parameters.get(name)
  const marker = sealed === undefined ? null : ports.unseal(ASKED, sealed, request.now)
  return marker?.request === fingerprint(ready.parameters) && typeof marker.at === 'number'
    ? { at: marker.at, stepUp: typeof marker.step_up === 'number' ? marker.step_up : null }
    : null
}

const withConsent = async (
  { ports, ready, found }: Here,
  { person }: SignedIn,
  standing: Standing,
): Promise<Standing> =>
  found.provider.consent.mode === 'implicit' && !ready.prompts.has('consent')
    ? standing
    : { ...standing, consent: await ports.consents.get(person.user.id, ready.client.id) }

/** Through a flow and back. The marker says when it was asked, for what the answer is told from older ones. */
const through = (
  { ports, request, ready, found }: Here,
  purpose: Extract<FlowPurpose, 'sign_in' | 'step_up' | 'consent'>,
  { asked }: Standing,
): WireResponse => {
  const parameters = new Map(ready.parameters)
  parameters.delete('gatehouse_refused')
  const stepsUp = purpose === 'step_up'
  if (!asked || stepsUp) {
    const marker = {
      at: asked?.at ?? request.now,
      request: fingerprint(ready.parameters),
      ...(stepsUp ? { step_up: request.now } : {}),
    }
    parameters.set('gatehouse_asked', ports.seal(ASKED, marker, request.now + MARKER_VALIDITY))
  }
  if (purpose === 'sign_in' && !asksAnew(ready)) parameters.delete('gatehouse_asked')
  return redirect(ports.flowUrl(request, purpose, found.application.slug, ownPath(PATHS.authorize, parameters)))
}

/** Whether a sign-in from before the request may not be enough for it. */
export const asksAnew = ({ prompts, maxAge, parameters }: Ready): boolean =>
  prompts.has('login') || prompts.has('select_account') || maxAge !== null || parameters.has('id_token_hint')

const notAllowed = async (
  here: Here,
  { person }: SignedIn,
  decision: Decision,
  standing: Standing,
): Promise<WireResponse> => {
  const { ports, request, ready, found } = here
  const silent = ready.prompts.has('none')
  if (decision.outcome !== 'deny' && !(standing.steppedUp && !silent)) {
    if (!silent) return through(here, 'step_up', standing)
    return refuse(here, { code: 'interaction_required', message: 'More must be proven for this application.' })
  }
  const { slug: application, organisation } = found.application
  if (!silent) return ports.denied(request, { person, application, decision })
  const why = decision.reasons.filter((reason) => !reason.holds).map((reason) => reason.says)
  await ports.record({
    type: 'application.denied',
    actor: personActor(person),
    target: `applications/${application}`,
    detail: { client: ready.client.id, why },
    client: from(request),
    organisation,
  })
  return refuse(here, { code: 'access_denied', message: 'The person may not open this application.' })
}

const issue = async (here: Here, signedIn: SignedIn): Promise<WireResponse> => {
  const { ports, request, ready, found } = here
  const { person, session } = signedIn
  const grantId = newId<GrantId>(request.now, ports.random)
  const data = {
    ...grantData(signedIn, request, ready),
    redirect_uri: ready.redirectUri,
    challenge: ready.challenge,
    scopes: ready.scopes,
    user: person.user.id,
    session: session.id,
  }
  const expiresAt = request.now + found.provider.codeValidity
  const code = await ports.grants.issueCode(
    { grantId, clientId: ready.client.id, expiresAt, usedAt: null, data: toJson(data) },
    {
      type: 'application.authorized',
      actor: personActor(person),
      target: `applications/${found.application.slug}`,
      detail: { client: ready.client.id, scopes: [...ready.scopes], grant: grantId },
      client: from(request),
      organisation: found.application.organisation,
    },
  )
  return send(ports, request, answerCode(ready, code))
}

/** Everyday answers to a silent request are no news; they come every few minutes from each open tab. */
const refuse = ({ ports, request, ready }: Here, error: OAuthError): WireResponse =>
  send(ports, request, answerError(ready, error))

const send = (ports: ProviderPorts, request: WireRequest, answer: Answer): WireResponse => {
  if (answer.how === 'redirect') return redirect(answer.location)
  if (!ports.formPost) throw new Error('form_post was let through and is not offered')
  return ports.formPost(request, answer)
}

/** On our own page: nothing has been proven that a redirect could go to (A12). */
const refuseHere = async (
  ports: ProviderPorts,
  request: WireRequest,
  error: LocalError,
  found: FoundClient | undefined,
): Promise<WireResponse> => {
  await ports.record(refused(request, error, found))
  return ports.errorPage(request, { status: 400, text: ERROR_TEXTS[error.code], technical: technicalText(error) })
}

const refused = (request: WireRequest, error: Failure<string>, found: FoundClient | undefined): EventDraft => {
  const detail: JsonObject = { error: error.code, why: error.detail ?? error.message }
  const actor = found ? clientActor(found.client.id) : ({ kind: 'anonymous' } as const)
  const base = { type: 'oauth.request_refused' as const, actor, detail, client: from(request) }
  if (!found) return base
  return { ...base, target: `applications/${found.application.slug}`, organisation: found.application.organisation }
}
