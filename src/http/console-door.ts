/**
 * The door of the console (DESIGN §8, §13). Whoever may administer and lacks a second factor is led to prove one here, or
 * to set one up. Behind it stands what can be administered with: the API and its reference.
 */
import { redirect, type WireRequest, type WireResponse } from '../base/wire.ts'
import { administrationOf, CONSOLE_PATH, decideConsole } from '../core/console.ts'
import { flowAddress } from '../core/flow-address.ts'
import { permissionsOf } from '../core/permissions-of.ts'
import { requestFacts } from '../core/provider-ports.ts'
import type { Decision } from '../domain/decisions/decision.ts'
import type { Person } from '../domain/people/person.ts'
import type { SignedIn } from '../kinds/contract/provider.ts'
import type { Snapshot } from '../kinds/contract/resource.ts'
import type { FlowPurpose } from '../kinds/contract/stage.ts'
import { roleType } from '../resources/types/role-type.ts'
import type { App } from './app.ts'

export type ConsoleDoorDeps = {
  readonly signedIn: (request: WireRequest) => Promise<SignedIn | null>
  readonly snapshot: () => Snapshot | Promise<Snapshot>
  readonly flowSlug: (purpose: FlowPurpose, application: string | null, origin: string) => string
  readonly webPath: string
  readonly pages: {
    denied(request: WireRequest, input: { application: string; person: Person; decision: Decision }): WireResponse
  }
}

export const mountConsoleDoor = (app: App, deps: ConsoleDoorDeps): void => {
  app.route('GET', CONSOLE_PATH, async (request) => {
    const through = (purpose: FlowPurpose): WireResponse =>
      redirect(flowAddress(deps.webPath, deps.flowSlug(purpose, null, request.origin), CONSOLE_PATH))
    const signedIn = await deps.signedIn(request)
    if (!signedIn) return through('sign_in')
    const snapshot = await deps.snapshot()
    const { person, session } = signedIn
    const decision = decideConsole({
      person,
      session,
      permissions: permissionsOf(person.groups, snapshot.all(roleType)),
      request: requestFacts(request),
      now: request.now,
      administration: administrationOf(snapshot),
    })
    if (decision.outcome === 'deny') return deps.pages.denied(request, { application: '', person, decision })
    return decision.outcome === 'allow' ? redirect(`${deps.webPath}api/v1/docs`) : through('step_up')
  })
}
