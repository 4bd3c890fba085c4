/** API tokens and app passwords of people. */
import type { TokenId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { User } from '../../../domain/users/user.ts'
import type { Token, Tx } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { findUser, idIn } from '../find.ts'
import { ListParameters, listQuery, WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type ApiRoute, type Call, route } from '../route.ts'
import { ListOf, pageAnswer, wholeAnswer } from '../shapes.ts'
import { makeToken, revokeToken } from './make-token.ts'
import { MadeToken, NewToken, TokenView, tokenView } from './token-view.ts'

export const tokenRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Tokens',
    id: 'tokens.list',
    summary: 'Lists the tokens of everybody, the oldest first.',
    method: 'GET',
    path: '/tokens',
    permission: 'tokens.read',
    query: ListParameters,
    response: ListOf(TokenView),
    handle: async ({ query, caller }) =>
      ok(pageAnswer(await deps.store.tokens.list(deps.store.read, listQuery(query, caller)), tokenView)),
  }),
  route({
    tag: 'Tokens',
    id: 'tokens.get',
    summary: 'Tells one token; never its key.',
    method: 'GET',
    path: '/tokens/:token',
    permission: 'tokens.read',
    response: TokenView,
    handle: async (call) => {
      const found = await findToken(deps, deps.store.read, call)
      return found.ok ? ok({ body: tokenView(found.value.token) }) : found
    },
  }),
  route({
    tag: 'Tokens',
    id: 'tokens.delete',
    summary: 'Revokes a token.',
    method: 'DELETE',
    path: '/tokens/:token',
    permission: 'tokens.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) =>
      revokeToken(deps, call, 'tokens.write', async ({ tx }) => {
        const found = await findToken(deps, tx, call)
        return found.ok ? ok(found.value.owner) : found
      }),
  }),
  route({
    tag: 'Users',
    id: 'users.tokens.list',
    summary: 'Lists the tokens of a person.',
    method: 'GET',
    path: '/users/:user/tokens',
    permission: 'tokens.read',
    response: ListOf(TokenView),
    handle: async ({ params, caller }) => {
      const { store } = deps
      const user = await findUser(store, store.read, caller, params.user ?? '')
      if (!user.ok) return user
      return ok(wholeAnswer((await store.tokens.of(store.read, user.value.id)).map(tokenView)))
    },
  }),
  route({
    tag: 'Users',
    id: 'users.tokens.create',
    summary: 'Makes a token for a person. Its key is shown here and never again.',
    description: 'A token without a list of permissions is made for somebody else by administrators only.',
    method: 'POST',
    path: '/users/:user/tokens',
    permission: 'tokens.write',
    query: WhyParameter,
    body: NewToken,
    response: MadeToken,
    status: 201,
    handle: (call) => makeToken(deps, call, 'tokens.write', ({ tx }) => ofAddress(deps, tx, call)),
  }),
  route({
    tag: 'Users',
    id: 'users.tokens.delete',
    summary: 'Revokes a token of a person.',
    method: 'DELETE',
    path: '/users/:user/tokens/:token',
    permission: 'tokens.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => revokeToken(deps, call, 'tokens.write', ({ tx }) => ofAddress(deps, tx, call)),
  }),
]

const ofAddress = ({ store }: ApiDeps, tx: Tx, { caller, params }: Pick<Call, 'caller' | 'params'>) =>
  findUser(store, tx, caller, params.user ?? '')

const findToken = async (
  { store }: ApiDeps,
  tx: Tx,
  { params, caller }: Pick<Call, 'params' | 'caller'>,
): Promise<Result<{ token: Token; owner: User }, ApiFailure>> => {
  const token = await store.tokens.byId(tx, idIn<TokenId>(params, 'token'))
  const owner = token && (await store.users.byId(tx, token.userId))
  return token && owner?.organisation === caller.person.user.organisation
    ? ok({ token, owner })
    : refuse('not_found', 'There is no such token.')
}
