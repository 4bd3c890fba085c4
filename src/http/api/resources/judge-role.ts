/** Roles hand out permissions, so editing one is giving: nobody gives what they do not hold (I03). */
import type { JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { PERMISSIONS, type Permission } from '../../../domain/permissions/permission.ts'
import type { ResourceType } from '../../../kinds/contract/resource.ts'
import { authorize, isAdministrator } from '../../../policy/authorize.ts'
import { EVERY_PERMISSION, roleType } from '../../../resources/types/role-type.ts'
import { authorizedActor, type Caller } from '../caller.ts'
import type { ApiFailure } from '../problem.ts'

/** Whether edits of this type are judged by what stands before and after them. */
export const isJudged = (type: ResourceType): boolean => type.type === roleType.type

/** `null` for a role that does not stand. Specs are as given: what is no permission is refused by their schema later. */
export const judgeRole = (
  caller: Caller,
  before: JsonObject | null,
  after: JsonObject | null,
): Result<true, ApiFailure> => {
  const had = permissionsIn(before)
  const has = permissionsIn(after)
  const allowed = authorize(authorizedActor(caller), roleType.write, {
    isAdministrator: isAdministrator(had) || isAdministrator(has),
    grants: has.difference(had),
  })
  return allowed.ok ? ok(true) : allowed
}

const permissionsIn = (spec: JsonObject | null): ReadonlySet<Permission> => {
  const named: readonly unknown[] = Array.isArray(spec?.permissions) ? spec.permissions : []
  return new Set(named.includes(EVERY_PERMISSION) ? PERMISSIONS : PERMISSIONS.filter((one) => named.includes(one)))
}
