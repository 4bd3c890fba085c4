/** The roles that every instance begins with: data like any other role, made once and then the administrator's. */
import { PERMISSIONS, type Permission } from '../domain/permissions/permission.ts'

export type ShippedRole = { readonly slug: string; readonly name: string; readonly permissions: readonly Permission[] }

export const SHIPPED_ROLES: readonly ShippedRole[] = [
  { slug: 'administrator', name: 'Administrator', permissions: PERMISSIONS },
  {
    slug: 'auditor',
    name: 'Auditor',
    permissions: PERMISSIONS.filter((permission) => permission.endsWith('.read') || permission === 'decisions.explain'),
  },
]
