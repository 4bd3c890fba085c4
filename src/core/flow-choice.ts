/** Which flow serves: the application's, else the brand's, else the instance's, else the one shipped (DESIGN §6). */
import type { CompiledApplication } from '../kinds/contract/provider.ts'
import type { FlowPurpose } from '../kinds/contract/stage.ts'

type FlowSlugs = Readonly<Partial<Record<FlowPurpose, string>>>

const SHIPPED_FLOWS: Readonly<Record<FlowPurpose, string>> = {
  sign_in: 'sign-in',
  step_up: 'step-up',
  recover: 'recover',
  enrol: 'enrol',
  sign_out: 'sign-out',
  consent: 'consent',
  setup: 'initial-setup',
  settings: 'settings',
}

export const chooseFlow = (
  purpose: FlowPurpose,
  from: {
    application: CompiledApplication | undefined
    brand: { flows: FlowSlugs } | undefined
    instance: { flows: FlowSlugs } | undefined
  },
): string =>
  from.application?.flows[purpose] ??
  from.brand?.flows[purpose] ??
  from.instance?.flows[purpose] ??
  SHIPPED_FLOWS[purpose]
