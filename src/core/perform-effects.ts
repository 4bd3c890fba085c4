/**
 * What a stage's effects do. All effects of one step happen in one transaction, each with its event: a sign-in that
 * could not be recorded did not happen.
 */
import { type CredentialId, type EmailId, newId, type UserId } from '../base/ids.ts'
import type { Random } from '../base/random.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { Person } from '../domain/people/person.ts'
import { amrOf, type Session } from '../domain/sessions/session.ts'
import type { Actor } from '../events/event.ts'
import type { KnownDevice } from '../flow/ports.ts'
import type { Effect } from '../kinds/contract/stage.ts'
import type { Store, Tx } from '../store/store.ts'
import { endEverything } from './end-everything.ts'
import type { FirstRun } from './first-run.ts'
import type { Mails } from './mails/mails.ts'
import { actorOf, clientOf, type Recorder, userActor } from './recorder.ts'
import { removeCredential } from './remove-credential.ts'
import { type IssuedSession, NoLongerAllowed, type Sessions, signedInAnew } from './sessions.ts'

export type EffectContext = {
  readonly request: RequestFacts
  readonly signedIn: { readonly session: Session; readonly person: Person } | null
  /** The application that the attempt leads to. */
  readonly application: string | null
  readonly flow: string
  /** What this browser is known by; null for one that nobody signed in from before. */
  readonly device: KnownDevice | null
}

/** What became of the browser's session: a new cookie, none any more, or `undefined` for no change. */
export type Performed = { readonly session: IssuedSession | null | undefined }

export type PerformEffects = (tx: Tx, effects: readonly Effect[], context: EffectContext) => Promise<Performed>

type Deps = {
  readonly store: Store
  readonly sessions: Sessions
  readonly recorder: Recorder
  readonly firstRun: Pick<FirstRun, 'complete'>
  readonly mails: Pick<Mails, 'sendLink' | 'notify' | 'links'>
  readonly random: Random
}

export const createPerformEffects =
  (deps: Deps): PerformEffects =>
  async (tx, effects, context) => {
    let current: Performed = { session: undefined }
    for (const effect of effects) {
      const performed = await performOne(deps, tx, effect, context)
      if (performed !== undefined) current = { session: performed.session }
    }
    return current
  }

type Of<Kind extends Effect['do']> = Extract<Effect, { do: Kind }>

const performOne = async (
  deps: Deps,
  tx: Tx,
  effect: Effect,
  context: EffectContext,
): Promise<Performed | undefined> => {
  switch (effect.do) {
    case 'sign_in':
      return { session: await signIn(deps, tx, effect, context) }
    case 'prove':
      return { session: await prove(deps, tx, effect, context) }
    case 'sign_out':
      return signOut(deps, tx, effect, context)
    case 'create_user':
      return createUser(deps, tx, effect, context)
    case 'update_user':
      return updateUser(deps, tx, effect, context)
    case 'set_password':
      return setPassword(deps, tx, effect, context)
    case 'rehash_password':
      return rehashPassword(deps, tx, effect, context)
    case 'add_credential':
      return addCredential(deps, tx, effect, context)
    case 'use_credential':
      return useCredential(deps, tx, effect, context)
    case 'give_consent':
      return giveConsent(deps, tx, effect, context)
    case 'send_link':
      return sendLink(deps, tx, effect, context)
    case 'spend_link':
      return spendLink(deps, tx, effect, context)
    case 'complete_setup':
      return deps.firstRun.complete(tx, effect, context.request)
    case 'record':
      return recordStageEvent(deps, tx, effect, context)
  }
}

const by = async (deps: Deps, tx: Tx, user: UserId): Promise<Actor> => {
  const row = await deps.store.users.byId(tx, user)
  return userActor(row ?? { id: user, username: '' })
}

const signIn = async (deps: Deps, tx: Tx, effect: Of<'sign_in'>, context: EffectContext): Promise<IssuedSession> => {
  const { signedIn, request } = context
  // The old cookie dies with the sign-in (F01), whosever it was.
  if (signedIn) await deps.sessions.end(tx, signedIn.session, signedInAnew(signedIn, request))
  const before = await deps.store.users.byId(tx, effect.user)
  const issued = await deps.sessions.begin(tx, { ...effect, request })
  await deps.recorder.in(tx, {
    type: 'login.succeeded',
    actor: await by(deps, tx, effect.user),
    target: `sessions/${issued.session.id}`,
    detail: {
      methods: amrOf(effect.proofs),
      flow: context.flow,
      persistent: effect.persistent,
      ...(context.application ? { application: context.application } : {}),
    },
    client: clientOf(request),
  })
  // The very first sign-in surprises nobody.
  const isKnown = context.device?.people.includes(effect.user) || before?.lastLoginAt === null
  if (!isKnown) await deps.mails.notify(tx, 'new_device', effect.user, request)
  return issued
}

const prove = async (deps: Deps, tx: Tx, effect: Of<'prove'>, context: EffectContext): Promise<IssuedSession> => {
  const { signedIn, request } = context
  if (!signedIn) throw new Error('nothing to prove to: nobody is signed in')
  const issued = await deps.sessions.prove(tx, signedIn.session, effect.proofs, request.at)
  await deps.recorder.in(tx, {
    type: 'login.succeeded',
    actor: actorOf(signedIn.person),
    target: `sessions/${signedIn.session.id}`,
    detail: { methods: amrOf(issued.session.proofs), flow: context.flow, stepUp: true },
    client: clientOf(request),
  })
  return issued
}

const signOut = async (deps: Deps, tx: Tx, effect: Of<'sign_out'>, context: EffectContext): Promise<Performed> => {
  const { signedIn, request } = context
  if (!signedIn) return { session: null }
  const actor = actorOf(signedIn.person)
  if (effect.everywhere) {
    await deps.sessions.endAll(tx, signedIn.person.user.id, {
      type: 'session.all_ended',
      actor,
      client: clientOf(request),
    })
  } else {
    await deps.sessions.end(tx, signedIn.session, {
      type: 'logout',
      actor,
      target: `sessions/${signedIn.session.id}`,
      client: clientOf(request),
    })
  }
  return { session: null }
}

const createUser = async (
  deps: Deps,
  tx: Tx,
  effect: Of<'create_user'>,
  context: EffectContext,
): Promise<undefined> => {
  const { store, random } = deps
  const now = context.request.at
  await store.users.insert(tx, {
    id: effect.user,
    username: effect.username,
    name: effect.name,
    kind: effect.kind,
    active: true,
    attributes: effect.attributes,
    organisation: 'main',
    locale: null,
    managedBy: null,
    createdAt: now,
  })
  if (effect.email) {
    await store.emails.insert(tx, {
      id: newId<EmailId>(now, random),
      userId: effect.user,
      address: effect.email,
      primary: true,
      ...(effect.emailVerified
        ? { verifiedAt: now, verifiedBy: 'link' as const }
        : { verifiedAt: null, verifiedBy: null }),
    })
  }
  for (const slug of effect.groups) {
    const group = await store.groups.bySlug(tx, slug)
    if (!group) throw new Error(`no group ${slug} to put a new person into`)
    await store.groups.addMember(tx, { userId: effect.user, groupId: group.id, until: null })
  }
  await deps.recorder.in(tx, {
    type: 'user.created',
    actor: { kind: 'system', name: `flow ${context.flow}` },
    target: `users/${effect.user}`,
    detail: { username: effect.username, groups: [...effect.groups] },
    client: clientOf(context.request),
  })
}

const updateUser = async (
  deps: Deps,
  tx: Tx,
  effect: Of<'update_user'>,
  context: EffectContext,
): Promise<undefined> => {
  await deps.store.users.update(tx, effect.user, effect.patch, context.request.at)
  await deps.recorder.in(tx, {
    type: 'user.updated',
    actor: await by(deps, tx, effect.user),
    target: `users/${effect.user}`,
    detail: { changed: Object.keys(effect.patch) },
    client: clientOf(context.request),
  })
}

const setPassword = async (
  deps: Deps,
  tx: Tx,
  effect: Of<'set_password'>,
  context: EffectContext,
): Promise<undefined> => {
  const { store } = deps
  const now = context.request.at
  const before = await store.users.byId(tx, effect.user)
  // G03: what was proven before another password was set gives no right to set one over it.
  if (effect.since !== undefined && (before?.passwordChangedAt ?? 0) > effect.since) throw new NoLongerAllowed()
  const id = newId<CredentialId>(now, deps.random)
  await store.credentials.setPassword(tx, effect.user, id, effect.hash, now)
  // F13, G15, A33: whoever knew the old password is out, at every door; this browser stays.
  const keep = context.signedIn?.person.user.id === effect.user ? context.signedIn.session.id : undefined
  const ended = await endEverything(store, tx, { user: effect.user, why: 'password changed', now, except: keep })
  await deps.recorder.in(tx, {
    type: 'user.password_set',
    actor: await by(deps, tx, effect.user),
    target: `users/${effect.user}`,
    detail: { ended },
    client: clientOf(context.request),
  })
  // A first password is no change.
  if (before && before.passwordChangedAt !== null) {
    await deps.mails.notify(tx, 'password_changed', effect.user, context.request)
  }
}

/** Nothing but the hash changes: nobody's password did. One that was set since the check must not be undone by it. */
const rehashPassword = async (
  deps: Deps,
  tx: Tx,
  { user, rehash }: Of<'rehash_password'>,
  context: EffectContext,
): Promise<undefined> => {
  const { credentials } = deps.store
  const kept = await credentials.byId(tx, rehash.credential)
  if (kept?.userId !== user || kept.kind !== 'password') return
  const [before, after] = [{ hash: rehash.before }, { hash: rehash.after }]
  if (!(await credentials.replaceData(tx, kept.id, before, after, context.request.at))) return
  await deps.recorder.in(tx, {
    type: 'user.password_rehashed',
    actor: await by(deps, tx, user),
    target: `users/${user}`,
    client: clientOf(context.request),
  })
}

/** Rolls the step back: somebody else used the same code, or the authenticator is gone. */
export class CredentialOvertaken extends Error {}

const addCredential = async (
  deps: Deps,
  tx: Tx,
  { user, credential, single, proof }: Of<'add_credential'>,
  context: EffectContext,
): Promise<Performed | undefined> => {
  const { credentials } = deps.store
  const { signedIn, request } = context
  const about = { tx, user, actor: await by(deps, tx, user), client: clientOf(request) }
  if (single) {
    for (const old of await credentials.of(tx, user, credential.kind)) await removeCredential(deps, about, old)
  }
  await credentials.insert(tx, { ...credential, userId: user, createdAt: request.at, lastUsedAt: null })
  await deps.recorder.in(tx, {
    type: 'credential.added',
    actor: about.actor,
    target: `users/${user}`,
    detail: { credential: credential.id, kind: credential.kind, name: credential.name, flow: context.flow },
    client: about.client,
  })
  // A session that knows more than its cookie did gets another (F01).
  if (signedIn?.person.user.id !== user) return undefined
  return { session: await deps.sessions.rotate(tx, signedIn.session, proof === null ? [] : [proof], request.at) }
}

/** Compare and set: of two answers that were checked against the same data, one is taken (E12, E16). */
const useCredential = async (
  deps: Deps,
  tx: Tx,
  { user, credential, before, after }: Of<'use_credential'>,
  context: EffectContext,
): Promise<undefined> => {
  const { credentials } = deps.store
  const held = await credentials.byId(tx, credential)
  if (held?.userId !== user) throw new CredentialOvertaken()
  if (!(await credentials.replaceData(tx, credential, before, after, context.request.at))) {
    throw new CredentialOvertaken()
  }
  await deps.recorder.in(tx, {
    type: 'credential.used',
    actor: await by(deps, tx, user),
    target: `users/${user}`,
    detail: { credential, kind: held.kind, name: held.name, flow: context.flow },
    client: clientOf(context.request),
  })
}

const sendLink = async (deps: Deps, tx: Tx, effect: Of<'send_link'>, context: EffectContext): Promise<undefined> => {
  await deps.mails.sendLink(tx, effect, context.request)
}

const spendLink = async (
  deps: Deps,
  tx: Tx,
  { linkHash }: Of<'spend_link'>,
  { request }: EffectContext,
): Promise<undefined> => {
  // Used by somebody else at the same moment, or void since it was looked at.
  if (!(await deps.mails.links.spend(tx, linkHash, request.at))) throw new NoLongerAllowed()
}

const giveConsent = async (
  deps: Deps,
  tx: Tx,
  effect: Of<'give_consent'>,
  context: EffectContext,
): Promise<undefined> => {
  const { user, application, clientId, scopes, expiresAt } = effect
  // A74: a consent is given by who is signed in, for themself; nothing in the page can say otherwise.
  if (context.signedIn?.person.user.id !== user) throw new Error('consent for somebody who is not signed in')
  await deps.store.consents.put(tx, {
    userId: user,
    clientId,
    application,
    scopes,
    grantedAt: context.request.at,
    expiresAt,
  })
  await deps.recorder.in(tx, {
    type: 'consent.given',
    actor: await by(deps, tx, user),
    target: `applications/${application}`,
    detail: { client: clientId, scopes: [...scopes] },
    client: clientOf(context.request),
  })
}

const recordStageEvent = async (
  deps: Deps,
  tx: Tx,
  effect: Of<'record'>,
  context: EffectContext,
): Promise<undefined> => {
  const { type, user, target, detail } = effect.event
  await deps.recorder.in(tx, {
    type,
    actor: user ? await by(deps, tx, user) : { kind: 'anonymous' },
    detail: { flow: context.flow, ...(context.application ? { application: context.application } : {}), ...detail },
    client: clientOf(context.request),
    ...(target ? { target } : {}),
  })
}
