/**
 * For tests of flows: a house in memory behind the real executor. Its stages are small and honest ones of the
 * contract; its `perform` keeps the promises that the real one keeps, so that races can be run against it.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { base64url, fromBase64url, sameBytes } from '../../src/base/bytes.ts'
import { HOUR } from '../../src/base/clock.ts'
import type { AttemptId, CredentialId, SessionId, UserId } from '../../src/base/ids.ts'
import type { JsonObject } from '../../src/base/json.ts'
import { Closed, Type } from '../../src/base/schema.ts'
import { type Failures, NO_FAILURES } from '../../src/domain/guess-limits/failures.ts'
import type { Person } from '../../src/domain/people/person.ts'
import type { Session } from '../../src/domain/sessions/session.ts'
import { compileFlow } from '../../src/flow/compile-flow.ts'
import type { CompiledFlow } from '../../src/flow/compiled-flow.ts'
import { createFlowEngine } from '../../src/flow/create-flow-engine.ts'
import type { FlowSpec } from '../../src/flow/document.ts'
import type { AttemptRow, FlowContext, FlowEngine, FlowPorts, Work, WorkDone } from '../../src/flow/ports.ts'
import { know, pendingUser, proofs } from '../../src/kinds/contract/fact.ts'
import type { SignedIn } from '../../src/kinds/contract/provider.ts'
import type { Destination, Effect, StageEnd, StageKind } from '../../src/kinds/contract/stage.ts'
import type { FindPolicy } from '../../src/policy/compile-access.ts'
import { compileExpression } from '../../src/policy/expression/compile-expression.ts'

export const NOW = Date.UTC(2024, 4, 14, 9)
const Empty = Closed({})

const silent = { needsPerson: false, reads: [] }
const asking = { needsPerson: true, reads: [] }

const identify: StageKind = {
  id: 'identify',
  config: Empty,
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ ...asking, outcomes: ['ok'] }),
  open: async () => ({ ask: { field: 'username' } }),
  answer: async ({ ports }, input) => {
    if (!input.username) return { ask: { field: 'username' }, errors: [{ field: 'username', text: 'required' }] }
    const person = await ports.people.byLogin(input.username)
    return { end: 'ok', know: person ? [know(pendingUser, person.user.id)] : [] }
  },
}

const tries = { name: 'password.tries' }

const password: StageKind = {
  id: 'password',
  config: Empty,
  version: 1,
  outcomes: ['ok', 'failed'],
  proves: true,
  predict: () => ({ ...asking, outcomes: ['ok', 'failed'] }),
  open: async () => ({ ask: { field: 'password' } }),
  answer: async ({ facts, person, request }, input) => {
    if (person && input.password === `${person.user.username}-password`) {
      const before = facts.get(proofs) ?? []
      return { end: 'ok', know: [know(proofs, [...before, { method: 'pwd', at: request.at }])] }
    }
    const tried = (facts.get<number>(tries) ?? 0) + 1
    const effects: Effect[] = [{ do: 'record', event: { type: 'login.failed' } }]
    if (tried >= 3) return { end: 'failed', effects }
    return {
      ask: { field: 'password' },
      errors: [{ field: 'password', text: 'wrong' }],
      know: [{ name: tries.name, value: tried }],
      effects,
    }
  },
}

/** A second factor: the code is 123456. */
const code: StageKind = {
  id: 'code',
  config: Empty,
  version: 1,
  outcomes: ['ok'],
  proves: true,
  predict: () => ({ ...asking, outcomes: ['ok'] }),
  open: async () => ({ ask: { field: 'code' } }),
  answer: async ({ facts, request }, input) =>
    input.code === '123456'
      ? { end: 'ok', know: [know(proofs, [...(facts.get(proofs) ?? []), { method: 'otp', at: request.at }])] }
      : {
          ask: { field: 'code' },
          errors: [{ field: 'code', text: 'wrong' }],
          effects: [{ do: 'record', event: { type: 'login.failed' } }],
        },
}

/** A second factor that counts once: the credential `token` holds how often it was used. */
const token: StageKind = {
  id: 'token',
  config: Empty,
  version: 1,
  outcomes: ['ok'],
  proves: true,
  predict: () => ({ ...asking, outcomes: ['ok'] }),
  open: async () => ({ ask: { field: 'code' } }),
  answer: async ({ facts, request }, input) => {
    if (input.code !== '123456') return { ask: { field: 'code' }, errors: [{ field: 'code', text: 'wrong' }] }
    const user = facts.get(pendingUser) ?? ('' as UserId)
    const credential = 'token' as CredentialId
    return {
      end: 'ok',
      know: [know(proofs, [...(facts.get(proofs) ?? []), { method: 'otp', at: request.at }])],
      effects: [{ do: 'use_credential', user, credential, before: {}, after: { used: 1 } }],
    }
  },
  overtaken: async () => ({ ask: { field: 'code' }, errors: [{ field: 'code', text: 'wrong' }] }),
}

const signIn: StageKind = {
  id: 'sign-in',
  config: Empty,
  version: 1,
  outcomes: ['ok'],
  signsIn: true,
  predict: () => ({ ...silent, outcomes: ['ok'] }),
  open: async ({ facts, purpose }) => {
    const proven = facts.get(proofs) ?? []
    const user = facts.get(pendingUser) ?? ('' as UserId)
    if (purpose === 'step_up') return { end: 'ok', effects: [{ do: 'prove', proofs: proven }] }
    return { end: 'ok', effects: [{ do: 'sign_in', user, proofs: proven, persistent: false }] }
  },
}

const message: StageKind = {
  id: 'message',
  config: Closed({ text: Type.String({ default: 'hello' }) }),
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ ...asking, outcomes: ['ok'] }),
  open: async () => ({ ask: { message: true } }),
  answer: async () => ({ end: 'ok' }),
}

/** Shows a page that takes no answer. */
const deny: StageKind = {
  id: 'deny',
  config: Empty,
  version: 1,
  outcomes: [],
  predict: () => ({ ...asking, outcomes: [] }),
  open: async () => ({ ask: { denied: true } }),
}

const consent: StageKind = {
  id: 'consent',
  config: Empty,
  version: 1,
  outcomes: ['ok', 'refused'],
  predict: ({ destination }) => ({
    outcomes: destination ? ['ok', 'refused'] : ['ok'],
    needsPerson: destination !== null,
    reads: [],
  }),
  open: async ({ destination }) => (destination ? { ask: { consent: true } } : { end: 'ok' }),
  answer: async ({ person }, input) => {
    if (input.answer !== 'yes') return { end: 'refused' }
    const user = person?.user.id ?? ('' as UserId)
    return {
      end: 'ok',
      effects: [{ do: 'give_consent', user, application: 'wiki', clientId: 'wiki', scopes: [], expiresAt: null }],
    }
  },
}

const logout: StageKind = {
  id: 'logout',
  config: Empty,
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ ...silent, outcomes: ['ok'] }),
  open: async () => ({ end: 'ok', effects: [{ do: 'sign_out', everywhere: false }] }),
}

/** Passes on without anybody. */
const pass: StageKind = {
  id: 'pass',
  config: Empty,
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ ...silent, outcomes: ['ok'] }),
  open: async () => ({ end: 'ok' }),
}

/** Ends as its settings say, which no kind of ours could: what a faulty or hostile kind might return. */
const rogue: StageKind<{ end: StageEnd }> = {
  id: 'rogue',
  config: Type.Object({}, { additionalProperties: true }),
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ ...silent, outcomes: ['ok'] }),
  open: async ({ config }) => config.end,
}

const rogueSignIn: StageKind<{ end: StageEnd }> = { ...rogue, id: 'rogue-sign-in', signsIn: true }

export const TOY_KINDS: ReadonlyMap<string, StageKind> = new Map(
  [
    identify,
    password,
    code,
    token,
    signIn,
    message,
    deny,
    consent,
    logout,
    pass,
    rogue as StageKind,
    rogueSignIn as StageKind,
  ].map((kind) => [kind.id, kind]),
)

export const toyPerson = (username: string, active = true): Person => ({
  user: {
    id: `user-${username}` as UserId,
    number: 1,
    username,
    name: username.toUpperCase(),
    kind: 'internal',
    active,
    attributes: {},
    organisation: 'main',
    locale: null,
    generation: 1,
    managedBy: null,
    createdAt: 0,
    updatedAt: 0,
    lastLoginAt: null,
    passwordChangedAt: null,
  },
  emails: [],
  directGroups: [],
  groups: [],
  groupsUntil: null,
})

export const toyFlow = (
  spec: Omit<FlowSpec, 'name' | 'nodes'> & { nodes: Record<string, unknown> },
  identity = { slug: 'toy', revision: 1 },
  policy?: FindPolicy,
): CompiledFlow => {
  const nodes = Object.fromEntries(
    Object.entries(spec.nodes).map(([id, node]) => [id, { settings: {}, next: {}, ...(node as object) }]),
  ) as FlowSpec['nodes']
  const compiled = compileFlow({ name: 'Toy', ...spec, nodes }, identity, TOY_KINDS, compileExpression, policy)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return compiled.value
}

export type ToyHouse = {
  readonly engine: FlowEngine
  readonly rows: Map<AttemptId, AttemptRow>
  /** Every effect that was performed, in order. */
  readonly effects: Effect[]
  readonly people: Map<UserId, Person>
  readonly flows: CompiledFlow[]
  readonly destinations: Map<string, Destination>
  /** Methods of the authenticators that somebody has. */
  readonly heldMethods: Map<UserId, ReadonlySet<string>>
  /** Tries that failed lately, by account. */
  readonly failures: Map<string, Failures>
  /** Credentials that somebody else has just used. */
  readonly overtaken: Set<string>
  now: number
  signedIn: SignedIn | null
  context(browser?: string): FlowContext
  events(): string[]
}

export const createToyHouse = (...flows: CompiledFlow[]): ToyHouse => {
  const key = randomBytes(32)
  const mac = (text: string) => createHmac('sha256', key).update(text).digest()
  const rows = new Map<AttemptId, AttemptRow>()
  const people = new Map([toyPerson('ana'), toyPerson('bea'), toyPerson('off', false)].map((one) => [one.user.id, one]))
  const effects: Effect[] = []
  const ports: FlowPorts = {
    random: (length) => randomBytes(length),
    seal: (_purpose, value, expiresAt) => {
      const text = base64url(JSON.stringify({ value, expiresAt }))
      return `${text}.${base64url(mac(text))}`
    },
    unseal: (_purpose, sealed, now) => {
      const [text = '', tag = ''] = sealed.split('.')
      const bytes = fromBase64url(text)
      if (!bytes || !sameBytes(fromBase64url(tag) ?? '', mac(text))) return null
      const opened = JSON.parse(Buffer.from(bytes).toString()) as { value: JsonObject; expiresAt: number }
      return opened.expiresAt > now ? opened.value : null
    },
    flow: (slug, revision) => house.flows.find((flow) => flow.slug === slug && flow.revision === revision) ?? null,
    trustedDevice: async () => null,
    attempt: async (id) => rows.get(id) ?? null,
    person: async (id) => people.get(id) ?? null,
    destination: (next) => house.destinations.get(next) ?? null,
    stage: {
      random: (length) => randomBytes(length),
      people: {
        byLogin: async (login) => [...people.values()].find((one) => one.user.username === login) ?? null,
        byId: async (id) => people.get(id) ?? null,
        usernameTaken: async () => false,
        emailTaken: async () => false,
        mayLeave: async () => true,
        groupId: async () => null,
      },
      passwords: {
        verify: async () => ({ verdict: 'wrong' }),
        hash: async () => 'busy',
        weaknesses: async () => [],
        due: () => false,
      },
      mail: {
        ready: () => false,
        newLink: () => {
          throw new Error('this house sends no mail')
        },
        byLink: async () => null,
        byCode: async () => null,
      },
      flows: { usable: () => true },
      terms: { newest: async () => null },
      invitations: { live: async () => null },
      authenticators: {
        of: async () => [],
        byLookup: async () => null,
        onlyByMail: async () => false,
        declined: async () => false,
        vault: {
          seal: () => {
            throw new Error('no toy seals anything')
          },
          open: () => {
            throw new Error('no toy seals anything')
          },
          hash: (text, credential) => base64url(mac(`${credential} ${text}`)),
        },
      },
    },
    relyingParty: (origin) => ({ id: new URL(origin).hostname, name: 'Toy' }),
    way: () => null,
    heldMethods: async (user) => house.heldMethods.get(user) ?? new Set(),
    guesses: { take: async () => ({ ticket: [] }), forgive: async () => undefined },
    failures: async ({ account }) => house.failures.get(account) ?? NO_FAILURES,
    perform: async (work) => perform(house, work),
  }
  const house: ToyHouse = {
    engine: createFlowEngine(ports),
    rows,
    effects,
    people,
    flows,
    destinations: new Map(),
    heldMethods: new Map(),
    failures: new Map(),
    overtaken: new Set(),
    now: NOW,
    signedIn: null,
    context: (browser = 'browser') => ({
      request: { ip: '10.0.0.1', userAgent: 'toy', origin: 'https://id.example.com', at: house.now, id: 'r' },
      browser,
      signedIn: house.signedIn,
      device: null,
    }),
    events: () => effects.flatMap((effect) => (effect.do === 'record' ? [effect.event.type] : [])),
  }
  return house
}

/** All or nothing, and one after the other, as in a transaction. */
const perform = (house: ToyHouse, work: Work): WorkDone => {
  const { move } = work
  if (move?.do === 'insert' && house.rows.has(move.attempt.id)) return { outcome: 'stale' }
  if (move?.do === 'advance' && house.rows.get(move.id)?.step !== move.step) return { outcome: 'stale' }
  if (work.effects.some((effect) => effect.do === 'use_credential' && house.overtaken.has(effect.credential)))
    return { outcome: 'overtaken' }
  const signing = work.effects.find((effect) => effect.do === 'sign_in')
  if (signing && !house.people.get(signing.user)?.user.active) return { outcome: 'refused' }
  if (move?.do === 'insert') house.rows.set(move.attempt.id, move.attempt)
  if (move?.do === 'advance') {
    const row = house.rows.get(move.id)
    if (row) house.rows.set(move.id, { ...row, node: move.node, facts: move.facts, step: move.step + 1 })
  }
  let session: Session | null | undefined
  for (const effect of work.effects) {
    house.effects.push(effect)
    if (effect.do === 'sign_in') session = toySession(effect.user, effect.proofs)
    if (effect.do === 'prove' && work.signedIn)
      session = { ...work.signedIn.session, proofs: [...work.signedIn.session.proofs, ...effect.proofs], authTime: NOW }
    if (effect.do === 'sign_out') session = null
    if (effect.do === 'create_user') {
      const made = toyPerson(effect.username)
      house.people.set(effect.user, { ...made, user: { ...made.user, id: effect.user } })
    }
  }
  if (!session) return { outcome: 'done', session }
  const person = house.people.get(session.userId)
  house.signedIn = person ? { session, person } : null
  return { outcome: 'done', session: { session, cookie: 'cookie' } }
}

export const toySession = (userId: UserId, proven: Session['proofs'] = [{ method: 'pwd', at: NOW }]): Session => ({
  id: `session-${userId}` as SessionId,
  userId,
  generation: 1,
  createdAt: NOW,
  lastSeenAt: NOW,
  authTime: NOW,
  proofs: proven,
  idleEndsAt: NOW + HOUR,
  endsAt: NOW + HOUR,
  persistent: false,
  ip: '10.0.0.1',
  userAgent: 'toy',
  organisation: 'main',
})
