/**
 * Addresses that browsers and password managers look for by themselves: where a password is changed (W3C, A Well-Known URL
 * for Changing Passwords), where passkeys are added and kept (W3C, Passkey Endpoints), and which other origins of ours
 * may use passkeys of this host (WebAuthn Level 3 §5.11).
 */
import { json, redirect, type WireRequest, type WireResponse } from '../base/wire.ts'
import type { RelyingParty } from '../kinds/contract/authenticator.ts'
import type { App } from './app.ts'
import { PASSWORD, SECURITY } from './portal/security-routes.ts'
import type { Site } from './site.ts'

export type WellKnownDeps = {
  readonly site: () => Site | Promise<Site>
  readonly relyingParty: (origin: string) => RelyingParty | Promise<RelyingParty>
  readonly webPath: string
}

export const mountWellKnown = (app: App, deps: WellKnownDeps): void => {
  const security = `${deps.webPath.slice(0, -1)}${SECURITY}`
  app.route('GET', '/.well-known/passkey-endpoints', ({ origin }) =>
    json(200, { enroll: origin + security, manage: origin + security }),
  )
  // By way of the sign-in where nobody is signed in, and there whoever forgot it is helped.
  app.route('GET', '/.well-known/change-password', () => redirect(deps.webPath + PASSWORD.slice(1)))
  app.route('GET', '/.well-known/webauthn', (request) => relatedOrigins(deps, request))
}

const relatedOrigins = async (deps: WellKnownDeps, { origin }: WireRequest): Promise<WireResponse> => {
  const host = new URL(origin).hostname
  const related: string[] = []
  for (const other of (await deps.site()).origins.values()) {
    if (other !== origin && (await deps.relyingParty(other)).id === host) related.push(other)
  }
  if (related.length === 0)
    return json(404, { code: 'not_found', title: 'No other origin uses passkeys of this host.' })
  return json(200, { origins: [origin, ...related] })
}
