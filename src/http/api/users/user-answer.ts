/** One person as an answer, with the entity tag that guards against lost edits. */
import type { ApiDeps } from '../api-deps.ts'
import { valueTag } from '../preconditions.ts'
import type { Answer } from '../route.ts'
import { taggedValues, userView, type WholeUser } from './user-values.ts'

export const userAnswer = async (deps: Pick<ApiDeps, 'store'>, whole: WholeUser): Promise<Answer> => {
  const { store } = deps
  const groups = new Map((await store.groups.all(store.read)).map((group) => [group.id, group]))
  return { body: userView(whole, groups), tag: valueTag(taggedValues(whole, groups)) }
}
