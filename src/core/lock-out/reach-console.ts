/**
 * Whether an administrator comes into the console: through the flow that signs in, past the decision about the console,
 * and through the flow that proves more where it asks for that. Pure: over the configuration and the person as they will
 * be.
 */
import { err, ok, type Result } from '../../base/result.ts'
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { Proven } from '../../domain/expressions/person-variables.ts'
import type { Person } from '../../domain/people/person.ts'
import type { Permission } from '../../domain/permissions/permission.ts'
import type { CompiledFlow } from '../../flow/compiled-flow.ts'
import { foreseeFlow } from '../../flow/foresee-flow.ts'
import type { Means } from '../../kinds/contract/foresee.ts'
import type { ResourceType, Snapshot } from '../../kinds/contract/resource.ts'
import type { FlowPurpose } from '../../kinds/contract/stage.ts'
import { brandType } from '../../resources/types/brand-type.ts'
import { settingsType } from '../../resources/types/settings-type.ts'
import { administrationOf, decideConsole, toConsole } from '../console.ts'
import { chooseFlow } from '../flow-choice.ts'

export type Reaching = {
  readonly snapshot: Snapshot
  readonly flows: ResourceType<never, CompiledFlow>
  readonly person: Person
  readonly permissions: ReadonlySet<Permission>
  readonly means: Means
  readonly request: RequestFacts
  readonly sendsMail: boolean
}

/** Where they stop. `node` is null where the flow as a whole is at fault. */
export type NotReached = { readonly flow: string; readonly node: string | null; readonly why: string }

export const reachConsole = (reaching: Reaching): Result<null, NotReached> => {
  const signedIn = through(reaching, 'sign_in', null)
  if (!signedIn.ok) return signedIn
  const decision = decideAbout(reaching, signedIn.value)
  if (decision.outcome === 'allow') return ok(null)
  if (decision.outcome !== 'step_up') return deniedBy(reaching, 'sign_in', decision)
  const stepped = through(reaching, 'step_up', signedIn.value)
  if (!stepped.ok) return stepped
  const again = decideAbout(reaching, stepped.value)
  return again.outcome === 'allow' ? ok(null) : deniedBy(reaching, 'step_up', again)
}

const through = (
  { snapshot, flows, permissions: _, ...by }: Reaching,
  purpose: FlowPurpose,
  session: Proven | null,
): Result<Proven, NotReached> => {
  const slug = servingFlow(snapshot, purpose, by.request.origin)
  const flow = snapshot.get(flows, slug)
  const words = purpose === 'sign_in' ? 'sign in' : 'prove more'
  if (!flow) return err({ flow: slug, node: null, why: `finds no flow "${slug}" to ${words} by` })
  if (flow.purpose !== purpose) {
    return err({
      flow: slug,
      node: null,
      why: `finds the flow "${slug}", of the purpose ${flow.purpose}, to ${words} by`,
    })
  }
  const came = foreseeFlow({ ...by, flow, session, destination: toConsole(administrationOf(snapshot).assurance) })
  if (!came.ok) return err({ flow: slug, node: came.error.node, why: came.error.why })
  const methods = new Set(came.value.proofs.map(({ method }) => method))
  const before = session?.proofs.filter(({ method }) => !methods.has(method)) ?? []
  return ok({ proofs: [...before, ...came.value.proofs], authTime: by.request.at, persistent: false })
}

const servingFlow = (snapshot: Snapshot, purpose: FlowPurpose, origin: string): string => {
  const found = snapshot.lookup('host', new URL(origin).host) ?? snapshot.lookup('brand', 'default')
  return chooseFlow(purpose, {
    application: undefined,
    brand: found && snapshot.get(brandType, found.slug),
    instance: snapshot.get(settingsType, 'instance'),
  })
}

const decideAbout = ({ snapshot, person, permissions, request }: Reaching, session: Proven) =>
  decideConsole({ person, permissions, session, request, now: request.at, administration: administrationOf(snapshot) })

const deniedBy = (
  { snapshot, request }: Reaching,
  purpose: FlowPurpose,
  { reasons }: ReturnType<typeof decideAbout>,
): Result<never, NotReached> => {
  const said = reasons.filter(({ holds }) => !holds).map(({ says }) => says)
  return err({
    flow: servingFlow(snapshot, purpose, request.origin),
    node: null,
    why: `is signed in and not let into the console: ${said.join(' ')}`,
  })
}
