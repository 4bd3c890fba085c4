/** Which flow serves for which purpose: `flows: { sign_in: my-flow }`, of an application, a brand or the instance. */
import { Closed, Ref, type Static, Type } from '../../base/schema.ts'
import { FLOW_PURPOSES, type FlowPurpose } from '../../kinds/contract/stage.ts'

const byPurpose = Object.fromEntries(FLOW_PURPOSES.map((purpose) => [purpose, Type.Optional(Ref('flows'))])) as Record<
  FlowPurpose,
  ReturnType<typeof Type.Optional<ReturnType<typeof Ref>>>
>

export const FlowSlugs = Closed(byPurpose, {
  description: 'Flows that serve here: the application’s, else the brand’s, else the instance’s.',
})
export type FlowSlugs = Static<typeof FlowSlugs>
