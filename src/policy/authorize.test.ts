import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserId } from '../base/ids.ts'
import { PERMISSIONS, type Permission } from '../domain/permissions/permission.ts'
import { type AuthorizedActor, authorize, isAdministrator, type Target } from './authorize.ts'
import { SHIPPED_ROLES } from './shipped-roles.ts'

const ana = 'ana' as UserId
const bea = 'bea' as UserId
const role = (slug: string): ReadonlySet<Permission> =>
  new Set(SHIPPED_ROLES.find((one) => one.slug === slug)?.permissions)
const user = (permissions: Iterable<Permission>, userId = ana): AuthorizedActor => ({
  kind: 'user',
  userId,
  permissions: new Set(permissions),
})
const token = (permissions: Iterable<Permission>): AuthorizedActor => ({
  kind: 'token',
  userId: ana,
  permissions: new Set(permissions),
})

const answer = (actor: AuthorizedActor | null, permission: Parameters<typeof authorize>[1], target?: Target) => {
  const result = authorize(actor, permission, target)
  return result.ok ? 'yes' : result.error.code
}

test('an anonymous caller reaches public routes and nothing else', () => {
  assert.equal(answer(null, 'public'), 'yes')
  for (const permission of ['self', ...PERMISSIONS] as const)
    assert.equal(answer(null, permission), 'not_signed_in', permission)
})

test('each permission opens its own routes and no other', () => {
  for (const held of PERMISSIONS) {
    for (const asked of PERMISSIONS) {
      assert.equal(answer(user([held]), asked), held === asked ? 'yes' : 'permission_missing', `${held} at ${asked}`)
    }
  }
})

test('an auditor reads everything and explains decisions, and changes nothing', () => {
  for (const permission of PERMISSIONS) {
    const reads = permission.endsWith('.read') || permission === 'decisions.explain'
    assert.equal(answer(user(role('auditor')), permission), reads ? 'yes' : 'permission_missing', permission)
  }
})

test('an administrator holds every permission', () => {
  assert.equal(isAdministrator(role('administrator')), true)
  assert.equal(isAdministrator(role('auditor')), false)
})

test('I01 a person reaches their own things, and those of nobody else', () => {
  assert.equal(answer(user([]), 'self'), 'yes')
  assert.equal(answer(user([]), 'self', { userId: ana }), 'yes')
  assert.equal(answer(user([]), 'self', { userId: bea }), 'not_yours')
  assert.equal(answer(user(PERMISSIONS), 'self', { userId: bea }), 'not_yours')
})

test('I11 a delegated administrator touches no administrator, and neither does a token with a part of the permissions', () => {
  const target = { userId: bea, isAdministrator: true }
  const changes = PERMISSIONS.filter((permission) => !role('auditor').has(permission))
  for (const permission of changes) {
    const all = PERMISSIONS.filter((one) => one !== 'jobs.read')
    assert.equal(answer(user(all), permission, target), 'administrator_only', permission)
    assert.equal(answer(token([permission]), permission, target), 'administrator_only', permission)
    assert.equal(answer(user(PERMISSIONS), permission, target), 'yes', permission)
  }
  assert.equal(answer(user(['users.read']), 'users.read', target), 'yes')
})

test('I03 nobody gives a permission they do not hold', () => {
  const delegated: Permission[] = ['groups.write', 'users.write', 'tokens.write']
  assert.equal(answer(user(delegated), 'groups.write', { grants: ['users.write'] }), 'yes')
  assert.equal(
    answer(user(delegated), 'groups.write', { grants: ['users.write', 'settings.write'] }),
    'grants_too_much',
  )
})

test('I17 a token makes no broader token', () => {
  assert.equal(answer(token(['users.read']), 'self', { userId: ana, grants: ['users.read'] }), 'yes')
  assert.equal(answer(token(['users.read']), 'self', { userId: ana, grants: ['users.write'] }), 'grants_too_much')
  assert.equal(answer(token(['tokens.write']), 'tokens.write', { grants: ['users.read'] }), 'grants_too_much')
})

test('the house itself may do everything', () => {
  assert.equal(answer({ kind: 'system' }, 'settings.write', { isAdministrator: true, grants: PERMISSIONS }), 'yes')
})
