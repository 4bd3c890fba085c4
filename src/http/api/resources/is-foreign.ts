/** What stands may be another organisation's; then its history and its draft are as unknown as itself (I16). */
import type { ResourceType } from '../../../kinds/contract/resource.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Call } from '../route.ts'

export const isForeign = async (
  deps: Pick<ApiDeps, 'resources'>,
  type: ResourceType,
  { params, caller }: Pick<Call, 'params' | 'caller'>,
): Promise<boolean> => {
  const stored = await deps.resources.get({ type: type.type, slug: params.slug ?? '' })
  return stored !== undefined && stored.organisation !== caller.person.user.organisation
}
