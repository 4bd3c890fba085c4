/** Rows for tests of the store: complete, plain, each with an id of its own. */
import { randomUUID } from 'node:crypto'
import type { EmailId, GrantId, GroupId, SessionId, UserId } from '../../src/base/ids.ts'
import type { AuthorizationCode, Grant, RefreshToken } from '../../src/domain/grants/grant.ts'
import type { Email } from '../../src/domain/users/user.ts'
import type { NewGroup, NewSession, NewUser, ResourceWrite } from '../../src/store/store.ts'

// A test makes ids of the kind it needs; the brand is only the compiler's.
export const anId = <T extends string>(): T => randomUUID() as T

export const aUser = (given: Partial<NewUser> = {}): NewUser => ({
  id: anId<UserId>(),
  username: `user-${randomUUID().slice(0, 8)}`,
  name: 'Some One',
  kind: 'internal',
  active: true,
  attributes: {},
  organisation: 'main',
  locale: null,
  managedBy: null,
  createdAt: 1_000,
  ...given,
})

export const anEmail = (userId: UserId, address: string, given: Partial<Email> = {}): Email => ({
  id: anId<EmailId>(),
  userId,
  address,
  primary: false,
  verifiedAt: null,
  verifiedBy: null,
  ...given,
})

export const aGroup = (given: Partial<NewGroup> = {}): NewGroup => ({
  id: anId<GroupId>(),
  slug: `group-${randomUUID().slice(0, 8)}`,
  name: 'Some Group',
  parents: [],
  roles: [],
  attributes: {},
  organisation: 'main',
  managedBy: null,
  createdAt: 1_000,
  ...given,
})

export const aSession = (userId: UserId, given: Partial<NewSession> = {}): NewSession => ({
  id: anId<SessionId>(),
  tokenHash: randomUUID(),
  userId,
  generation: 1,
  createdAt: 1_000,
  lastSeenAt: 1_000,
  authTime: 1_000,
  proofs: [{ method: 'pwd', at: 1_000 }],
  idleEndsAt: 100_000,
  endsAt: 1_000_000,
  persistent: false,
  ip: '192.0.2.1',
  userAgent: 'a browser',
  organisation: 'main',
  ...given,
})

export const aGrant = (given: Partial<Grant> = {}): Grant => ({
  id: anId<GrantId>(),
  application: 'wiki',
  provider: 'oidc',
  clientId: 'wiki',
  userId: null,
  sessionId: null,
  scopes: ['openid'],
  createdAt: 1_000,
  expiresAt: 1_000_000,
  endedAt: null,
  data: { nonce: 'n' },
  ...given,
})

export const aCode = (given: Partial<AuthorizationCode> = {}): AuthorizationCode => ({
  grantId: anId<GrantId>(),
  clientId: 'wiki',
  expiresAt: 60_000,
  usedAt: null,
  data: { redirect_uri: 'https://wiki.example.com/cb' },
  ...given,
})

export const aRefreshToken = (grantId: GrantId, given: Partial<RefreshToken> = {}): RefreshToken => ({
  grantId,
  issuedAt: 1_000,
  expiresAt: 100_000,
  usedAt: null,
  ...given,
})

export const aResource = (slug: string, given: Partial<ResourceWrite> = {}): ResourceWrite => ({
  type: 'applications',
  slug,
  schema: 1,
  spec: { name: slug },
  expected: 0,
  organisation: 'main',
  managedBy: null,
  lookups: [],
  refs: [],
  actor: { kind: 'system', name: 'test' },
  why: null,
  now: 1_000,
  id: randomUUID(),
  ...given,
})
