/**
 * The rules of `access` about one person: who is denied, who is allowed, and their conditions. `holds` says whether a
 * rule lets the person through, so one that holds for `not_denied` denies nobody.
 */
import type { Json } from '../base/json.ts'
import type { Reason } from '../domain/decisions/decision.ts'
import type { Expression } from '../domain/expressions/expression.ts'
import { shownValue } from '../domain/expressions/shown-value.ts'
import type { Person } from '../domain/people/person.ts'
import { usernameKey } from '../domain/users/user.ts'
import type { CompiledWho } from './compile-access.ts'

export type About = { readonly person: Person; readonly variables: () => Readonly<Record<string, unknown>> }

/** Nobody is denied without a rule that says so. */
export const denyReasons = (deny: CompiledWho | null, about: About): Reason[] => {
  if (!deny) return []
  const { username } = about.person.user
  const named = deny.named ? nameIn(deny, about.person) : null
  // Whoever is not meant is not denied, whatever the condition says.
  if (deny.named && !named) {
    return [
      { rule: 'not_denied', holds: true, says: `${username} is not among those denied.`, saw: sawGroups(about.person) },
    ]
  }
  const condition = deny.when && judge(deny.when, about)
  if (condition?.outcome === 'failed') return [cannotBeJudged('not_denied', condition)]
  if (condition?.outcome === 'false') {
    return [
      {
        rule: 'not_denied',
        holds: true,
        says: `The condition that denies does not hold: ${condition.source}`,
        saw: condition.saw,
      },
    ]
  }
  return [
    {
      rule: 'not_denied',
      holds: false,
      says: `The rules deny ${username}${named ? `, as ${named}` : ''}${condition ? `, while ${condition.source}` : ''}.`,
      saw: { ...sawGroups(about.person), ...condition?.saw },
      cure: named ? `Take ${username} out of what \`deny\` names.` : 'Change the condition in `deny`.',
    },
  ]
}

/** Without a rule, every internal person is allowed. */
export const allowReasons = (allow: CompiledWho | null, about: About): Reason[] => {
  const reason = allow?.named ? namedReason(allow, about.person) : internalReason(about.person)
  return allow?.when ? [reason, conditionReason(allow.when, about)] : [reason]
}

/** A rule that names nobody speaks of the people of the house; service accounts and external people have to be named. */
const internalReason = ({ user }: Person): Reason => {
  const holds = user.kind === 'internal'
  return {
    rule: 'allowed',
    holds,
    says: holds
      ? 'Every internal person may open it.'
      : `${user.username} is ${kindWords[user.kind]} and is not named.`,
    saw: { kind: user.kind },
    ...(holds ? {} : { cure: `Name ${user.username}, or a group of theirs, in \`allow\`.` }),
  }
}

const kindWords: Readonly<Record<Person['user']['kind'], string>> = {
  internal: 'an internal person',
  external: 'an external person',
  service_account: 'a service account',
}

const namedReason = (allow: CompiledWho, person: Person): Reason => {
  const { username } = person.user
  const named = nameIn(allow, person)
  const [group] = allow.groups
  return {
    rule: 'allowed',
    holds: named !== null,
    says: named ? `${username} may open it, as ${named}.` : `${username} is not among those who may open it.`,
    saw: { ...sawGroups(person), wanted: [...allow.groups].slice(0, MOST_SHOWN) },
    ...(named ? {} : { cure: group ? `Add ${username} to the group ${group}.` : `Name ${username} in \`allow\`.` }),
  }
}

const conditionReason = (when: Expression, about: About): Reason => {
  const condition = judge(when, about)
  if (condition.outcome === 'failed') return cannotBeJudged('condition', condition)
  const holds = condition.outcome === 'true'
  return {
    rule: 'condition',
    holds,
    says: `The condition ${holds ? 'holds' : 'does not hold'}: ${condition.source}`,
    saw: condition.saw,
    ...(holds ? {} : { cure: 'Meet the condition, or change it in `allow`.' }),
  }
}

/** How the rule names the person (`a member of staff`, `ana by name`), or null where it does not. */
const nameIn = (who: CompiledWho, person: Person): string | null => {
  const group = person.groups.find((one) => who.groups.has(one.slug))
  if (group) return `a member of ${group.slug}`
  return who.users.has(usernameKey(person.user.username)) ? `${person.user.username} by name` : null
}

// A reason goes into an event and onto a page: a person in thousands of groups must fill neither.
const MOST_SHOWN = 50

const sawGroups = (person: Person) => ({ groups: person.groups.slice(0, MOST_SHOWN).map((group) => group.slug) })

type Judged = {
  readonly outcome: 'true' | 'false' | 'failed'
  readonly source: string
  readonly saw: Readonly<Record<string, Json>>
  readonly error: string
}

const judge = (when: Expression, about: About): Judged => {
  const variables = about.variables()
  const saw = Object.fromEntries(when.reads.map((path) => [path, shownValue(variables, path)]))
  const result = when.evaluate(variables)
  const judged = { source: when.source, saw }
  if (!result.ok) return { ...judged, outcome: 'failed', error: result.error }
  if (typeof result.value !== 'boolean') return { ...judged, outcome: 'failed', error: 'neither true nor false' }
  return { ...judged, outcome: result.value ? 'true' : 'false', error: '' }
}

const cannotBeJudged = (rule: string, condition: Judged): Reason => ({
  rule,
  holds: false,
  says: `A condition cannot be judged, and so denies: ${condition.source} (${condition.error})`,
  saw: { ...condition.saw, error: condition.error },
  cure: 'Correct the condition; `has(…)` asks for a member that may be absent.',
})
