/**
 * The promise of the lock-out guard, held against the executor: whoever is foreseen to get in does get in, by answering
 * as was foreseen, with the real stages, whatever the flow and whatever they hold.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type ApiHouse, forEachHouse } from '../../../test/support/api-house.ts'
import { authenticatorApp } from '../../../test/support/authenticator-app.ts'
import { engineOver, REMEMBERED } from '../../../test/support/engine-over.ts'
import { pruned } from '../../../test/support/toy-documents.ts'
import { type CredentialId, newId } from '../../base/ids.ts'
import { systemRandom as random } from '../../base/random.ts'
import { parse } from '../../base/schema.ts'
import { secret } from '../../base/secret.ts'
import { compileFlow } from '../../flow/compile-flow.ts'
import type { CompiledFlow } from '../../flow/compiled-flow.ts'
import type { FlowNode, FlowSpec } from '../../flow/document.ts'
import { foreseeFlow, type SignedInBy } from '../../flow/foresee-flow.ts'
import type { FlowContext, FlowEngine, FlowStep } from '../../flow/ports.ts'
import { authenticatorKinds, stageKinds } from '../../kinds/registry.ts'
import { compileExpression } from '../../policy/expression/compile-expression.ts'
import { toConsole } from '../console.ts'
import { meansOf } from './means-of.ts'

const ORIGIN = 'https://auth.example.com'
// Of an authenticator app: base32.
const SEED = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const STEP = 31_000
const kinds = new Map(stageKinds.map((kind) => [kind.id, kind]))

const conditions = [
  'true',
  'false',
  "'staff' in user.groups",
  "user.username.startsWith('p')",
  'user.attributes.level > 3',
  'session.mfa',
  'application.mfa',
  "in_network(request.ip, '10.0.0.0/8')",
  "facts.prompt.answers.colour == 'red'",
  'size(facts.proofs) > 0',
  'has(facts.user.pending)',
  "user.attributes.colour == 'red'",
]

type Stage = Pick<FlowNode, 'stage' | 'settings'>
const stages: readonly Stage[] = [
  { stage: 'identification', settings: {} },
  { stage: 'identification', settings: { user_fields: ['email'] } },
  { stage: 'password', settings: {} },
  { stage: 'password', settings: { ask_username: true, failed_attempts_before_cancel: 1 } },
  { stage: 'authenticator-validate', settings: {} },
  { stage: 'authenticator-validate', settings: { device_classes: ['totp'], last_auth_threshold: '5m' } },
  { stage: 'authenticator-setup', settings: { device_classes: ['totp'] } },
  { stage: 'authenticator-setup', settings: { device_classes: ['totp'], may_skip: true } },
  { stage: 'prompt', settings: { fields: [{ field_key: 'colour', required: false }] } },
  { stage: 'prompt', settings: { fields: [{ field_key: 'attributes.colour', required: false }] } },
  { stage: 'user-write', settings: { user_creation_mode: 'never_create' } },
  { stage: 'user-write', settings: {} },
  { stage: 'new-password', settings: {} },
  { stage: 'email', settings: {} },
  { stage: 'message', settings: {} },
  { stage: 'redirect', settings: { target_static: '/if/user/' } },
  { stage: 'user-logout', settings: {} },
]

const drawn = fc.record({
  stage: fc.constantFrom(...stages),
  targets: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  condition: fc.option(fc.constantFrom(...conditions), { nil: undefined, freq: 1 }),
})
const DENY: { readonly stage: Stage } = { stage: { stage: 'deny', settings: {} } }
const spine: readonly Stage[] = ['identification', 'password', 'authenticator-validate', 'user-login'].map((stage) => ({
  stage,
  settings: {},
}))

/** A flow that begins as most do, with other stages between, and with edges that lead back, on and out. */
const documents = fc
  .record({
    begins: fc.constantFrom(1, 2, 3, 4),
    between: fc.array(drawn, { minLength: 0, maxLength: 3 }),
    spines: fc.array(drawn, { minLength: 4, maxLength: 4 }),
  })
  .map(({ begins, between, spines }): FlowSpec => {
    const own = spines.map((one, index) => ({ ...one, stage: spine[index] ?? one.stage }))
    const all = [
      ...own.slice(0, begins),
      ...between,
      ...own.slice(begins),
      { ...DENY, targets: [], condition: undefined },
    ]
    const deny = `n${all.length - 1}`
    // Back, on to the next, or out: a jump ahead would mostly pass the proof by, and fall to lint.
    const anywhere = (target = 0, from = 0) => (target % 5 === 0 ? deny : `n${target % (from + 2)}`)
    const nodes = all.map(({ stage, targets, condition }, index) => {
      const kind = kinds.get(stage.stage)
      const config = kind && parse(kind.config, stage.settings)
      const outcomes = (config?.ok && kind?.outcomesOf?.(config.value)) || (kind?.outcomes ?? [])
      const next = outcomes.map((outcome, at) => {
        const target = targets[at] ?? 0
        const onward = stage.stage === 'user-login' ? 'end' : `n${index + 1}`
        const otherwise = {
          to: at === 0 || outcome === 'skipped' || target % 3 === 0 ? onward : anywhere(target, index),
        }
        const chosen = condition && at === 0 ? [{ to: anywhere(targets[at + 4], index), when: condition }] : []
        return [outcome, [...chosen, otherwise]]
      })
      return [`n${index}`, { ...stage, next: Object.fromEntries(next) }]
    })
    return pruned({ name: 'Random', purpose: 'sign_in', start: 'n0', nodes: Object.fromEntries(nodes) })
  })

const people = fc.record({
  password: fc.constantFrom(true, true, true, false),
  app: fc.boolean(),
  email: fc.boolean(),
  staff: fc.boolean(),
  level: fc.constantFrom(null, 1, 5),
})
type Drawn = { password: boolean; app: boolean; email: boolean; staff: boolean; level: number | null }

let count = 0

/** Somebody new in the house, who has what was drawn. */
const arrive = async (house: ApiHouse, { password, app, email, staff, level }: Drawn) => {
  count += 1
  const username = `p${count}`
  const { store, deps, clock } = house
  const id = await house.person(username, staff ? ['staff'] : [], { password })
  await store.write(async (tx) => {
    if (level !== null) await store.users.update(tx, id, { attributes: { level } }, clock.now())
    if (!email) for (const one of await store.emails.of(tx, id)) await store.emails.remove(tx, one.id)
    if (!app) return
    const credential = newId<CredentialId>(clock.now(), random)
    const sealed = vaultOf(house).seal(secret(SEED), credential, 'secret')
    const data = { secret: sealed, algorithm: 'SHA1', digits: 6, period: 30, last_step: 0 }
    const row = { id: credential, userId: id, kind: 'totp', name: '', data, createdAt: clock.now(), lastUsedAt: null }
    await store.credentials.insert(tx, row)
  })
  return (await deps.people.byId(id)) ?? assert.fail('nobody came')
}

const vaultOf = ({ authenticators }: ApiHouse) => authenticators.vault

type Answering = {
  readonly name: string
  readonly email: string
  /** The next code of their app; it is given what it shall show codes of from now on. */
  code(seed?: string): string
}

/** What to send so that a stage ends as was foreseen. */
const inputFor = (
  step: Extract<FlowStep, { kind: 'show' }>,
  outcome: string,
  who: Answering,
): Record<string, string> => {
  const { ask, stage } = step
  if (outcome === 'cancelled') return { cancel: 'yes' }
  if (outcome === 'skipped') return { skip: 'yes' }
  switch (stage.id) {
    case 'identification':
      return { username: (ask.fields as readonly string[]).includes('username') ? who.name : who.email }
    case 'password':
      return { username: who.name, password: outcome === 'ok' ? REMEMBERED : 'wrong' }
    case 'authenticator-validate':
      return { code: who.code() }
    case 'authenticator-setup':
      return { name: '', code: who.code((ask.part as { secret: string }).secret) }
    case 'new-password':
      return { password: 'another of theirs', password_repeat: 'another of theirs' }
    default:
      return { go: 'on', confirm: 'yes' }
  }
}

const MOST_ANSWERS = 40

/** Walks the flow as was foreseen; tells whether they were signed in, and where it went otherwise. */
const walk = async (
  engine: FlowEngine,
  flow: CompiledFlow,
  context: () => FlowContext,
  foreseen: SignedInBy,
  who: Answering,
): Promise<string> => {
  const waiting = [...foreseen.steps]
  let step = await engine.begin({ ...context(), flow, purpose: 'sign_in', next: '/if/admin/' })
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    if (step.performed.session) return 'signed in'
    if (step.kind !== 'show') return JSON.stringify(step)
    const { node } = step
    while (waiting[0] && waiting[0].node !== node) waiting.shift()
    const [next] = waiting
    if (!next) return `stands at ${node}, which was not foreseen: ${JSON.stringify(foreseen.steps)}`
    step = await engine.answer(step.attempt, step.step, inputFor(step, next.outcome, who), context())
    if (step.kind !== 'show' || step.node !== node) waiting.shift()
  }
  return 'went on for ever'
}

forEachHouse(
  'I19 whoever is foreseen to get in does get in, whatever the flow and whatever they hold',
  async (house) => {
    const { store, clock } = house
    await house.group('staff', [])
    let flow: CompiledFlow | null = null
    const engine = engineOver(house, () => flow ?? assert.fail('no flow'))
    const seen = { flows: 0, promised: 0 }
    await fc.assert(
      fc.asyncProperty(documents, people, async (spec, drawnPerson) => {
        const compiled = compileFlow(spec, { slug: 'sign-in', revision: 1 }, kinds, compileExpression)
        if (!compiled.ok) return
        flow = compiled.value
        seen.flows += 1
        const person = await arrive(house, drawnPerson)
        const request = { ip: '10.1.2.3', userAgent: 'test', origin: ORIGIN, at: clock.now(), id: 'promise' }
        const ports = {
          random,
          vault: vaultOf(house),
          relyingParty: { id: 'auth.example.com', name: 'Example' },
        }
        const means = (
          await meansOf(store, authenticatorKinds, store.read, person, { maxAge: null, now: clock.now() })
        )({ request, ports })
        const foreseen = foreseeFlow({
          flow,
          person,
          means,
          session: null,
          destination: toConsole({ mfa: true }),
          request,
          sendsMail: false,
        })
        if (!foreseen.ok) return
        seen.promised += 1
        let app = authenticatorApp(SEED, clock.now)
        const who: Answering = {
          name: person.user.username,
          email: person.emails[0]?.address ?? 'nobody@example.com',
          code: (seed) => {
            // A code counts once: people wait for the next.
            house.advance(STEP)
            if (seed !== undefined) app = authenticatorApp(seed, clock.now)
            return app.nextCode()
          },
        }
        const context = (): FlowContext => ({
          request: { ...request, at: clock.now() },
          browser: person.user.username,
          signedIn: null,
          device: null,
        })
        assert.equal(await walk(engine, flow, context, foreseen.value, who), 'signed in', JSON.stringify(spec, null, 1))
      }),
      { numRuns: store.engine === 'sqlite' ? 1000 : 200 },
    )
    assert.ok(seen.promised > (store.engine === 'sqlite' ? 60 : 5) && seen.promised < seen.flows, JSON.stringify(seen))
  },
)
