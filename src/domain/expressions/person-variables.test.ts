import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EmailId, GroupId, UserId } from '../../base/ids.ts'
import type { Group } from '../groups/group.ts'
import type { Person } from '../people/person.ts'
import { PERSON_VARIABLES, personVariables } from './person-variables.ts'

const staff: Group = {
  id: 'g1' as GroupId,
  slug: 'staff',
  name: 'Staff',
  parents: [],
  roles: [],
  attributes: {},
  organisation: 'main',
  managedBy: null,
  createdAt: 0,
  updatedAt: 0,
}
const id = 'u1' as UserId
const person: Person = {
  user: {
    id,
    number: 7,
    username: 'ana',
    name: 'Ana Example',
    kind: 'internal',
    active: true,
    attributes: { department: 'IT' },
    organisation: 'main',
    locale: null,
    generation: 1,
    managedBy: null,
    createdAt: 1_700_000_000_999,
    updatedAt: 0,
    lastLoginAt: null,
    passwordChangedAt: null,
  },
  emails: [
    { id: 'e1' as EmailId, userId: id, address: 'old@example.com', primary: false, verifiedAt: null, verifiedBy: null },
    { id: 'e2' as EmailId, userId: id, address: 'ana@example.com', primary: true, verifiedAt: 5, verifiedBy: 'link' },
  ],
  directGroups: [staff],
  groups: [staff],
  groupsUntil: null,
}
// A Sunday evening in UTC, Monday morning in Auckland.
const request = {
  ip: '10.0.0.1',
  userAgent: 'test',
  origin: 'https://id.example.com',
  at: Date.UTC(2024, 0, 7, 23, 30),
}

test('tells of the person, their addresses and their groups by slug', () => {
  const { user } = personVariables({ person, session: null, application: null, request })
  assert.deepEqual(user, {
    id: 'u1',
    number: 7,
    username: 'ana',
    name: 'Ana Example',
    kind: 'internal',
    email: 'ana@example.com',
    email_verified: true,
    emails: [
      { address: 'old@example.com', primary: false, verified: false },
      { address: 'ana@example.com', primary: true, verified: true },
    ],
    groups: ['staff'],
    attributes: { department: 'IT' },
    organisation: 'main',
    created_at: 1_700_000_000,
  })
})

test('tells of the session in whole seconds, and of two different factors as mfa', () => {
  const at = request.at - 90_500
  const proofs = [
    { method: 'pwd', at },
    { method: 'otp', at },
  ]
  const { session } = personVariables({
    person,
    session: { proofs, authTime: at, persistent: true },
    application: null,
    request,
  })
  assert.deepEqual(session, {
    mfa: true,
    methods: ['pwd', 'otp', 'mfa'],
    auth_time: Math.floor(at / 1000),
    age_seconds: 90,
    persistent: true,
  })
})

test('hour and weekday are those of the zone: 1 is Monday, 7 is Sunday', () => {
  const clock = (zone?: string) => {
    const { request: seen } = personVariables({
      person,
      session: null,
      application: null,
      request,
      ...(zone ? { zone } : {}),
    })
    const { hour, weekday } = seen as { hour: number; weekday: number }
    return [hour, weekday]
  }
  assert.deepEqual(clock(), [23, 7])
  assert.deepEqual(clock('Pacific/Auckland'), [12, 1])
  assert.deepEqual(clock('Asia/Kolkata'), [5, 1])
})

test('G01 nobody has every member that somebody has, so that a condition fails for neither', () => {
  const somebody = personVariables({ person, session: null, application: null, request })
  const nobody = personVariables({ person: null, session: null, application: null, request })
  const shape = (value: unknown) =>
    Object.entries(value as object).map(([key, held]) => [key, Array.isArray(held) ? 'list' : typeof held])
  assert.deepEqual(shape(nobody.user), shape(somebody.user))
})

test('gives a value for every variable that is declared, and declares every one it gives', () => {
  const given = personVariables({ person, session: null, application: null, request })
  const names = Object.entries(given).flatMap(([name, members]) => [
    name,
    ...Object.keys(members as object).map((key) => `${name}.${key}`),
  ])
  assert.deepEqual(names.sort(), Object.keys(PERSON_VARIABLES).sort())
})
