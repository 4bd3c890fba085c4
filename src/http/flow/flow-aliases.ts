/** authentik's flow slugs and designations lead to the flows that take their place (DESIGN §8). */
import type { FlowPurpose } from '../../kinds/contract/stage.ts'

// A map: of an object every address would also find what objects have by birth (`constructor`).
export const FLOW_ALIASES: ReadonlyMap<string, FlowPurpose> = new Map([
  ['default-authentication-flow', 'sign_in'],
  ['default-source-authentication', 'sign_in'],
  ['default-invalidation-flow', 'sign_out'],
  ['default-provider-invalidation-flow', 'sign_out'],
  ['default-provider-authorization-explicit-consent', 'consent'],
  ['default-provider-authorization-implicit-consent', 'sign_in'],
])

/** `/flows/-/default/<designation>/`. */
export const DESIGNATIONS: Readonly<Record<string, FlowPurpose>> = {
  authentication: 'sign_in',
  invalidation: 'sign_out',
}
