/** A configuration over a real store, key ring and CEL, with a small provider kind, for tests of resources and files. */
import { randomBytes } from 'node:crypto'
import type { KeyRing } from '../../src/domain/keys/key-ring.ts'
import type { EventDraft } from '../../src/events/event.ts'
import type { ProviderKind } from '../../src/kinds/contract/provider.ts'
import type { ResourceType } from '../../src/kinds/contract/resource.ts'
import { policyKinds } from '../../src/kinds/registry.ts'
import { compileAccess } from '../../src/policy/compile-access.ts'
import { compileExpression } from '../../src/policy/expression/compile-expression.ts'
import type { Author } from '../../src/resources/edit/author.ts'
import type { EditingDeps } from '../../src/resources/edit/editing-deps.ts'
import { type Configuration, openConfiguration } from '../../src/resources/open-configuration.ts'
import { shipDefaults, shippedDefaults } from '../../src/resources/shipped.ts'
import type { Problem } from '../../src/resources/snapshot/compile-set.ts'
import { applicationType } from '../../src/resources/types/application-type.ts'
import { brandType } from '../../src/resources/types/brand-type.ts'
import { keypairType } from '../../src/resources/types/keypair-type.ts'
import { policyType } from '../../src/resources/types/policy-type.ts'
import { roleType } from '../../src/resources/types/role-type.ts'
import { settingsType } from '../../src/resources/types/settings-type.ts'
import type { Store } from '../../src/store/store.ts'
import { testRecorder } from './test-recorder.ts'
import { testRing } from './test-ring.ts'
import { toyKinds } from './toy-provider.ts'

export const testPolicies = policyType(policyKinds)

export const applicationsWith = (kinds: readonly ProviderKind[] = toyKinds) =>
  applicationType(kinds, compileAccess, testPolicies)

export const testTypes = (kinds: readonly ProviderKind[] = toyKinds): readonly ResourceType[] => [
  settingsType,
  brandType,
  roleType,
  keypairType,
  testPolicies,
  applicationsWith(kinds),
]

export const START = 1_760_000_000_000

export type ConfigurationWorld = Configuration & {
  readonly store: Store
  readonly ring: KeyRing
  readonly clock: { now(): number; advance(by: number): void }
  readonly problems: Problem[]
  events(type?: string): Promise<EventDraft[]>
}

export const configurationWorld = async (
  store: Store,
  options: {
    readonly types?: readonly ResourceType[]
    readonly ring?: KeyRing
    readonly ready?: () => Promise<void>
    readonly guard?: EditingDeps['guard']
    readonly ship?: boolean
  } = {},
): Promise<ConfigurationWorld> => {
  let now = START
  const clock = {
    // Time moves on with every look, so that what is done one after the other reads in that order.
    now: () => {
      now += 1
      return now
    },
    advance: (by: number) => {
      now += by
    },
  }
  const problems: Problem[] = []
  const ring = options.ring ?? (await testRing())
  const configuration = await openConfiguration({
    store,
    ring,
    types: options.types ?? testTypes(),
    expression: compileExpression,
    clock,
    random: (length) => randomBytes(length),
    record: testRecorder(store, clock).in,
    ...(options.guard ? { guard: options.guard } : {}),
    ...(options.ready ? { ready: options.ready } : {}),
    report: (problem) => {
      problems.push(problem)
    },
  })
  if (options.ship !== false) {
    const shipped = await shipDefaults(configuration.editing, shippedDefaults([]))
    if (!shipped.ok) throw new Error(JSON.stringify(shipped.error))
  }
  return {
    ...configuration,
    store,
    ring,
    clock,
    problems,
    events: async (type) => {
      const { items } = await store.events.list(store.read, { organisation: 'main', limit: 200 })
      return items.filter((event) => type === undefined || event.type === type).reverse()
    },
  }
}

/** Somebody at the API, who may edit what no file manages. */
export const atApi: Author = { actor: { kind: 'user', id: 'admin-id', name: 'akadmin' } }
