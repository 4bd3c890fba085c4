/**
 * Makes, activates, retires and removes the generations of every key pair as planned. Safe beside other processes: the
 * plan is made again inside the transaction, and whoever comes second finds nothing to do.
 */
import type { Clock } from '../../base/clock.ts'
import { type JsonObject, sameJson } from '../../base/json.ts'
import type { Recorder } from '../../core/recorder.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { EventType } from '../../events/catalog.ts'
import { Conflict, type SigningKey, type Store, type Tx } from '../../store/store.ts'
import { generateSigningKey, type RsaBits } from './make-signing-key.ts'
import { planRollover, type RolloverPlan, type RolloverPolicy, type RolloverStep } from './plan-rollover.ts'
import type { SigningAlgorithm } from './signing-algorithm.ts'

/** A key pair resource as the rollover sees it. Another algorithm counts from the next generation on. */
export type KeypairSettings = {
  readonly slug: string
  readonly algorithm: SigningAlgorithm
  readonly bits: RsaBits
  readonly policy: RolloverPolicy
}

export type RolloverWorld = {
  readonly store: Pick<Store, 'read' | 'write' | 'signingKeys'>
  readonly ring: Pick<KeyRing, 'seal'>
  readonly recorder: Pick<Recorder, 'in'>
  readonly clock: Clock
}

/** Brings all these key pairs up to date; answers when to come again. Keys of other slugs are left as they are. */
export const rollOver = async (world: RolloverWorld, keypairs: readonly KeypairSettings[]): Promise<number | null> => {
  const due: number[] = []
  for (const keypair of keypairs) {
    const dueAt = await rollOverOne(world, keypair)
    if (dueAt !== null) due.push(dueAt)
  }
  return due.length > 0 ? Math.min(...due) : null
}

// Create, activate, remove: a key pair comes to rest in far fewer rounds, even beside others at work.
const MOST_ROUNDS = 10

const rollOverOne = async (world: RolloverWorld, keypair: KeypairSettings): Promise<number | null> => {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const now = world.clock.now()
    const plan = planRollover(await generationsOf(world, world.store.read, keypair.slug), keypair.policy, now)
    if (plan.steps.length === 0) return plan.dueAt
    await perform(world, keypair, plan, now)
  }
  throw new Error(`the keys of ${keypair.slug} do not come to rest`)
}

const generationsOf = async ({ store }: RolloverWorld, tx: Tx, slug: string): Promise<SigningKey[]> =>
  (await store.signingKeys.all(tx)).filter((key) => key.keypair === slug)

const perform = async (
  world: RolloverWorld,
  keypair: KeypairSettings,
  plan: RolloverPlan,
  now: number,
): Promise<void> => {
  // Before the transaction: drawing an RSA key takes long, and a transaction awaits nothing but queries.
  const drawn = await drawFor(world, keypair, plan, now)
  try {
    await world.store.write(async (tx) => {
      await lock(world, tx, plan)
      const standing = planRollover(await generationsOf(world, tx, keypair.slug), keypair.policy, now)
      if (!sameJson([...standing.steps], [...plan.steps])) return
      for (const step of plan.steps) await take(world, tx, keypair.slug, step, drawn)
    })
  } catch (error) {
    // Another process was faster by a hair.
    if (!(error instanceof Conflict)) throw error
  }
}

/**
 * On PostgreSQL two processes may read the same rows and both find the step due. An empty change takes the lock of a
 * row, and what is read after it is what the other one left.
 */
const lock = async ({ store }: RolloverWorld, tx: Tx, plan: RolloverPlan): Promise<void> => {
  for (const step of plan.steps) if (step.do !== 'create') await store.signingKeys.setState(tx, step.kid, {})
}

const drawFor = async (
  { ring }: RolloverWorld,
  { slug, algorithm, bits }: KeypairSettings,
  plan: RolloverPlan,
  now: number,
): Promise<SigningKey | null> => {
  const create = plan.steps.find((step) => step.do === 'create')
  if (!create) return null
  const { state, activeFrom } = create
  return generateSigningKey(ring, { keypair: slug, state, activeFrom, now }, algorithm, bits)
}

const take = async (
  world: RolloverWorld,
  tx: Tx,
  slug: string,
  step: RolloverStep,
  drawn: SigningKey | null,
): Promise<void> => {
  const { signingKeys } = world.store
  const record = (type: EventType, detail: JsonObject) =>
    world.recorder.in(tx, {
      type,
      actor: { kind: 'system', name: 'key rollover' },
      target: `keypairs/${slug}`,
      detail,
    })
  switch (step.do) {
    case 'create': {
      if (!drawn) throw new Error(`no key was drawn for ${slug}`)
      await signingKeys.insert(tx, drawn)
      const { kid, algorithm, state, activeFrom } = drawn
      return record('key.created', { kid, algorithm, state, active_from: activeFrom })
    }
    case 'retire': {
      const { kid, retiredAt, removeAt } = step
      await signingKeys.setState(tx, kid, { state: 'retired', retiredAt, removeAt })
      return record('key.retired', { kid, remove_at: removeAt })
    }
    case 'activate':
      await signingKeys.setState(tx, step.kid, { state: 'active', activeFrom: step.activeFrom })
      return record('key.activated', { kid: step.kid })
    case 'remove':
      await signingKeys.remove(tx, step.kid)
      return record('key.removed', { kid: step.kid })
  }
}
