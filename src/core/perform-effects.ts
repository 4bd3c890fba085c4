/**
 * What a stage's effects do. All effects of one step happen in one transaction, each with its event: a sign-in that
 * could not be recorded did not happen.
 */
import { type CredentialId, newId, type UserId } from '../base/ids.ts'
import type { Random } from '../base/random.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { Person } from '../domain/people/person.ts'
import { amrOf, type Proof, type Session } from '../domain/sessions/session.ts'
import type { Actor } from '../events/event.ts'
import { knownSince } from '../flow/known-since.ts'
import type { KnownDevice, Trust } from '../flow/ports.ts'
import type { Effect } from '../kinds/contract/stage.ts'
import type { Store, Tx } from '../store/store.ts'
import { credentialLookup } from './credential-lookup.ts'
import { endEverything, endSessions } from './end-everything.ts'
import { createUser } from './enrolment/create-user.ts'
import type { Invitations } from './enrolment/invitations.ts'
import type { FirstRun } from './first-run.ts'
import type { Guesses } from './guesses.ts'
import type { Mails } from './mails/mails.ts'
import type { Passwords } from './passwords.ts'
import { performAccountEffect } from './perform-account-effect.ts'
import { actorOf, clientOf, type Recorder, userActor } from './recorder.ts'
import { removeCredential } from './remove-credential.ts'
import { type IssuedSession, NoLongerAllowed, type Sessions, signedInAnew } from './sessions.ts'
import type { TrustedDevices } from './trusted-devices.ts'

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
export type Performed = { readonly session: IssuedSession | null | undefined; readonly trust?: Trust }

export type PerformEffects = (tx: Tx, effects: readonly Effect[], context: EffectContext) => Promise<Performed>

type Deps = {
  readonly store: Store
  readonly sessions: Sessions
  readonly recorder: Recorder
  readonly firstRun: Pick<FirstRun, 'complete'>
  readonly mails: Pick<Mails, 'sendLink' | 'sendCode' | 'notify' | 'tell' | 'tellAdministrators' | 'links'>
  readonly guesses: Pick<Guesses, 'forgiveIn'>
  readonly trustedDevices: Pick<TrustedDevices, 'trust'>
  readonly invitations: Pick<Invitations, 'take'>
  readonly passwords: Pick<Passwords, 'userDue' | 'rules' | 'kept'>
  readonly random: Random
}

export const createPerformEffects =
  (deps: Deps): PerformEffects =>
  async (tx, effects, context) => {
    let current: Performed = { session: undefined }
    for (const effect of effects) {
      const performed = await performOne(deps, tx, effect, context)
      if (performed !== undefined) current = { ...current, ...performed }
    }
    return current
  }

type Of<Kind extends Effect['do']> = Extract<Effect, { do: Kind }>

const performOne = async (
  deps: Deps,
  tx: Tx,
  effect: Effect,
  context: EffectContext,
): Promise<Partial<Performed> | undefined> => {
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
    case 'trust_device':
      return trustDevice(deps, tx, effect, context)
    case 'decline':
      return decline(deps, tx, effect)
    case 'give_consent':
      return giveConsent(deps, tx, effect, context)
    case 'send_link':
      return sendLink(deps, tx, effect, context)
    case 'send_code':
      return sendCode(deps, tx, effect, context)
    case 'spend_link':
      return spendLink(deps, tx, effect, context)
    case 'complete_setup':
      return deps.firstRun.complete(tx, effect, context.request)
    case 'agree_terms':
    case 'change_email':
    case 'delete_user':
      return performAccountEffect(deps, tx, effect, context)
    case 'forgive_guess':
      await deps.guesses.forgiveIn(tx, effect.ticket)
      return undefined
    case 'record':
      return recordStageEvent(deps, tx, effect, context)
  }
}

const by = async (deps: Deps, tx: Tx, user: UserId): Promise<Actor> => {
  const row = await deps.store.users.byId(tx, user)
  return userActor(row ?? { id: user, username: '' })
}

/** However a flow was drawn: a password that is due to be changed signs nobody in before it was. */
const refuseDue = async (
  { store, passwords }: Deps,
  tx: Tx,
  id: UserId,
  proofs: readonly Proof[],
  now: number,
): Promise<void> => {
  if (!proofs.some(({ method }) => method === 'pwd')) return
  const user = await store.users.byId(tx, id)
  if (user && passwords.userDue(user, now)) throw new NoLongerAllowed()
}

const signIn = async (deps: Deps, tx: Tx, effect: Of<'sign_in'>, context: EffectContext): Promise<IssuedSession> => {
  const { signedIn, request } = context
  await refuseDue(deps, tx, effect.user, effect.proofs, request.at)
  // The old cookie dies with the sign-in (F01), whosever it was.
  if (signedIn) await deps.sessions.end(tx, signedIn.session, signedInAnew(signedIn, request))
  const before = await deps.store.users.byId(tx, effect.user)
  const deviceSince = knownSince(context.device, effect.user, request.at)
  const issued = await deps.sessions.begin(tx, {
    ...effect,
    request,
    ...(deviceSince === null ? {} : { deviceSince }),
  })
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
  const isKnown = deviceSince !== null || before?.lastLoginAt === null
  if (!isKnown) await deps.mails.notify(tx, 'new_device', effect.user, request)
  return issued
}

const prove = async (deps: Deps, tx: Tx, effect: Of<'prove'>, context: EffectContext): Promise<IssuedSession> => {
  const { signedIn, request } = context
  if (!signedIn) throw new Error('nothing to prove to: nobody is signed in')
  await refuseDue(deps, tx, signedIn.person.user.id, effect.proofs, request.at)
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
  await store.credentials.setPassword(tx, effect.user, id, effect.hash, now, { keep: deps.passwords.kept() })
  // F13, G15, A33: whoever knew the old password is out, at every door; this browser stays.
  const keep = context.signedIn?.person.user.id === effect.user ? context.signedIn.session.id : undefined
  const reason = { user: effect.user, why: 'password changed', now, except: keep }
  // Only who is signed in changes their own password; who comes by recovery, or first run, resets it.
  const ended =
    keep === undefined || deps.passwords.rules().endsGrants
      ? await endEverything(store, tx, reason)
      : await endSessions(store, tx, reason)
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
  { user, credential: added, single, proofs }: Of<'add_credential'>,
  context: EffectContext,
): Promise<Performed | undefined> => {
  const { credentials } = deps.store
  const { signedIn, request } = context
  const { lookup, ...credential } = added
  const about = { tx, user, actor: await by(deps, tx, user), client: clientOf(request) }
  if (single) {
    for (const old of await credentials.of(tx, user, credential.kind)) await removeCredential(deps, about, old)
  }
  await credentials.insert(tx, {
    ...credential,
    userId: user,
    createdAt: request.at,
    lastUsedAt: null,
    lookup: lookup === undefined ? null : credentialLookup(credential.kind, lookup),
  })
  await deps.recorder.in(tx, {
    type: 'credential.added',
    actor: about.actor,
    target: `users/${user}`,
    detail: { credential: credential.id, kind: credential.kind, name: credential.name, flow: context.flow },
    client: about.client,
  })
  // A session that knows more than its cookie did gets another (F01).
  if (signedIn?.person.user.id !== user) return undefined
  return { session: await deps.sessions.rotate(tx, signedIn.session, proofs, request.at) }
}

const trustDevice = async (
  deps: Deps,
  tx: Tx,
  effect: Of<'trust_device'>,
  { request, flow }: EffectContext,
): Promise<Partial<Performed>> => {
  const { user, token, until } = effect
  await deps.trustedDevices.trust(tx, effect, { actor: await by(deps, tx, user), request, flow })
  return { trust: { user, token, until } }
}

/** A wish about what is shown, and nothing about security: no event. */
const decline = async (deps: Deps, tx: Tx, { user, offer, until }: Of<'decline'>): Promise<undefined> => {
  await deps.store.declined.put(tx, user, offer, until)
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

const sendCode = async (deps: Deps, tx: Tx, effect: Of<'send_code'>, context: EffectContext): Promise<undefined> => {
  await deps.mails.sendCode(tx, effect, context.request)
  await deps.recorder.in(tx, {
    type: 'mail.code_sent',
    actor: await by(deps, tx, effect.user),
    target: `users/${effect.user}`,
    detail: { flow: context.flow },
    client: clientOf(context.request),
  })
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
