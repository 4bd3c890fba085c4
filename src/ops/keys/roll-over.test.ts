import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DAY, HOUR } from '../../base/clock.ts'
import type { Sealed } from '../../base/secret.ts'
import type { EventDraft } from '../../events/event.ts'
import type { JobKind } from '../../jobs/job-kind.ts'
import { Conflict, type Job, type SigningKey, type Tx } from '../../store/store.ts'
import { type KeypairSettings, type RolloverWorld, rollOver } from './roll-over.ts'
import { ROLLOVER_JOB, registerRollover } from './rollover-job.ts'

const T = Date.UTC(2026, 0, 1)
const keypair: KeypairSettings = {
  slug: 'default-es256',
  algorithm: 'ES256',
  bits: 2048,
  policy: { rotateEvery: 90 * DAY, publishAhead: 2 * DAY, keepFor: 30 * DAY },
}

/** The table `signing_keys` as the contract has it, one transaction at a time. */
const world = () => {
  const rows = new Map<string, SigningKey>()
  const events: EventDraft[] = []
  let now = T
  let turn: Promise<unknown> = Promise.resolve()
  const signingKeys: RolloverWorld['store']['signingKeys'] = {
    all: async () => [...rows.values()],
    insert: async (_tx, key) => {
      for (const one of rows.values()) {
        if (one.keypair === key.keypair && one.state === key.state) throw new Conflict('signing_keys.state')
      }
      rows.set(key.kid, key)
    },
    setState: async (_tx, kid, patch) => {
      const row = rows.get(kid)
      if (!row) throw new Conflict('signing_keys.kid')
      rows.set(kid, { ...row, ...patch })
    },
    remove: async (_tx, kid) => rows.delete(kid),
  }
  const made: RolloverWorld = {
    store: {
      read: {} as Tx,
      write: <R>(work: (tx: Tx) => Promise<R>) => {
        const mine = turn.then(() => work({} as Tx))
        turn = mine.catch(() => {})
        return mine
      },
      signingKeys,
      // Only what the rollover touches.
    } as unknown as RolloverWorld['store'],
    ring: { seal: () => 'sealed' as Sealed },
    clock: { now: () => now },
    recorder: { in: async (_tx, event) => void events.push(event) },
  }
  return {
    world: made,
    rows,
    events,
    at: (time: number) => {
      now = time
    },
    states: () => [...rows.values()].map((key) => key.state).sort(),
  }
}

describe('rolling over', () => {
  it('makes one first key when two processes start at once', async () => {
    const { world: w, rows, events } = world()
    await Promise.all([rollOver(w, [keypair]), rollOver(w, [keypair])])
    assert.equal(rows.size, 1)
    assert.deepEqual(
      events.map((event) => event.type),
      ['key.created'],
    )
  })

  it('takes each later step once when two processes find it due at once', async () => {
    const { world: w, events, at } = world()
    await rollOver(w, [keypair])
    at(T + 88 * DAY)
    await rollOver(w, [keypair])
    at(T + 90 * DAY)
    await Promise.all([rollOver(w, [keypair]), rollOver(w, [keypair])])
    assert.deepEqual(
      events.slice(2).map((event) => event.type),
      ['key.retired', 'key.activated'],
    )
  })

  it('takes the key of another process that was faster by a hair', async () => {
    const { world: w, rows, events } = world()
    const { insert } = w.store.signingKeys
    // On PostgreSQL the other one's commit may come between our look and our insert.
    w.store.signingKeys.insert = async (tx, key) => {
      if (rows.size === 0) rows.set('theirs', { ...key, kid: 'theirs' })
      return insert(tx, key)
    }
    assert.equal(await rollOver(w, [keypair]), T + 88 * DAY)
    assert.deepEqual([...rows.keys()], ['theirs'])
    assert.deepEqual(events, [])
  })

  it('throws what is no such conflict, and ends where a table never comes to rest', async () => {
    const { world: w } = world()
    w.store.signingKeys.insert = async () => {}
    await assert.rejects(rollOver(w, [keypair]), /do not come to rest/)
    w.store.signingKeys.insert = () => Promise.reject(new Error('the disk is full'))
    await assert.rejects(rollOver(w, [keypair]), /disk is full/)
  })

  it('leaves the keys of other key pairs alone, those of deleted ones too', async () => {
    const { world: w, rows } = world()
    await rollOver(w, [keypair])
    const [standing] = rows.values()
    const other = {
      ...(standing as SigningKey),
      kid: 'other',
      keypair: 'deleted',
      state: 'retired',
      removeAt: T,
    } as const
    rows.set('other', other)
    await rollOver(w, [keypair])
    assert.equal(rows.get('other'), other)
  })

  it('takes a key pair through its generations, each step with its event', async () => {
    const { world: w, events, states, at } = world()
    assert.equal(await rollOver(w, [keypair]), T + 88 * DAY)
    assert.deepEqual(states(), ['active'])

    at(T + 88 * DAY)
    assert.equal(await rollOver(w, [keypair]), T + 90 * DAY)
    assert.deepEqual(states(), ['active', 'next'])

    at(T + 90 * DAY)
    assert.equal(await rollOver(w, [keypair]), T + 120 * DAY)
    assert.deepEqual(states(), ['active', 'retired'])

    at(T + 120 * DAY)
    assert.equal(await rollOver(w, [keypair]), T + 178 * DAY)
    assert.deepEqual(states(), ['active'])

    assert.deepEqual(
      events.map((event) => event.type),
      ['key.created', 'key.created', 'key.retired', 'key.activated', 'key.removed'],
    )
    assert(events.every((event) => event.target === 'keypairs/default-es256'))
  })

  it('draws the next generation under the algorithm that is set by then', async () => {
    const { world: w, rows, at } = world()
    await rollOver(w, [keypair])
    at(T + 88 * DAY)
    await rollOver(w, [{ ...keypair, algorithm: 'EdDSA' }])
    assert.deepEqual(
      [...rows.values()].map((key) => key.algorithm),
      ['ES256', 'EdDSA'],
    )
  })

  it('answers the first time that anything is due', async () => {
    const { world: w } = world()
    const often = { ...keypair, slug: 'often', policy: { ...keypair.policy, rotateEvery: 10 * DAY } }
    const never = { ...keypair, slug: 'never', policy: { ...keypair.policy, rotateEvery: null } }
    assert.equal(await rollOver(w, [keypair, often, never]), T + 8 * DAY)
    assert.equal(await rollOver(w, [never]), null)
    assert.equal(await rollOver(w, []), null)
  })

  it('is a job that comes again when due, and at least daily', async () => {
    const { world: w, at } = world()
    const kinds = new Map<string, JobKind>()
    const recurring: string[] = []
    let keypairs = [keypair]
    registerRollover(
      { register: (kind, job) => void kinds.set(kind, job), every: (kind) => void recurring.push(kind) },
      w,
      () => keypairs,
    )
    const run = (now: number) => {
      at(now)
      return kinds.get(ROLLOVER_JOB)?.run({} as Job, { now, signal: new AbortController().signal })
    }
    assert.deepEqual(recurring, [ROLLOVER_JOB])
    assert.deepEqual(await run(T), { again: T + DAY })
    assert.deepEqual(await run(T + 88 * DAY - HOUR), { again: T + 88 * DAY })
    keypairs = []
    assert.deepEqual(await run(T + 89 * DAY), { again: T + 90 * DAY })
  })
})
