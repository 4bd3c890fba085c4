import assert from 'node:assert/strict'
import { testPasswords } from '../../test/support/password-rules.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { testMails } from '../../test/support/test-mails.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import { testRing } from '../../test/support/test-ring.ts'
import { type CredentialId, type EmailId, newId, type TokenId, type UserId } from '../base/ids.ts'
import { systemRandom as random } from '../base/random.ts'
import { PASSWORD_RULES, type PasswordRules } from '../domain/credentials/password-rules.ts'
import { createPasswordService } from '../domain/credentials/password-service.ts'
import type { Effect } from '../kinds/contract/stage.ts'
import { authenticatorKinds } from '../kinds/registry.ts'
import type { Store } from '../store/store.ts'
import { createAuthenticators } from './authenticators.ts'
import { createInvitations } from './enrolment/invitations.ts'
import { createFirstRun } from './first-run.ts'
import { createFlowPorts } from './flow-ports.ts'
import { createGuesses } from './guesses.ts'
import { createPeople } from './people.ts'
import { createPerformEffects, type EffectContext } from './perform-effects.ts'
import { createSessions, NoLongerAllowed } from './sessions.ts'
import { createTrustedDevices } from './trusted-devices.ts'

const NOW = Date.UTC(2030, 0, 1)
const clock = { now: () => NOW }
const DAY = 24 * 60 * 60 * 1000
const lifetimes = { idle: DAY, absolute: DAY, persistentIdle: DAY, persistentAbsolute: DAY }

const request = { ip: '127.0.0.1', userAgent: '', origin: 'https://auth.example.com', at: NOW, id: 'r1' }
const context: EffectContext = { request, signedIn: null, application: null, flow: 'recover', device: null }
const ANA = {
  username: 'ana',
  name: 'Ana',
  kind: 'internal',
  active: true,
  attributes: {},
  organisation: 'main',
  locale: null,
  managedBy: null,
  createdAt: NOW,
} as const

const openHouse = async (store: Store, changed: Partial<PasswordRules> = {}) => {
  const ring = await testRing()
  const log = () => undefined
  const recorder = testRecorder(store, clock)
  const people = createPeople(store, clock)
  const sessions = createSessions({ store, ring, people, recorder, clock, random, lifetimes: () => lifetimes, log })
  const firstRun = createFirstRun({ store, ring, recorder, clock, random })
  const mails = testMails({ store, ring, people, clock })
  const guesses = createGuesses({ store, ring, clock })
  const invitations = createInvitations({ store, ring, random, webPath: '/' })
  const hashes = createPasswordService({ concurrency: 1, clock, random })
  const rules: PasswordRules = { ...PASSWORD_RULES, minLength: 8 }
  const passwords = testPasswords({ store, hashes, rules: () => ({ ...rules, ...changed }) })
  const trustedDevices = createTrustedDevices({ store, ring, recorder: recorder })
  const performEffects = createPerformEffects({
    trustedDevices,
    passwords,
    store,
    sessions,
    recorder,
    firstRun,
    mails,
    guesses,
    invitations,
    random,
  })
  const flows = createFlowPorts({
    store,
    trustedDevices,
    ring,
    people,
    passwords,
    performEffects,
    relyingParty: (origin) => ({ id: new URL(origin).hostname, name: 'Example' }),
    mails,
    flowUsable: () => true,
    flowWay: () => null,
    invitations,
    clock,
    guesses,
    failuresOf: ({ account, ip }) => guesses.failures({ account, ip, device: null }, ['password']),
    authenticators: createAuthenticators({ store, ring, kinds: authenticatorKinds }),
    random,
    flow: () => null,
    destination: () => null,
    failedLogin: log,
  })
  const ana = newId<UserId>(NOW, random)
  await store.write((tx) => store.users.insert(tx, { id: ana, ...ANA }))
  return { people, sessions, firstRun, mails, performEffects, flows, ana }
}

forEachEngine(
  'G15 a new password in a flow ends sessions, grants and tokens; a hash made anew ends nothing',
  async (open) => {
    const store = await open()
    const { people, sessions, performEffects, ana } = await openHouse(store)
    await store.write(async (tx) => {
      const token = { id: newId<TokenId>(NOW, random), userId: ana, kind: 'app_password', name: 'mail' } as const
      const rest = { permissions: null, createdAt: NOW, expiresAt: null, lastUsedAt: null, keyHash: 'hash' }
      await store.tokens.insert(tx, { ...token, ...rest })
      await sessions.begin(tx, { user: ana, proofs: [{ method: 'pwd', at: NOW }], persistent: false, request })
    })
    const held = async () => [
      (await store.tokens.of(store.read, ana)).length,
      (await store.sessions.of(store.read, ana, NOW)).length,
    ]
    const perform = (effect: Effect) => store.write((tx) => performEffects(tx, [effect], context))
    const credential = newId<CredentialId>(NOW, random)
    await store.write((tx) => store.credentials.setPassword(tx, ana, credential, 'older', NOW - 1))
    const anew = { do: 'rehash_password', user: ana, rehash: { credential, before: 'older', after: 'newer' } } as const
    await perform(anew)
    assert.deepEqual(await held(), [1, 1])
    const kept = async () => (await store.credentials.byId(store.read, credential))?.data
    assert.deepEqual(await kept(), { hash: 'newer' })
    const user = await store.users.byId(store.read, ana)
    assert.deepEqual([user?.passwordChangedAt, user?.generation], [NOW - 1, 1])
    assert.deepEqual(await types(store), ['user.password_rehashed'])
    await perform({ do: 'set_password', user: ana, hash: '$argon2id$' })
    assert.deepEqual(await held(), [0, 0])
    // Checked before the change and written after it: the old password must not come back.
    await perform(anew)
    assert.deepEqual(await kept(), { hash: '$argon2id$' })
    await perform({ ...anew, user: newId<UserId>(NOW, random), rehash: { ...anew.rehash, before: '$argon2id$' } })
    assert.deepEqual(await kept(), { hash: '$argon2id$' }, 'nor somebody else’s')
    assert.deepEqual(await types(store), ['user.password_rehashed', 'user.password_set'])
    people.close()
  },
)

forEachEngine(
  'G10 G03 refuses to set up a house that somebody else set up meanwhile, and by an older link',
  async (open) => {
    const store = await open()
    const { people, flows, firstRun } = await openHouse(store)
    const shown = async () => (await firstRun.checkLink((await firstRun.newLink()) ?? '')) ?? assert.fail()
    const setUp = (link: string) => {
      const effect = { do: 'complete_setup', link, publicUrl: request.origin, trustProxy: null } as const
      return flows.perform({ ...context, effects: [effect], move: null })
    }
    const older = await shown()
    const newer = await shown()
    assert.equal((await setUp(older)).outcome, 'refused')
    assert.equal((await setUp(newer)).outcome, 'done')
    assert.equal((await setUp(newer)).outcome, 'refused')
    people.close()
  },
)

forEachEngine('F02 refuses a proof in a session that ended meanwhile', async (open) => {
  const store = await open()
  const { people, sessions, flows, ana } = await openHouse(store)
  const { cookie, session } = await store.write((tx) =>
    sessions.begin(tx, { user: ana, proofs: [{ method: 'pwd', at: NOW }], persistent: false, request }),
  )
  const signedIn = await sessions.signedIn(cookie)
  await store.write((tx) => store.sessions.end(tx, session.id, NOW))
  const proven = { do: 'prove', proofs: [{ method: 'otp', at: NOW }] } as const
  const done = await flows.perform({ ...context, signedIn, effects: [proven], move: null })
  assert.equal(done.outcome, 'refused')
  people.close()
})

forEachEngine('F13 a password proven before it was changed signs nobody in any more', async (open) => {
  const store = await open()
  const { people, performEffects, ana } = await openHouse(store)
  const effects = [
    { do: 'sign_in', user: ana, proofs: [{ method: 'pwd', at: NOW - 1000 }], persistent: false },
  ] as const
  await store.write((tx) => performEffects(tx, effects, context))
  await store.write((tx) => performEffects(tx, [{ do: 'set_password', user: ana, hash: '$argon2id$' }], context))
  await assert.rejects(
    store.write((tx) => performEffects(tx, effects, context)),
    { name: 'NoLongerAllowed' },
  )
  people.close()
})

forEachEngine(
  'a password that is due to be changed signs nobody in, and one that was changed just now does',
  async (open) => {
    const store = await open()
    const { people, performEffects, ana } = await openHouse(store, { maxAge: DAY })
    const by = (method: string): Effect => ({
      do: 'sign_in',
      user: ana,
      proofs: [{ method, at: NOW }],
      persistent: false,
    })
    const perform = (...effects: Effect[]) => store.write((tx) => performEffects(tx, effects, context))
    const set = (at: number, mustChange: boolean) =>
      store.write((tx) =>
        store.credentials.setPassword(tx, ana, newId<CredentialId>(NOW, random), 'older', at, { mustChange }),
      )
    for (const [at, mustChange] of [
      [NOW - DAY, false],
      [NOW, true],
    ] as const) {
      await set(at, mustChange)
      await assert.rejects(perform(by('pwd')), { name: 'NoLongerAllowed' })
      // What is not a password has no age.
      assert.ok((await perform(by('hwk'))).session)
      assert.ok((await perform({ do: 'set_password', user: ana, hash: '$argon2id$' }, by('pwd'))).session)
    }
    people.close()
  },
)

forEachEngine(
  'A33 whoever changes their own password ends what others hold, and what applications hold unless the settings say otherwise',
  async (open) => {
    const store = await open()
    for (const endsGrants of [true, false]) {
      const { people, sessions, performEffects, ana } = await openHouse(store, { endsGrants, history: 3 })
      const begin = () =>
        store.write((tx) =>
          sessions.begin(tx, { user: ana, proofs: [{ method: 'pwd', at: NOW }], persistent: false, request }),
        )
      const [here, there] = [await begin(), await begin()]
      const signedIn = await sessions.signedIn(here.cookie)
      await store.write((tx) =>
        store.tokens.insert(tx, {
          id: newId<TokenId>(NOW, random),
          userId: ana,
          kind: 'app_password',
          name: 'mail',
          permissions: null,
          createdAt: NOW,
          expiresAt: null,
          lastUsedAt: null,
          keyHash: `hash ${endsGrants}`,
        }),
      )
      const set = (hash: string) =>
        store.write((tx) => performEffects(tx, [{ do: 'set_password', user: ana, hash }], { ...context, signedIn }))
      for (const hash of ['one', 'two', 'three', 'four']) await set(hash)
      assert.ok(await sessions.signedIn(here.cookie))
      assert.equal(await sessions.signedIn(there.cookie), null)
      assert.equal((await store.tokens.of(store.read, ana)).length, endsGrants ? 0 : 1)
      assert.deepEqual(await store.credentials.formerPasswords(store.read, ana, 24), ['three', 'two'])
      await store.write((tx) => store.users.remove(tx, ana))
      people.close()
    }
  },
)

forEachEngine(
  'a session remembers since when its browser was known before it, and a new cookie changes nothing of it',
  async (open) => {
    const store = await open()
    const { people, sessions, performEffects, ana } = await openHouse(store)
    const signIn = async (since: Readonly<Record<string, number>> | null) => {
      const device = since && { id: 'd', people: Object.keys(since), since }
      const effect = { do: 'sign_in', user: ana, proofs: [{ method: 'pwd', at: NOW }], persistent: false } as const
      const { session } = await store.write((tx) => performEffects(tx, [effect], { ...context, device }))
      return session ?? assert.fail()
    }
    const fresh = await signIn(null)
    assert.equal((await sessions.signedIn(fresh.cookie))?.session.deviceSince, undefined)
    const known = await signIn({ [ana]: NOW - 5000 })
    assert.equal((await sessions.signedIn(known.cookie))?.session.deviceSince, NOW - 5000)
    const proven = await store.write((tx) => sessions.prove(tx, known.session, [{ method: 'otp', at: NOW }], NOW))
    assert.equal((await sessions.signedIn(proven.cookie))?.session.deviceSince, NOW - 5000)
    assert.equal((await signIn({ somebody: NOW - 5000 })).session.deviceSince, undefined)
    people.close()
  },
)

const types = async (store: Store) => {
  const { items } = await store.events.list(store.read, { organisation: 'main', limit: 50, sort: 'at' })
  return items.map(({ type }) => type).toSorted()
}

forEachEngine(
  'a sign-in from a browser that nobody knows is told to the person, the very first one aside',
  async (open) => {
    const store = await open()
    const { mails, performEffects, ana } = await openHouse(store)
    const address = { id: newId<EmailId>(NOW, random), userId: ana, address: 'ana@example.com', primary: true }
    await store.write((tx) => store.emails.insert(tx, { ...address, verifiedAt: NOW, verifiedBy: 'setup' }))
    const signIn = (people: readonly UserId[] | null) =>
      store.write((tx) =>
        performEffects(tx, [{ do: 'sign_in', user: ana, proofs: [{ method: 'pwd', at: NOW }], persistent: false }], {
          ...context,
          device: people && { id: 'device', people, since: {} },
        }),
      )
    await signIn(null)
    assert.deepEqual(await mails.flush(), [])
    await signIn([ana])
    assert.deepEqual(await mails.flush(), [])
    await signIn(['somebody else' as UserId])
    await signIn(null)
    const told = await mails.flush()
    assert.deepEqual(
      told.map((mail) => `${mail?.to} ${mail?.subject}`),
      Array(2).fill('ana@example.com New sign-in at Gatehouse'),
    )
  },
)

forEachEngine('G03 a right to set a password that was proven before another was set is none', async (open) => {
  const store = await open()
  const { performEffects, ana } = await openHouse(store)
  const set = (since: number) =>
    store.write((tx) => performEffects(tx, [{ do: 'set_password', user: ana, hash: `since ${since}`, since }], context))
  await set(NOW - 10)
  await assert.rejects(set(NOW - 1), NoLongerAllowed)
  const [kept] = await store.credentials.of(store.read, ana, 'password')
  assert.equal(kept?.data.hash, `since ${NOW - 10}`)
  await set(NOW)
})

forEachEngine('G03 a link that was spent meanwhile undoes the step that it was to prove', async (open) => {
  const store = await open()
  const { mails, performEffects, ana } = await openHouse(store)
  const link = mails.links.newLink()
  const place = { flow: 'recover', revision: 1, node: 'email', attempt: null }
  const kept = { purpose: 'recover', user: ana, address: null, link, place, expiresAt: NOW + 1 } as const
  await store.write((tx) => mails.links.keep(tx, kept))
  const spend = () =>
    store.write((tx) =>
      performEffects(
        tx,
        [
          { do: 'update_user', user: ana, patch: { name: 'Changed' } },
          { do: 'spend_link', linkHash: link.linkHash },
        ],
        context,
      ),
    )
  await spend()
  await store.write((tx) => store.users.update(tx, ana, { name: 'Ana' }, NOW))
  await assert.rejects(spend(), NoLongerAllowed)
  assert.equal((await store.users.byId(store.read, ana))?.name, 'Ana')
})
