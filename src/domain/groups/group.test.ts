import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GroupId, UserId } from '../../base/ids.ts'
import { effectiveGroups, type Group } from './group.ts'

const group = (id: string, ...parents: string[]): Group => ({
  id: id as GroupId,
  slug: id,
  name: id,
  parents: parents as GroupId[],
  roles: [],
  attributes: {},
  organisation: 'main',
  managedBy: null,
  createdAt: 0,
  updatedAt: 0,
})
const graph = new Map(
  [group('night', 'nurses'), group('nurses', 'staff'), group('staff'), group('a', 'b'), group('b', 'a')].map((one) => [
    one.id,
    one,
  ]),
)
const joined = (id: string, until: number | null = null) => ({ userId: 'u' as UserId, groupId: id as GroupId, until })
const slugs = (...memberships: ReturnType<typeof joined>[]) =>
  effectiveGroups(graph, memberships, 100)
    .map((one) => one.slug)
    .sort()

test('counts the groups above those joined', () => {
  assert.deepEqual(slugs(joined('night')), ['night', 'nurses', 'staff'])
})

test('a membership counts until its instant and not beyond', () => {
  assert.deepEqual(slugs(joined('staff', 101)), ['staff'])
  assert.deepEqual(slugs(joined('staff', 100)), [])
})

test('J07 a circle of groups does no harm, and a group that is gone gives nothing', () => {
  assert.deepEqual(slugs(joined('a'), joined('gone')), ['a', 'b'])
})
