/** The closed list of permissions. Every route declares one; roles and tokens hold subsets. */
export const PERMISSIONS = [
  'applications.read',
  'applications.write',
  'flows.read',
  'flows.write',
  'policies.read',
  'policies.write',
  'roles.read',
  'roles.write',
  'brands.read',
  'brands.write',
  'keypairs.read',
  'keypairs.write',
  'settings.read',
  'settings.write',
  'users.read',
  'users.write',
  'users.reset_password',
  'groups.read',
  'groups.write',
  'sessions.read',
  'sessions.end',
  'tokens.read',
  'tokens.write',
  'grants.read',
  'grants.end',
  'events.read',
  'jobs.read',
  'jobs.write',
  'decisions.explain',
  'configuration.apply',
  'configuration.export',
] as const
export type Permission = (typeof PERMISSIONS)[number]

/**
 * Those that hand access out or take it over: by a session, they ask for a proof of lately. A browser left open for a day
 * is enough to look around with, and not to make oneself a token.
 */
export const SENSITIVE: ReadonlySet<Permission> = new Set<Permission>([
  'roles.write',
  'keypairs.write',
  'settings.write',
  // An address of somebody is where their recovery goes.
  'users.write',
  'users.reset_password',
  'groups.write',
  'tokens.write',
  'configuration.apply',
  'configuration.export',
])

/** Reached by no role: `public` needs no one, `self` any signed-in person for what is their own. */
export type RoutePermission = Permission | 'public' | 'self'
