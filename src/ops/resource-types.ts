/** Every type of resource there is, made over the kinds that are registered. */

import { flowType } from '../flow/flow-type.ts'
import { policyKinds, providerKinds, stageKinds } from '../kinds/registry.ts'
import { compileAccess } from '../policy/compile-access.ts'
import { applicationType } from '../resources/types/application-type.ts'
import { brandType } from '../resources/types/brand-type.ts'
import { keypairType } from '../resources/types/keypair-type.ts'
import { policyType } from '../resources/types/policy-type.ts'
import { roleType } from '../resources/types/role-type.ts'
import { settingsType } from '../resources/types/settings-type.ts'

export const policies = policyType(policyKinds)
export const applications = applicationType(providerKinds, compileAccess, policies)
export const flows = flowType(stageKinds, policies)

/** In the order in which they are compiled and listed. */
export const resourceTypes = [settingsType, roleType, keypairType, brandType, policies, flows, applications] as const

export { brandType as brands, keypairType as keypairs, settingsType as settings }
