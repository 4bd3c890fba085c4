/** Every type of resource by the same few routes (DESIGN §3, §8): what differs is the type's schema and permissions. */
import { ok } from '../../../base/result.ts'
import { Closed, Type } from '../../../base/schema.ts'
import type { ResourceType } from '../../../kinds/contract/resource.ts'
import { mergePatch } from '../../../resources/schema/merge-patch.ts'
import type { ApiDeps } from '../api-deps.ts'
import { PatchBody } from '../merge-patch-body.ts'
import { ChangeParameters, ListParameters, listQuery } from '../parameters.ts'
import { revisionTag } from '../preconditions.ts'
import { type ApiRoute, route } from '../route.ts'
import { ListOf, pageAnswer, withoutMeta } from '../shapes.ts'
import { draftRoutes } from './draft-routes.ts'
import { editResource, notThere } from './edit-resource.ts'
import { historyRoutes } from './history-routes.ts'
import { ResourceValues, ResourceView, resourceView, upToDate } from './resource-view.ts'

/** Parsed by the resources themselves, which upgrade older settings of kinds first. */
const AnyObject = Type.Object({}, { additionalProperties: true })

export const resourceRoutes = (deps: ApiDeps, type: ResourceType): ApiRoute[] => {
  const tag = type.type.charAt(0).toUpperCase() + type.type.slice(1)
  const view = ResourceView(type)
  const words = (id: string) => ({ tag, id: `${type.type}.${id}` })
  const one = `/${type.type}/:slug`
  return [
    route({
      ...words('list'),
      summary: `Lists the ${type.type}, by slug unless sorted otherwise.`,
      method: 'GET',
      path: `/${type.type}`,
      permission: type.read,
      query: ListParameters,
      response: ListOf(view),
      handle: async ({ query, caller }) => {
        const page = await deps.store.resources.list(deps.store.read, type.type, listQuery(query, caller))
        return ok(pageAnswer(page, (stored) => resourceView(upToDate(type, stored))))
      },
    }),
    route({
      ...words('get'),
      summary: `Tells one ${type.singular}.`,
      method: 'GET',
      path: one,
      permission: type.read,
      response: view,
      handle: async ({ params, caller }) => {
        const slug = params.slug ?? ''
        const stored = await deps.resources.get({ type: type.type, slug })
        if (stored?.organisation !== caller.person.user.organisation) return notThere(type, slug)
        return ok({ body: resourceView(stored), tag: revisionTag(stored.revision) })
      },
    }),
    route({
      ...words('put'),
      summary: `Makes or replaces one ${type.singular}.`,
      description:
        'A secret is given as `{ value }`. One that is given back as it was told, `{ secret, version }`, stays as it is.',
      method: 'PUT',
      path: one,
      permission: type.write,
      query: ChangeParameters,
      body: AnyObject,
      shownBody: ResourceValues(type),
      response: view,
      handle: (call) => {
        const spec = withoutMeta(call.body)
        return editResource(deps, type, call, {
          after: () => ok(spec),
          perform: (author, edit) => deps.resources.put(author, { ...edit, spec }),
        })
      },
    }),
    route({
      ...words('patch'),
      summary: `Changes some values of one ${type.singular}.`,
      method: 'PATCH',
      path: one,
      permission: type.write,
      query: ChangeParameters,
      body: PatchBody(`one ${type.singular}`),
      response: view,
      handle: (call) => {
        const patch = withoutMeta(call.body)
        return editResource(deps, type, call, {
          after: (before) => ok(mergePatch(before?.spec ?? {}, patch)),
          perform: (author, edit) => deps.resources.patch(author, { ...edit, patch }),
        })
      },
    }),
    route({
      ...words('delete'),
      summary: `Deletes one ${type.singular} that nothing else names. Its history stays.`,
      method: 'DELETE',
      path: one,
      permission: type.write,
      query: ChangeParameters,
      response: null,
      status: 204,
      handle: (call) =>
        editResource(deps, type, call, {
          after: () => ok(null),
          perform: (author, edit) => deps.resources.delete(author, edit),
        }),
    }),
    route({
      ...words('used_by'),
      summary: `Lists what names this ${type.singular}, and so keeps it from being deleted.`,
      method: 'GET',
      path: `${one}/used_by`,
      permission: type.read,
      response: ListOf(Closed({ type: Type.String(), slug: Type.String() })),
      handle: async ({ params, caller }) => {
        const slug = params.slug ?? ''
        const stored = await deps.resources.get({ type: type.type, slug })
        if (stored?.organisation !== caller.person.user.organisation) return notThere(type, slug)
        const users = await deps.store.resources.usedBy(deps.store.read, type.type, slug)
        return ok({ body: { items: users.map((user) => ({ ...user })), next: null } })
      },
    }),
    ...historyRoutes(deps, type, tag),
    ...draftRoutes(deps, type, tag),
  ]
}
