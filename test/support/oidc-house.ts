/**
 * A house in memory for the OpenID Connect kind: its ports over maps, with real keys, the real rules and the real
 * expressions. The store's own promises are tested where the store is.
 */
import { createHmac, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import type { GrantId, GroupId, SessionId, UserId } from '../../src/base/ids.ts'
import { newId } from '../../src/base/ids.ts'
import type { JsonObject } from '../../src/base/json.ts'
import { systemRandom, token } from '../../src/base/random.ts'
import { parse } from '../../src/base/schema.ts'
import { reveal, secret } from '../../src/base/secret.ts'
import type { WireRequest, WireResponse } from '../../src/base/wire.ts'
import { Access } from '../../src/domain/applications/access.ts'
import type { AuthorizationCode, Consent, Grant, RefreshToken } from '../../src/domain/grants/grant.ts'
import { NO_FAILURES } from '../../src/domain/guess-limits/failures.ts'
import type { Person } from '../../src/domain/people/person.ts'
import type { CompiledPolicy } from '../../src/domain/policies/policy.ts'
import type { Proof, Session } from '../../src/domain/sessions/session.ts'
import type { User } from '../../src/domain/users/user.ts'
import type { EventDraft } from '../../src/events/event.ts'
import { hotRoutes } from '../../src/http/hot-routes.ts'
import type {
  CompiledApplication,
  ProviderPorts,
  ProviderSnapshot,
  PublicKey,
  Signer,
} from '../../src/kinds/contract/provider.ts'
import { OidcConfig } from '../../src/kinds/providers/oidc/config.ts'
import { oidc } from '../../src/kinds/providers/oidc/index.ts'
import { compileAccess } from '../../src/policy/compile-access.ts'
import { decide } from '../../src/policy/decide.ts'
import { compileExpression } from '../../src/policy/expression/compile-expression.ts'

export const ORIGIN = 'https://auth.example.com'
export const INSTALL_ID = '5b0b1f3e-1111-4222-8333-944455556666'

/** Holds while nothing failed, as the policies of that kind do. */
const calm: CompiledPolicy = {
  slug: 'calm',
  name: 'Calm',
  kind: 'reputation',
  reads: ['failures'],
  readsFailures: true,
  unforeseeable: true,
  text: 'denied.policy.reputation',
  address: null,
  judge: ({ failures }) => ({ holds: (failures?.pair ?? 0) === 0, says: 'as many tries failed as failed' }),
}

/** Settings as YAML gives them; a secret is written as `{ value }`. */
export type Settings = Readonly<Record<string, unknown>>
type Place = { settings: Settings; access?: unknown; name?: string }

export type TestKey = { readonly kid: string; readonly algorithm: string; readonly privateKey: KeyObject } & PublicKey
const keyPair = (algorithm: 'RS256' | 'ES256', kid: string): TestKey => {
  const pair =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { publicKey, privateKey } = pair
  return {
    kid,
    algorithm,
    privateKey,
    jwk: publicKey.export({ format: 'jwk' }) as JsonObject,
    verify: (input, signature) =>
      verify('sha256', Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
  }
}
// Made once: a 2048-bit key takes a tenth of a second.
export const RS256 = keyPair('RS256', 'rs-1')
export const ES256 = keyPair('ES256', 'es-1')
export const signerFor = (key: TestKey): Signer => ({
  kid: key.kid,
  algorithm: key.algorithm,
  sign: (input) => sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }),
})

/** Compiles settings as the house would, or gives the issues. */
export const compileSettings = (settings: Settings, application = 'app') => {
  const parsed = parse(OidcConfig, settings)
  if (!parsed.ok) return parsed
  const { config, secrets } = stored(parsed.value)
  return oidc.compile(config, {
    application,
    expression: compileExpression,
    secret: (reference) => secrets.get(reference.secret),
    hasKeypair: (slug) => ['default-rs256', 'default-es256'].includes(slug),
  })
}

/** Puts given secrets where specs keep them. */
const stored = (config: OidcConfig) => {
  const secrets = new Map<string, ReturnType<typeof secret>>()
  const keep = <T extends { client_secret?: unknown }>(client: T): T => {
    const given = client.client_secret as { value?: string } | undefined
    if (given?.value === undefined) return client
    const id = `s${secrets.size}`
    secrets.set(id, secret(given.value))
    return { ...client, client_secret: { secret: id, version: 1 } }
  }
  const clients = Object.fromEntries(Object.entries(config.clients).map(([name, client]) => [name, keep(client)]))
  return { config: keep({ ...config, clients }), secrets }
}

export type SignInOptions = { methods?: readonly string[]; at?: number }
type AskOptions = { session?: string; headers?: Record<string, string>; ip?: string; origin?: string }

export type House = ReturnType<typeof openHouse>

export const openHouse = (places: Readonly<Record<string, Place>>, options: { formPost?: boolean } = {}) => {
  const clock = { now: Date.UTC(2030, 0, 1) }
  const people = new Map<UserId, Person>()
  const sessions = new Map<string, Session>()
  const grants = new Map<GrantId, Grant>()
  const codes = new Map<string, AuthorizationCode>()
  const refreshes = new Map<string, RefreshToken>()
  const revoked = new Set<string>()
  const consents = new Map<string, Consent>()
  const subjects = new Map<string, Map<string, string>>()
  const appPasswords = new Map<string, UserId>()
  const events: EventDraft[] = []
  const keys = new Map<string, readonly TestKey[]>([
    ['default-rs256', [RS256]],
    ['default-es256', [ES256]],
  ])
  const counts = { verify: 0, alive: 0 }

  const accessOf = new Map<string, unknown>()
  let revision = 0
  let snapshot: ProviderSnapshot = { revision, applications: new Map(), lookup: () => undefined }
  const configure = (given: Readonly<Record<string, Place>>): void => {
    const applications = new Map<string, CompiledApplication>()
    const lookups = new Map<string, ReturnType<ProviderSnapshot['lookup']>>()
    for (const [slug, place] of Object.entries(given)) {
      const compiled = compileSettings(place.settings, slug)
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
      const provider = { application: slug, name: 'oidc', kind: oidc, compiled: compiled.value }
      for (const id of compiled.value.clients.keys()) lookups.set(`client_id ${id}`, provider)
      const name = place.name ?? slug
      const base = { id: slug, slug, name, launchUrl: null, organisation: 'main', flows: {} }
      applications.set(slug, { ...base, providers: new Map([['oidc', provider]]) })
      accessOf.set(slug, place.access)
    }
    revision += 1
    snapshot = { revision, applications, lookup: (kind, key) => lookups.get(`${kind} ${key}`) }
  }
  configure(places)

  let failed = 0
  const compiledAccess = (slug: string) => {
    const given = accessOf.get(slug)
    if (given === undefined) return null
    const parsed = parse(Access, given)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
    const compiled = compileAccess(parsed.value, compileExpression, (name) => (name === 'calm' ? calm : undefined))
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
    return compiled.value
  }

  const mac = (purpose: string, text: string) =>
    createHmac('sha256', 'a key of this test').update(`${purpose}\0${text}`).digest('base64url')

  const write = ({ grant, refresh, event }: Parameters<ProviderPorts['grants']['issue']>[0]): string | null => {
    grants.set(grant.id, grant)
    events.push(event)
    if (!refresh) return null
    const value = token(systemRandom)
    refreshes.set(value, { grantId: grant.id, issuedAt: clock.now, expiresAt: refresh.expiresAt, usedAt: null })
    return value
  }
  const endGrant = (id: GrantId): void => {
    const grant = grants.get(id)
    if (grant) grants.set(id, { ...grant, endedAt: grant.endedAt ?? clock.now })
  }
  const note = (type: EventDraft['type'], grantId: string) =>
    events.push({ type, actor: { kind: 'system', name: 'test' }, target: `grants/${grantId}` })
  const alive = (id: GrantId): Grant | null => {
    const grant = grants.get(id)
    if (!grant || grant.endedAt !== null || grant.expiresAt <= clock.now) return null
    if (grant.userId === null) return grant
    const user = people.get(grant.userId)?.user
    return user?.active && user.generation === grant.data.generation ? grant : null
  }
  const counted = (key: TestKey): PublicKey => ({
    ...key,
    verify: (input, signature) => {
      counts.verify += 1
      return key.verify(input, signature)
    },
  })
  const page = (status: number, body: string): WireResponse => ({
    status,
    headers: { 'content-type': 'text/html' },
    body,
  })

  const ports: ProviderPorts = {
    random: systemRandom,
    snapshot: () => snapshot,
    signedIn: async (request) => {
      const session = sessions.get(request.cookies.get('session') ?? '')
      const person = session && people.get(session.userId)
      return session && person?.user.active ? { session, person } : null
    },
    person: async (id) => people.get(id) ?? null,
    session: async (id) => sessions.get(id) ?? null,
    subjects: async (id) => subjects.get(id) ?? new Map(),
    installId: () => INSTALL_ID,
    decide: async ({ person, session, channel, application, request, renews }) =>
      decide({
        person,
        session,
        channel,
        application: { slug: application, name: application, access: compiledAccess(application) },
        request: {
          ip: request.ip,
          userAgent: request.headers['user-agent'] ?? '',
          origin: request.origin,
          at: request.now,
        },
        failures: renews ? null : { ...NO_FAILURES, pair: failed },
        now: request.now,
      }),
    flowUrl: (_request, purpose, application, next) =>
      `/if/flow/${purpose}/?${new URLSearchParams({ application: application ?? '', next })}`,
    denied: async (_request, { application }) => page(403, `denied ${application}`),
    errorPage: (_request, { status, text }) => page(status, text),
    ...(options.formPost ? { formPost: (_request, input) => page(200, JSON.stringify(input)) } : {}),
    record: async (event) => {
      events.push(event)
    },
    seal: (purpose, value, expiresAt) => {
      const text = Buffer.from(JSON.stringify({ value, expiresAt })).toString('base64url')
      return `${text}.${mac(purpose, text)}`
    },
    unseal: (purpose, sealed, now) => {
      const [text = '', tag] = sealed.split('.')
      if (tag !== mac(purpose, text)) return null
      const { value, expiresAt } = JSON.parse(Buffer.from(text, 'base64url').toString())
      return expiresAt > now ? value : null
    },
    keys: {
      signer: (pair) => {
        const active = keys.get(pair)?.[0]
        return active && signerFor(active)
      },
      published: (pair) => (keys.get(pair) ?? []).map(counted),
    },
    grants: {
      issueCode: async (code, event) => {
        const value = token(systemRandom)
        codes.set(value, code)
        events.push(event)
        return value
      },
      exchangeCode: async (value, now, judgeCode) => {
        const code = codes.get(value)
        if (!code) return { outcome: 'unknown' }
        if (code.usedAt !== null) {
          endGrant(code.grantId)
          note('oauth.code_reused', code.grantId)
          return { outcome: 'reused' }
        }
        codes.set(value, { ...code, usedAt: now })
        if (code.expiresAt <= now) return { outcome: 'expired' }
        const judged = judgeCode(code)
        if (!judged.ok) {
          events.push(judged.error)
          return { outcome: 'refused' }
        }
        return { outcome: 'issued', grant: judged.value.grant, refreshToken: write(judged.value) }
      },
      issue: async (tokens) => ({ grant: tokens.grant, refreshToken: write(tokens) }),
      peekRefresh: async (value) => {
        const held = refreshes.get(value)
        const grant = held && grants.get(held.grantId)
        return held && grant ? { token: held, grant } : null
      },
      rotate: async (value, now, { expiresAt, event }) => {
        const held = refreshes.get(value)
        const grant = held && grants.get(held.grantId)
        if (!held || !grant) return { outcome: 'unknown' }
        if (held.usedAt !== null) {
          endGrant(grant.id)
          note('oauth.refresh_reused', grant.id)
          return { outcome: 'reused' }
        }
        if (held.expiresAt <= now) return { outcome: 'expired' }
        if (grant.endedAt !== null) return { outcome: 'ended' }
        refreshes.set(value, { ...held, usedAt: now })
        const next = token(systemRandom)
        refreshes.set(next, { grantId: grant.id, issuedAt: now, expiresAt, usedAt: null })
        const extended = { ...grant, expiresAt: Math.max(grant.expiresAt, expiresAt) }
        grants.set(grant.id, extended)
        events.push(event)
        return { outcome: 'rotated', grant: extended, refreshToken: next }
      },
      alive: async (id) => {
        counts.alive += 1
        return alive(id)
      },
      end: async (id, _why, event) => {
        endGrant(id)
        events.push(event)
      },
      endOfSession: async () => {},
      revokeJti: async (jti, _expiresAt, event) => {
        revoked.add(jti)
        events.push(event)
      },
      isJtiRevoked: async (jti) => revoked.has(jti),
    },
    consents: { get: async (user, client) => consents.get(`${user} ${client}`) ?? null },
    endSession: async (_request, session) => {
      endSession(session.id)
    },
    appPassword: async (username, password) => {
      const id = appPasswords.get(`${username} ${reveal(password, 'test')}`)
      const person = id && people.get(id)
      return person?.user.active ? person : null
    },
  }

  const endSession = (id: string): void => {
    sessions.delete(id)
    for (const grant of grants.values()) {
      if (grant.sessionId === id && !grant.scopes.includes('offline_access')) endGrant(grant.id)
    }
  }

  // Here every route is found the same way; which ones a server answers first is not of interest.
  const router = hotRoutes(oidc.routes(ports).map((route) => ({ ...route, hot: true })))
  const ask = async (method: string, target: string, form: URLSearchParams | null, given: AskOptions) => {
    const url = new URL(target, ORIGIN)
    const request: WireRequest = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: { 'user-agent': 'test', ...given.headers },
      cookies: { get: (name) => (name === 'session' ? given.session : undefined) },
      form,
      ip: given.ip ?? '203.0.113.7',
      origin: given.origin ?? ORIGIN,
      now: clock.now,
      id: 'r1',
    }
    const matched = router.match(method, url.pathname)
    if (!matched) throw new Error(`no route for ${method} ${url.pathname}`)
    return matched.route.handle(request, matched.params)
  }

  return {
    ports,
    clock,
    people,
    sessions,
    grants,
    codes,
    refreshes,
    consents,
    subjects,
    appPasswords,
    events,
    keys,
    counts,
    configure,
    endSession,
    snapshot: () => snapshot,
    destination: (path: string, query: URLSearchParams) => oidc.destination(path, query, snapshot),
    types: () => events.map((event) => event.type),
    setAccess: (slug: string, access: unknown) => accessOf.set(slug, access),
    /** So many tries failed lately, at every account: for the policy `calm`. */
    fail: (count: number) => {
      failed = count
    },
    get: (target: string, given: AskOptions = {}) => ask('GET', target, null, given),
    options: (target: string, given: AskOptions = {}) => ask('OPTIONS', target, null, given),
    post: (target: string, form: Readonly<Record<string, string>> | URLSearchParams, given: AskOptions = {}) =>
      ask('POST', target, new URLSearchParams(form as Record<string, string>), given),
    /** A post whose body is no form. */
    postOther: (target: string, given: AskOptions = {}) => ask('POST', target, null, given),
    addPerson: (over: Partial<User> = {}, more: Partial<Person> = {}): Person => {
      const id = (over.id ?? newId<UserId>(clock.now, systemRandom)) as UserId
      const username = over.username ?? 'ana'
      const user: User = {
        id,
        number: people.size + 7,
        username,
        name: 'Ana Example',
        kind: 'internal',
        active: true,
        attributes: {},
        organisation: 'main',
        locale: null,
        generation: 1,
        managedBy: null,
        createdAt: 0,
        updatedAt: 0,
        lastLoginAt: null,
        passwordChangedAt: null,
        ...over,
      }
      const group = {
        id: 'g1' as GroupId,
        slug: 'staff',
        name: 'Staff',
        parents: [],
        roles: [],
        attributes: {},
        organisation: 'main',
        managedBy: null,
        createdAt: 0,
        updatedAt: 0,
      }
      const address = `${username}@example.com`
      const person: Person = {
        user,
        emails: [
          { id: `e-${username}` as never, userId: id, address, primary: true, verifiedAt: 1, verifiedBy: 'link' },
        ],
        directGroups: [group],
        groups: [group],
        groupsUntil: null,
        ...more,
      }
      people.set(id, person)
      return person
    },
    /** Changes a person as an administrator does: disabling and the like raise the generation. */
    change: (person: Person, over: Partial<User>): void => {
      people.set(person.user.id, { ...person, user: { ...person.user, ...over } })
    },
    /** A session; its id is the value of its cookie too. */
    signIn: (person: Person, { methods = ['pwd'], at = clock.now }: SignInOptions = {}): string => {
      const id = newId<SessionId>(clock.now, systemRandom)
      const proofs: Proof[] = methods.map((method) => ({ method, at }))
      sessions.set(id, {
        id,
        userId: person.user.id,
        generation: person.user.generation,
        createdAt: at,
        lastSeenAt: at,
        authTime: at,
        proofs,
        idleEndsAt: clock.now + 86_400_000,
        endsAt: clock.now + 86_400_000,
        persistent: false,
        ip: '203.0.113.7',
        userAgent: 'test',
        organisation: 'main',
      })
      return id
    },
    giveConsent: (
      person: Person,
      clientId: string,
      scopes: readonly string[],
      expiresAt: number | null = null,
    ): void => {
      const consent = { userId: person.user.id, clientId, application: 'app', scopes, grantedAt: clock.now, expiresAt }
      consents.set(`${person.user.id} ${clientId}`, consent)
    },
  }
}

/** Where an answer redirects to. */
export const locationOf = (response: WireResponse): URL => {
  const location = response.headers?.location
  if (location === undefined) throw new Error(`no redirect: ${response.status} ${response.body}`)
  return new URL(location, ORIGIN)
}

export const bodyOf = (response: WireResponse): Record<string, unknown> => JSON.parse(String(response.body))
