/** The plan of an apply: what it would do, thing by thing, and whether that is more than is done unasked. */
import type { Json } from '../../base/json.ts'
import type { FieldChange } from '../schema/field-changes.ts'
import { printable } from './file-issue.ts'

export type PlannedChange = {
  readonly action: 'create' | 'update' | 'rename' | 'delete' | 'disable'
  /** `users`, `groups` or a type of resource. */
  readonly type: string
  readonly key: string
  /** The name before a rename. */
  readonly was?: string
  readonly changes: readonly FieldChange[]
}

export type Plan = {
  readonly changes: readonly PlannedChange[]
  /** How many things would be deleted or disabled, of how many that files manage. */
  readonly removed: number
  readonly managed: number
  readonly needsYes: boolean
}

const MOST_REMOVED = 10

export const planOf = (changes: readonly PlannedChange[], managed: number): Plan => {
  const removed = changes.filter(({ action }) => action === 'delete' || action === 'disable').length
  return { changes: [...changes].sort(byName), removed, managed, needsYes: isMuch(removed, managed) }
}

/** More than ten things, or more than a tenth of what is managed. One thing is never much: it was taken out by hand. */
const isMuch = (removed: number, managed: number): boolean =>
  removed > MOST_REMOVED || removed > Math.max(1, Math.floor(managed / 10))

const byName = (a: PlannedChange, b: PlannedChange): number => {
  const [one, other] = [`${a.type}/${a.key}`, `${b.type}/${b.key}`]
  return one < other ? -1 : Number(one > other)
}

const SIGNS = { create: '+', update: '~', rename: '~', delete: '-', disable: '!' } as const

/** The plan as text, one line a thing and one a field. */
export const spellPlan = (plan: Plan): string => {
  const lines = plan.changes.flatMap((change) => [spellChange(change), ...fieldsOf(change).map(spellField)])
  return [...lines.map(printable), summaryOf(plan)].join('\n')
}

const spellChange = ({ action, type, key, was }: PlannedChange): string => {
  const name = `${SIGNS[action]} ${type}/${key}`
  return action === 'rename' ? `${name} (was ${was})` : action === 'disable' ? `${name} (disabled)` : name
}

/** What is new or gone is told by its name alone. */
const fieldsOf = ({ action, changes }: PlannedChange): readonly FieldChange[] =>
  action === 'update' || action === 'rename' ? changes : []

const spellField = ({ path, before, after }: FieldChange): string =>
  `    ${path}: ${spellValue(before)} -> ${spellValue(after)}`

const LONGEST = 120

const spellValue = (value: Json | undefined): string => {
  if (value === undefined) return '(none)'
  const text = JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

export const summaryOf = (plan: Plan): string => {
  if (plan.changes.length === 0) return 'Nothing to change.'
  const count = (action: PlannedChange['action']) => plan.changes.filter((change) => change.action === action).length
  return (
    `${count('create')} to create, ${count('update')} to update, ${count('rename')} to rename, ` +
    `${count('delete')} to delete, ${count('disable')} to disable.`
  )
}
