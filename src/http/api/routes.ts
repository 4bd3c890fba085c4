/** Every route of the API, in the order of the reference. */
import type { ApiDeps } from './api-deps.ts'
import { authenticatorRoutes } from './authenticators/authenticator-routes.ts'
import { denialRoutes } from './decisions/denial-route.ts'
import { whyRoutes } from './decisions/why-route.ts'
import { documentRoutes } from './documents/document-routes.ts'
import { eventRoutes } from './events/event-routes.ts'
import { simulateRoutes } from './flows/simulate-route.ts'
import { grantRoutes } from './grants/grant-routes.ts'
import { groupRoutes } from './groups/group-routes.ts'
import { approvalRoutes } from './invitations/approval-routes.ts'
import { invitationRoutes } from './invitations/invitation-routes.ts'
import { jobRoutes } from './jobs/job-routes.ts'
import { mailRoutes } from './mails/mail-routes.ts'
import { meRoutes } from './me/me-routes.ts'
import { policyTestRoutes } from './policies/test-route.ts'
import { resourceRoutes } from './resources/resource-routes.ts'
import type { ApiRoute } from './route.ts'
import { sessionRoutes } from './sessions/session-routes.ts'
import { trustedDeviceRoutes } from './sessions/trusted-device-routes.ts'
import { tokenRoutes } from './tokens/token-routes.ts'
import { emailRoutes } from './users/email-routes.ts'
import { membershipRoutes } from './users/membership-routes.ts'
import { userRoutes } from './users/user-routes.ts'
import { userVerbs } from './users/user-verbs.ts'

export const apiRoutes = (deps: ApiDeps): readonly ApiRoute[] => {
  const all: ApiRoute[] = [
    ...meRoutes(deps),
    ...userRoutes(deps),
    ...userVerbs(deps),
    ...approvalRoutes(deps),
    ...invitationRoutes(deps),
    ...emailRoutes(deps),
    ...membershipRoutes(deps),
    ...groupRoutes(deps),
    ...sessionRoutes(deps),
    ...trustedDeviceRoutes(deps),
    ...tokenRoutes(deps),
    ...authenticatorRoutes(deps),
    ...grantRoutes(deps),
    ...deps.types.flatMap((type) => resourceRoutes(deps, type)),
    ...whyRoutes(deps),
    ...denialRoutes(deps),
    ...simulateRoutes(deps),
    ...policyTestRoutes(deps),
    ...eventRoutes(deps),
    ...jobRoutes(deps),
    ...mailRoutes(deps),
  ]
  // The documents tell of themselves too.
  all.push(...documentRoutes(deps, () => all))
  return all
}
