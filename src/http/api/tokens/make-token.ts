/**
 * Makes and revokes tokens. A token can do at most what its owner and its maker both can (I17), and whose it is never
 * changes (I01).
 */
import { newId, type TokenId } from '../../../base/ids.ts'
import { token as randomToken } from '../../../base/random.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { Permission } from '../../../domain/permissions/permission.ts'
import type { User } from '../../../domain/users/user.ts'
import type { Target } from '../../../policy/authorize.ts'
import type { Token } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Changing, change, guardedChange } from '../change.ts'
import { idIn } from '../find.ts'
import type { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import type { Answer, Call } from '../route.ts'
import { readInstant } from '../shapes.ts'
import { asPerson } from '../targets.ts'
import { type NewToken, tokenView } from './token-view.ts'

type By = 'tokens.write' | 'self'
type Whose = (changing: Changing) => Promise<Result<User, ApiFailure>>

export const makeToken = async (
  deps: ApiDeps,
  call: Call<WhyParameter, NewToken>,
  by: By,
  whose: Whose,
): Promise<Result<Answer, ApiFailure>> => {
  const expiresAt = readExpiry(call.body, call.request.now)
  if (!expiresAt.ok) return expiresAt
  const key = keyFor(call.body.kind, deps)
  const made = await change(deps, call, async (changing): Promise<Result<Token, ApiFailure>> => {
    const user = await whose(changing)
    if (!user.ok) return user
    const allowed = await judge(changing, by, user.value, call.body)
    if (!allowed.ok) return allowed
    if (!user.value.active) return refuse('conflict', `${user.value.username} is switched off.`)
    const { kind, name, permissions } = call.body
    const token: Token = {
      id: newId<TokenId>(changing.now, deps.random),
      userId: user.value.id,
      kind,
      name,
      permissions,
      createdAt: changing.now,
      expiresAt: expiresAt.value,
      lastUsedAt: null,
    }
    await deps.store.tokens.insert(changing.tx, { ...token, keyHash: deps.ring.hash('token', key) })
    await changing.record('token.created', `tokens/${token.id}`, {
      kind,
      name,
      owner: user.value.username,
      permissions,
      expires_at: call.body.expires_at,
    })
    return ok(token)
  })
  return made.ok ? ok({ status: 201, body: { ...tokenView(made.value), key } }) : made
}

// A prefix, so that a key left in a repository is found for what it is.
const keyFor = (kind: NewToken['kind'], { random }: ApiDeps): string =>
  `${kind === 'api' ? 'gatehouse_api_' : 'gatehouse_app_'}${randomToken(random)}`

const readExpiry = (body: NewToken, now: number): Result<number | null, ApiFailure> => {
  const issues = []
  const at = body.expires_at === null ? null : readInstant(body.expires_at)
  if (body.expires_at !== null && (at === null || at <= now)) {
    issues.push({ path: 'expires_at', message: at === null ? 'is no date' : 'is past' })
  }
  if (body.kind === 'app_password' && body.permissions !== null) {
    issues.push({ path: 'permissions', message: 'are for `api` tokens' })
  }
  return issues.length > 0 ? refuse('invalid', 'The token is not valid.', issues) : ok(at)
}

const judge = async (
  changing: Changing,
  by: By,
  owner: User,
  { kind, permissions }: NewToken,
): Promise<Result<true, ApiFailure>> => {
  const person = await asPerson(changing, owner)
  const held = person.grants ?? []
  // A list that names less gives less; whatever it names, the owner must hold it for it to count.
  const given =
    kind === 'api' && permissions !== null ? new Set<Permission>(permissions).intersection(new Set(held)) : held
  const own = changing.caller.person.user.id === owner.id
  const target: Target = { ...person, grants: given }
  const allowed = changing.allows(by, target)
  if (!allowed.ok || own || kind !== 'api' || permissions !== null) return allowed
  // Without a list it grows with its owner, beyond what whoever made it may ever hold.
  return changing.allows(by, { isAdministrator: true })
}

/** Revokes the token of the address, of the person that `whose` finds: another's is as unknown as none. */
export const revokeToken = async (
  deps: ApiDeps,
  call: Call<WhyParameter>,
  by: By,
  whose: Whose,
): Promise<Result<Answer, ApiFailure>> => {
  const revoked = await guardedChange(deps, call, async (changing) => {
    const user = await whose(changing)
    if (!user.ok) return user
    const { grants: _, ...target } = await asPerson(changing, user.value)
    const allowed = changing.allows(by, target)
    if (!allowed.ok) return allowed
    const token = await deps.store.tokens.byId(changing.tx, idIn<TokenId>(call.params, 'token'))
    if (token?.userId !== user.value.id) return refuse('not_found', 'There is no such token.')
    await deps.store.tokens.remove(changing.tx, token.id)
    const { kind, name } = token
    await changing.record('token.revoked', `tokens/${token.id}`, { kind, name, owner: user.value.username })
    return ok(null)
  })
  return revoked.ok ? ok({}) : revoked
}
