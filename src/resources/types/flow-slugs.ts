/** Which flow serves for which purpose: `flows: { sign_in: my-flow }`, of an application, a brand or the instance. */
import { Closed, Ref, type Static, Type } from '../../base/schema.ts'
import { FLOW_PURPOSES, FLOW_WAYS, type FlowPurpose } from '../../kinds/contract/stage.ts'

const WAYS: Readonly<Record<(typeof FLOW_WAYS)[number], string>> = {
  magic_link: 'Signing in by a mailed link. Left out, it is off.',
  email_code: 'Setting up codes by mail as a second factor. Left out, it is off.',
  change_email: 'Changing one’s own address. Left out, it is off.',
  leave: 'Deleting one’s own account. Left out, it is off.',
}
const byWay = Object.fromEntries(
  FLOW_WAYS.map((way) => [way, Type.Optional(Ref('flows', { description: WAYS[way] }))]),
) as Record<(typeof FLOW_WAYS)[number], ReturnType<typeof Type.Optional<ReturnType<typeof Ref>>>>

const byPurpose = Object.fromEntries(FLOW_PURPOSES.map((purpose) => [purpose, Type.Optional(Ref('flows'))])) as Record<
  FlowPurpose,
  ReturnType<typeof Type.Optional<ReturnType<typeof Ref>>>
>

export const FlowSlugs = Closed(
  { ...byPurpose, ...byWay },
  {
    description: 'Flows that serve here: the application’s, else the brand’s, else the instance’s.',
  },
)
export type FlowSlugs = Static<typeof FlowSlugs>
