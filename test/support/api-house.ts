/**
 * The API over a real store, real services and the real kinds, behind the real front, on a free port. Every answer is
 * checked against the schema that its route declares, so a test of anything is a test of the reference too.
 */
import assert from 'node:assert/strict'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CredentialId, type EmailId, type GroupId, newId, type TokenId, type UserId } from '../../src/base/ids.ts'
import { token as randomToken, systemRandom } from '../../src/base/random.ts'
import type { WireResponse } from '../../src/base/wire.ts'
import { createAuthenticators } from '../../src/core/authenticators.ts'
import { createInvitations } from '../../src/core/enrolment/invitations.ts'
import { createFirstRun } from '../../src/core/first-run.ts'
import { createKeepIn } from '../../src/core/lock-out/keep-in.ts'
import { createLockOutGuard } from '../../src/core/lock-out/lock-out-guard.ts'
import { createPeople } from '../../src/core/people.ts'
import { createSessions } from '../../src/core/sessions.ts'
import { createTrustedDevices } from '../../src/core/trusted-devices.ts'
import { createPasswordService } from '../../src/domain/credentials/password-service.ts'
import type { MailSettings } from '../../src/domain/mail/mail-settings.ts'
import type { Permission } from '../../src/domain/permissions/permission.ts'
import type { Proof } from '../../src/domain/sessions/session.ts'
import type { UserKind } from '../../src/domain/users/user.ts'
import { shippedFlows } from '../../src/flow/shipped-flows.ts'
import type { ApiDeps } from '../../src/http/api/api-deps.ts'
import { csrfToken } from '../../src/http/api/csrf.ts'
import { registerApi } from '../../src/http/api/register-api.ts'
import { apiRoutes } from '../../src/http/api/routes.ts'
import { Difference } from '../../src/http/api/shapes.ts'
import { createApp } from '../../src/http/app.ts'
import { answerTurned, createFront } from '../../src/http/front.ts'
import { hotRoutes } from '../../src/http/hot-routes.ts'
import { requestIds } from '../../src/http/request-id.ts'
import { originMap } from '../../src/http/site.ts'
import { trustedProxies } from '../../src/http/trusted-proxies.ts'
import { authenticatorKinds } from '../../src/kinds/registry.ts'
import { flowTrials } from '../../src/ops/flow-trials.ts'
import { policyTrials } from '../../src/ops/policy-trials.ts'
import { applications, flows as flowType, resourceTypes, settings } from '../../src/ops/resource-types.ts'
import { decide } from '../../src/policy/decide.ts'
import { compileExpression } from '../../src/policy/expression/compile-expression.ts'
import { openConfiguration } from '../../src/resources/open-configuration.ts'
import { annotated } from '../../src/resources/schema/annotated-schema.ts'
import { parseNode } from '../../src/resources/schema/parse-spec.ts'
import { shipDefaults, shippedDefaults } from '../../src/resources/shipped.ts'
import type { Store } from '../../src/store/store.ts'
import { testPasswords } from './password-rules.ts'
import { forEachEngine } from './stores.ts'
import { testMails } from './test-mails.ts'
import { testRecorder } from './test-recorder.ts'
import { testRing } from './test-ring.ts'

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the test asserts
type Body = any
export type ApiAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Body
}
export type Ask = {
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}
export type ApiClient = (method: string, path: string, ask?: Ask) => Promise<ApiAnswer>
export type ApiHouse = Awaited<ReturnType<typeof openApiHouse>>

const WEB_PATH = '/'

const openApiHouse = async (store: Store) => {
  let now = Date.UTC(2030, 0, 1)
  const clock = { now: () => now }
  const random = systemRandom
  const ring = await testRing()
  const recorder = testRecorder(store, clock)
  const authenticators = createAuthenticators({ store, ring, kinds: authenticatorKinds })
  const guard = createLockOutGuard({
    store,
    clock,
    flows: flowType,
    authenticatorKinds,
    authenticatorPorts: ({ origin }) => ({
      random,
      vault: authenticators.vault,
      relyingParty: { id: new URL(origin).hostname, name: 'Example' },
    }),
    publicUrl: null,
    mailInEnvironment: false,
  })
  const configuration = await openConfiguration({
    store,
    ring,
    types: resourceTypes,
    expression: compileExpression,
    clock,
    random,
    record: recorder.in,
    guard,
    report: (problem) => assert.fail(JSON.stringify(problem)),
  })
  const flows = [...shippedFlows].map(([slug, spec]) => ({ slug, spec }))
  const shipped = await shipDefaults(configuration.editing, shippedDefaults(flows))
  assert.ok(shipped.ok)
  await store.write((tx) => store.instance.set(tx, 'setup_done', now))
  await configuration.live.current()
  // What happens from here on is told to be later than the making of the house.
  now += 60_000
  const faults: unknown[] = []
  const { live } = configuration
  const people = createPeople(store, clock)
  const settingsNow = () => {
    const found = live.last().get(settings, 'instance')
    assert.ok(found)
    return found
  }
  const log = (_message: string, error: unknown) => void faults.push(error)
  const sessions = createSessions({
    store,
    ring,
    people,
    recorder,
    clock,
    random,
    lifetimes: () => settingsNow().sessions,
    log,
  })
  const hashes = createPasswordService({ concurrency: 1, clock, random })
  const passwords = testPasswords({ store, hashes, rules: () => settingsNow().password })
  let poked = 0
  const firstRun = createFirstRun({ store, ring, recorder, clock, random })
  let mailServer: MailSettings | null = null
  const mails = testMails({ store, ring, people, clock, settings: () => mailServer })
  const deps: ApiDeps = {
    store,
    ring,
    clock,
    random,
    people,
    sessions,
    authenticators,
    recorder,
    trustedDevices: createTrustedDevices({ store, ring, recorder }),
    flowSlug: (purpose) => purpose.replace('_', '-'),
    keepIn: createKeepIn({ store, clock, guard, snapshotIn: configuration.snapshotIn }),
    passwords,
    mails,
    invitations: createInvitations({ store, ring, random, webPath: WEB_PATH }),
    recoveryPlace: () => {
      const flow = live.last().get(flowType, 'recover')
      return flow ? { flow: flow.slug, revision: flow.revision, node: 'email' } : null
    },
    resources: configuration.resources,
    drafts: configuration.drafts,
    types: resourceTypes,
    snapshot: live.current,
    decide: (input) => {
      const application = live.last().get(applications, input.application)
      assert.ok(application)
      return decide({ ...input, application, now })
    },
    flows: flowTrials(live),
    policies: policyTrials(live),
    jobs: {
      poke: () => {
        poked += 1
      },
    },
    webPath: WEB_PATH,
    version: '1.2.3',
    log: { error: log },
  }
  const plain = (status: number): WireResponse => ({ status, body: 'not the API' })
  const hot = hotRoutes([])
  const app = createApp({
    clock,
    log,
    notFound: () => plain(404),
    wrongMethod: () => plain(405),
    failed: () => plain(500),
    hot,
  })
  registerApi(app.fastify, deps)
  let origin = ''
  const front = createFront({
    site: () => ({
      origins: originMap([origin]),
      unproven: false,
      setupOpen: false,
      webPath: WEB_PATH,
      proxies: trustedProxies([]),
      allowHttp: false,
      httpsPort: null,
    }),
    hot,
    framework: await app.ready(),
    health: async () => plain(200),
    turned: answerTurned,
    clock,
    newId: requestIds(random),
    log,
    observe: () => undefined,
  })
  const server = createServer(front)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  origin = `http://localhost:${port}`
  const routes = apiRoutes(deps)

  /** Sends one request, and checks what it answers. */
  const send = async (method: string, path: string, ask: Ask = {}): Promise<ApiAnswer> => {
    const answer = await exchange(port, method, path.startsWith('/api/') ? path : `/api/v1${path}`, ask)
    checkAnswer(method, path, answer)
    return answer
  }

  const checkAnswer = (method: string, path: string, { status, headers, body, text }: ApiAnswer): void => {
    assert.notEqual(status, 500, `${method} ${path}: ${text} ${String(faults.at(-1))}`)
    if (status >= 400) {
      assert.equal(headers['content-type'], 'application/problem+json', `${method} ${path} ${status}`)
      assert.equal(body.status, status)
      assert.ok(body.code && body.title && body.detail && body.request)
      return
    }
    if (status === 304) return
    const [address = '', query = ''] = path.split('?')
    const route = routes.find((one) => one.method === method && matches(one.path, address))
    if (!route?.response || headers['content-type'] !== 'application/json') return
    const schema = query.includes('dry_run=true') ? Difference : route.response
    const checked = parseNode(annotated(schema), body)
    assert.ok(checked.ok, `${route.id} answers what it does not declare: ${JSON.stringify(checked)} ${text}`)
  }

  const client =
    (headers: Readonly<Record<string, string>>): ApiClient =>
    (method, path, ask = {}) =>
      send(method, path, { ...ask, headers: { ...headers, ...ask.headers } })

  const find = async (username: string) => {
    const user = await store.users.byUsername(store.read, username)
    assert.ok(user, username)
    return user
  }
  const group = async (slug: string, roles: readonly string[], parents: readonly GroupId[] = []): Promise<GroupId> => {
    const id = newId<GroupId>(now, random)
    const row = { id, slug, name: slug, parents, roles, attributes: {}, organisation: 'main', managedBy: null }
    await store.write((tx) => store.groups.insert(tx, { ...row, createdAt: now }))
    return id
  }
  /** Somebody with a password, in groups that stand. */
  const person = async (
    username: string,
    groups: readonly string[] = [],
    given: { kind?: UserKind; managedBy?: string; organisation?: string; password?: boolean } = {},
  ): Promise<UserId> => {
    const id = newId<UserId>(now, random)
    await store.write(async (tx) => {
      await store.users.insert(tx, {
        id,
        username,
        name: username,
        kind: given.kind ?? 'internal',
        active: true,
        attributes: {},
        organisation: given.organisation ?? 'main',
        locale: null,
        managedBy: given.managedBy ?? null,
        createdAt: now,
      })
      const address = { id: newId<EmailId>(now, random), userId: id, address: `${username}@example.com` }
      await store.emails.insert(tx, { ...address, primary: true, verifiedAt: now, verifiedBy: 'administrator' })
      if (given.password !== false) {
        await store.credentials.setPassword(tx, id, newId<CredentialId>(now, random), '!', now)
      }
      for (const slug of groups) {
        const found = await store.groups.bySlug(tx, slug)
        assert.ok(found, slug)
        await store.groups.addMember(tx, { userId: id, groupId: found.id, until: null })
      }
    })
    return id
  }
  /** A role with these permissions, a group that has it, and somebody in it. */
  const delegate = async (username: string, permissions: readonly Permission[]): Promise<UserId> => {
    const author = { actor: { kind: 'system', name: 'test' } } as const
    const spec = { name: username, permissions }
    const put = await configuration.resources.put(author, { type: 'roles', slug: `role-${username}`, spec })
    assert.ok(put.ok, JSON.stringify(put))
    await group(`group-${username}`, [`role-${username}`])
    return person(username, [`group-${username}`])
  }
  const token = async (
    username: string,
    permissions: readonly Permission[] | null = null,
    given: { kind?: 'api' | 'app_password'; expiresAt?: number } = {},
  ): Promise<{ id: TokenId; key: string }> => {
    const { id: userId } = await find(username)
    const key = `gatehouse_api_${randomToken(random)}`
    const id = newId<TokenId>(now, random)
    const row = { id, userId, kind: given.kind ?? 'api', name: 'test', permissions, createdAt: now }
    const rest = { expiresAt: given.expiresAt ?? null, lastUsedAt: null, keyHash: ring.hash('token', key) }
    await store.write((tx) => store.tokens.insert(tx, { ...row, ...rest }))
    return { id, key }
  }
  const begin = async (username: string, ip = '127.0.0.1', given: readonly Proof[] = []) => {
    const { id } = await find(username)
    const request = { ip, userAgent: 'test', origin, at: now, id: 'test' }
    const proofs = given.length > 0 ? given : ['pwd', 'otp'].map((method) => ({ method, at: now }))
    return store.write((tx) => sessions.begin(tx, { user: id, proofs, persistent: false, request }))
  }
  return {
    store,
    deps,
    routes,
    configuration,
    authenticators,
    people,
    sessions,
    firstRun,
    ring,
    clock,
    faults,
    origin: () => origin,
    poked: () => poked,
    mails,
    setMailServer: (settings: MailSettings | null) => {
      mailServer = settings
    },
    advance: (by: number) => {
      now += by
    },
    find,
    group,
    person,
    delegate,
    token,
    begin,
    anonymous: client({}),
    /** By a token of theirs; without a list it may what they may. */
    asToken: async (username: string, permissions: readonly Permission[] | null = null): Promise<ApiClient> =>
      client({ authorization: `Bearer ${(await token(username, permissions)).key}` }),
    withKey: (key: string): ApiClient => client({ authorization: `Bearer ${key}` }),
    /** By a browser's session, with all that a page of ours sends. */
    asSession: async (username: string, proofs: readonly Proof[] = []): Promise<ApiClient> => {
      const { cookie, session } = await begin(username, '127.0.0.1', proofs)
      return client({
        cookie: `gatehouse_session=${cookie}`,
        'sec-fetch-site': 'same-origin',
        origin,
        'x-gatehouse-csrf': csrfToken(ring, session),
      })
    },
    events: async (type?: string) => {
      const { items } = await store.events.list(store.read, { organisation: 'main', limit: 200 })
      return items.filter((event) => type === undefined || event.type === type).reverse()
    },
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await app.fastify.close()
      configuration.close()
      people.close()
    },
  }
}

const matches = (declared: string, asked: string): boolean => {
  const [steps, given] = [declared.split('/'), asked.split('/')]
  return steps.length === given.length && steps.every((step, index) => step.startsWith(':') || step === given[index])
}

const exchange = (port: number, method: string, path: string, ask: Ask): Promise<ApiAnswer> => {
  const payload = ask.raw ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body))
  const headers: Record<string, string | number> = { host: `localhost:${port}`, ...ask.headers }
  if (payload !== undefined) {
    headers['content-type'] ??= 'application/json'
    headers['content-length'] ??= Buffer.byteLength(payload)
  }
  for (const [name, value] of Object.entries(headers)) if (value === '') delete headers[name]
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const isJson = /json/.test(incoming.headers['content-type'] ?? '') && text !== ''
        const body = isJson ? JSON.parse(text) : undefined
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

/** Runs `body` in a fresh house once per engine. Whatever went wrong inside without an answer saying so fails it. */
export const forEachHouse = (title: string, body: (house: ApiHouse) => Promise<void>): void =>
  forEachEngine(title, async (open) => {
    const house = await openApiHouse(await open())
    try {
      await body(house)
      assert.deepEqual(house.faults, [])
    } finally {
      await house.close()
    }
  })
