/**
 * Whether somebody must choose another password before the one they have signs them in again: an administrator asked for
 * it, or it is older than the settings allow.
 */
import type { User } from '../users/user.ts'

export const passwordDue = (
  user: Pick<User, 'mustChangePassword' | 'passwordChangedAt' | 'createdAt'>,
  maxAge: number | null,
  now: number,
): boolean => {
  if (user.mustChangePassword !== undefined) return true
  // One that came by an import may not say since when it is.
  return maxAge !== null && now - (user.passwordChangedAt ?? user.createdAt) >= maxAge
}
