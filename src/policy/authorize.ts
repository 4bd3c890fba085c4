/**
 * May this actor do that through the API? One pure function for every route (DESIGN §8): the permission stands in the
 * route's declaration, the target tells what it would touch. Nobody gives what they do not hold (I03), and only a full
 * administrator touches an administrator (I11).
 */
import type { UserId } from '../base/ids.ts'
import { type Failure, fail, ok, type Result } from '../base/result.ts'
import { PERMISSIONS, type Permission, type RoutePermission } from '../domain/permissions/permission.ts'

/** Who asks, with what they may do: a token holds a subset of its owner's permissions (I17). */
export type AuthorizedActor =
  | { readonly kind: 'user'; readonly userId: UserId; readonly permissions: ReadonlySet<Permission> }
  | { readonly kind: 'token'; readonly userId: UserId; readonly permissions: ReadonlySet<Permission> }
  /** The house itself and its command line on the server. */
  | { readonly kind: 'system' }

export type Target = {
  /** The person it is about, or whose thing it is. */
  readonly userId?: UserId
  /** Whether that person is an administrator, or the group or role makes one. */
  readonly isAdministrator?: boolean
  /** What the change would give somebody: the permissions of a role, of a group's roles, of a new token. */
  readonly grants?: Iterable<Permission>
}

export type Refusal = Failure<
  'not_signed_in' | 'permission_missing' | 'not_yours' | 'administrator_only' | 'grants_too_much'
>

/** Whether somebody holds everything there is to hold. */
export const isAdministrator = (permissions: ReadonlySet<Permission>): boolean =>
  PERMISSIONS.every((permission) => permissions.has(permission))

export const authorize = (
  actor: AuthorizedActor | null,
  permission: RoutePermission,
  target: Target = {},
): Result<null, Refusal> => {
  if (permission === 'public' || actor?.kind === 'system') return ok(null)
  if (!actor) return fail('not_signed_in', 'Sign in first.')
  if (permission === 'self') return authorizeSelf(actor, target)
  if (!actor.permissions.has(permission)) {
    return fail('permission_missing', `This needs the permission ${permission}.`, permission)
  }
  if (changes(permission)) return authorizeChange(actor, target)
  return ok(null)
}

type Bound = Exclude<AuthorizedActor, { kind: 'system' }>

/** A route about one's own things: without a target it lists or makes one's own. */
const authorizeSelf = (actor: Bound, target: Target): Result<null, Refusal> => {
  if (target.userId !== undefined && target.userId !== actor.userId) return fail('not_yours', 'This is not yours.')
  return authorizeGrants(actor, target)
}

const changes = (permission: Permission): boolean => !permission.endsWith('.read') && permission !== 'decisions.explain'

const authorizeChange = (actor: Bound, target: Target): Result<null, Refusal> => {
  // A token with `users.reset_password` alone must not become its owner's whole account, so a part of an
  // administrator's permissions is not enough, whoever owns the token.
  if (target.isAdministrator && !isAdministrator(actor.permissions)) {
    return fail('administrator_only', 'Only an administrator may change this.')
  }
  return authorizeGrants(actor, target)
}

const authorizeGrants = (actor: Bound, target: Target): Result<null, Refusal> => {
  for (const granted of target.grants ?? []) {
    if (!actor.permissions.has(granted)) {
      return fail('grants_too_much', 'This would give a permission that you do not hold.', granted)
    }
  }
  return ok(null)
}
