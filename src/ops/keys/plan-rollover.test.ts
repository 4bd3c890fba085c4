import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DAY, HOUR } from '../../base/clock.ts'
import { planRollover, type RolloverPolicy, type RolloverStep } from './plan-rollover.ts'

const T = Date.UTC(2026, 0, 1)
const policy: RolloverPolicy = { rotateEvery: 90 * DAY, publishAhead: 2 * DAY, keepFor: 30 * DAY }
const byHand: RolloverPolicy = { ...policy, rotateEvery: null }

type Key = Parameters<typeof planRollover>[0][number]
const key = (kid: string, state: Key['state'], more: Partial<Key> = {}): Key => ({
  kid,
  state,
  createdAt: T,
  activeFrom: state === 'retired' ? T - 90 * DAY : T,
  retiredAt: null,
  removeAt: null,
  ...more,
})
const active = key('a', 'active')
const next = key('n', 'next', { createdAt: T + 88 * DAY, activeFrom: T + 90 * DAY })

type Row = {
  title: string
  keys: readonly Key[]
  at: number
  policy?: RolloverPolicy
  steps: readonly RolloverStep[]
  dueAt: number | null
}

const retire = (kid: string, at: number): RolloverStep => ({
  do: 'retire',
  kid,
  retiredAt: at,
  removeAt: at + 30 * DAY,
})
const activate = (kid: string, at: number): RolloverStep => ({ do: 'activate', kid, activeFrom: at })
const create = (state: 'active' | 'next', activeFrom: number): RolloverStep => ({ do: 'create', state, activeFrom })

const rows: Row[] = [
  {
    title: 'a key pair without keys gets one that signs at once',
    keys: [],
    at: T,
    steps: [create('active', T)],
    dueAt: T,
  },
  {
    title: 'a key pair that changes by hand only gets its first key all the same',
    keys: [],
    at: T,
    policy: byHand,
    steps: [create('active', T)],
    dueAt: T,
  },
  {
    title: 'a young key is left alone until the next one must be published',
    keys: [active],
    at: T + 88 * DAY - 1,
    steps: [],
    dueAt: T + 88 * DAY,
  },
  {
    title: 'the next key is made ahead of its use',
    keys: [active],
    at: T + 88 * DAY,
    steps: [create('next', T + 90 * DAY)],
    dueAt: T + 88 * DAY,
  },
  {
    title: 'the next key does not sign before its time',
    keys: [active, next],
    at: T + 90 * DAY - 1,
    steps: [],
    dueAt: T + 90 * DAY,
  },
  {
    title: 'the next key takes over when its time has come; the old one stays published',
    keys: [active, next],
    at: T + 90 * DAY,
    steps: [retire('a', T + 90 * DAY), activate('n', T + 90 * DAY)],
    dueAt: T + 90 * DAY,
  },
  {
    title: 'after a long stop, the next key is published ahead before it signs',
    keys: [active],
    at: T + 200 * DAY,
    steps: [create('next', T + 202 * DAY)],
    dueAt: T + 200 * DAY,
  },
  {
    title: 'a next key whose planned time is past is still published for its full time',
    keys: [active, key('n', 'next', { createdAt: T + 200 * DAY, activeFrom: T + 90 * DAY })],
    at: T + 201 * DAY,
    steps: [],
    dueAt: T + 202 * DAY,
  },
  {
    title: 'where nothing signs, the next key takes over without waiting',
    keys: [next],
    at: T + 89 * DAY,
    steps: [activate('n', T + 89 * DAY)],
    dueAt: T + 89 * DAY,
  },
  {
    title: 'a key pair that changes by hand keeps its key for ever',
    keys: [active],
    at: T + 5000 * DAY,
    policy: byHand,
    steps: [],
    dueAt: null,
  },
  {
    title: 'a next key that was made by hand takes over after it was published',
    keys: [active, key('n', 'next', { createdAt: T + 10 * DAY, activeFrom: T + 12 * DAY })],
    at: T + 12 * DAY,
    policy: byHand,
    steps: [retire('a', T + 12 * DAY), activate('n', T + 12 * DAY)],
    dueAt: T + 12 * DAY,
  },
  {
    title: 'a next key without a planned time is published first',
    keys: [active, key('n', 'next', { createdAt: T + 10 * DAY, activeFrom: null })],
    at: T + 11 * DAY,
    policy: byHand,
    steps: [],
    dueAt: T + 12 * DAY,
  },
  {
    title: 'a retired key stays until nothing that it signed can be valid',
    keys: [active, key('r', 'retired', { retiredAt: T, removeAt: T + 30 * DAY })],
    at: T + 30 * DAY - 1,
    steps: [],
    dueAt: T + 30 * DAY,
  },
  {
    title: 'a retired key goes when its time is over',
    keys: [active, key('r', 'retired', { retiredAt: T, removeAt: T + 30 * DAY })],
    at: T + 30 * DAY,
    steps: [{ do: 'remove', kid: 'r' }],
    dueAt: T + 30 * DAY,
  },
  {
    title: 'a retired key without an end gets it from its retirement',
    keys: [active, key('r', 'retired', { retiredAt: T - DAY }), key('q', 'retired', { retiredAt: T - 30 * DAY })],
    at: T,
    steps: [{ do: 'remove', kid: 'q' }],
    dueAt: T,
  },
  {
    title: 'a retired key of which nothing is known stays',
    keys: [active, key('r', 'retired')],
    at: T,
    policy: byHand,
    steps: [],
    dueAt: null,
  },
  {
    title: 'O08 a clock set back an hour undoes nothing and does nothing early',
    keys: [active, next],
    at: T - HOUR,
    steps: [],
    dueAt: T + 90 * DAY,
  },
  {
    title: 'O08 a clock set forward an hour makes the next key, and does not let it sign',
    keys: [active],
    at: T + 88 * DAY + HOUR,
    steps: [create('next', T + 90 * DAY + HOUR)],
    dueAt: T + 88 * DAY + HOUR,
  },
  {
    title: 'keys that sign for less time than they are published ahead follow one another without a gap',
    keys: [active],
    at: T,
    policy: { ...policy, rotateEvery: DAY },
    steps: [create('next', T + 2 * DAY)],
    dueAt: T,
  },
]

describe('the rollover of signing keys', () => {
  for (const row of rows) {
    it(row.title, () => {
      assert.deepEqual(planRollover(row.keys, row.policy ?? policy, row.at), { steps: row.steps, dueAt: row.dueAt })
    })
  }
})
