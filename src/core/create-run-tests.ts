/** Policy tests over people as one transaction sees them, and a configuration that need not be published. */
import type { Clock } from '../base/clock.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import type { CompiledAccess } from '../policy/compile-access.ts'
import type { RunTests } from '../resources/file/files-deps.ts'
import type { ServedApplication } from '../resources/types/application-type.ts'
import type { PolicyType } from '../resources/types/policy-type.ts'
import type { Store } from '../store/store.ts'
import { assemblePerson } from './assemble-person.ts'
import { runPolicyTests } from './run-policy-tests.ts'

type Deps = {
  readonly store: Pick<Store, 'users' | 'emails' | 'groups'>
  readonly clock: Clock
  readonly applications: ResourceType<never, ServedApplication<CompiledAccess>>
  readonly policies: PolicyType
}

export const createRunTests =
  ({ store, clock, applications, policies }: Deps): RunTests =>
  async (tx, snapshot, tests) => {
    const groups = new Map((await store.groups.all(tx)).map((group) => [group.id, group]))
    return runPolicyTests(tests, {
      application: (slug) => snapshot.get(applications, slug),
      policy: (slug) => snapshot.get(policies, slug),
      person: async (username, at) => {
        const user = await store.users.byUsername(tx, username)
        if (!user) return null
        const emails = await store.emails.of(tx, user.id)
        return assemblePerson(user, emails, await store.groups.memberships(tx, user.id), groups, at)
      },
      now: clock.now(),
    })
  }
