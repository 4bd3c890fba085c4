/** Tokens as the API takes and tells them. The key is told once, when it is made; only its keyed hash is kept (O06). */
import type { JsonObject } from '../../../base/json.ts'
import { Closed, Line, type Static, Type } from '../../../base/schema.ts'
import { PERMISSIONS } from '../../../domain/permissions/permission.ts'
import type { Token } from '../../../store/store.ts'
import { Instant, instant, MaybeInstant, maybeInstant } from '../shapes.ts'

const KINDS = ['api', 'app_password'] as const

const common = {
  kind: Type.Enum([...KINDS], {
    description: '`api` opens this API; `app_password` stands in for the password where a program signs in.',
  }),
  name: Line({ minLength: 1, description: 'What it is for.' }),
}

export const NewToken = Closed(
  {
    ...common,
    permissions: Type.Union([Type.Array(Type.Enum([...PERMISSIONS]), { uniqueItems: true }), Type.Null()], {
      default: null,
      description: 'Of an `api` token, what it may at most; null is all that its owner may, now and later.',
    }),
    expires_at: Type.Union([Type.String({ format: 'date-time', maxLength: 40 }), Type.Null()], {
      default: null,
      description: 'When it ends; null for never.',
    }),
  },
  { title: 'NewToken' },
)
export type NewToken = Static<typeof NewToken>

const view = {
  id: Type.String({ format: 'id' }),
  ...common,
  user_id: Type.String({ format: 'id', description: 'Whose it is; that never changes.' }),
  permissions: Type.Union([Type.Array(Type.String()), Type.Null()]),
  created_at: Instant('When it was made.'),
  expires_at: MaybeInstant('When it ends, or null.'),
  last_used_at: MaybeInstant('When it was last used, to the minute.'),
}
export const TokenView = Closed(view, { title: 'Token' })
export const MadeToken = Closed(
  { ...view, key: Type.String({ description: 'Shown here and never again.' }) },
  { title: 'MadeToken' },
)

export const tokenView = (token: Token): JsonObject => ({
  id: token.id,
  kind: token.kind,
  name: token.name,
  user_id: token.userId,
  permissions: token.permissions,
  created_at: instant(token.createdAt),
  expires_at: maybeInstant(token.expiresAt),
  last_used_at: maybeInstant(token.lastUsedAt),
})
