/** What stages do to the account itself: terms that were agreed to, another address, its end; each with its event. */
import { type EmailId, newId, type UserId } from '../base/ids.ts'
import type { Random } from '../base/random.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import { emailKey } from '../domain/users/user.ts'
import type { Actor } from '../events/event.ts'
import type { Effect } from '../kinds/contract/stage.ts'
import type { Store, Tx } from '../store/store.ts'
import { administersNothing } from './administers-nothing.ts'
import { endEverything } from './end-everything.ts'
import type { Mails } from './mails/mails.ts'
import { clientOf, type Recorder, userActor } from './recorder.ts'
import { NoLongerAllowed } from './sessions.ts'

type Deps = {
  readonly store: Store
  readonly recorder: Pick<Recorder, 'in'>
  readonly mails: Pick<Mails, 'notify' | 'tell'>
  readonly random: Random
}
type Context = { readonly request: RequestFacts; readonly flow: string }
type Of<Kind extends Effect['do']> = Extract<Effect, { do: Kind }>

export type AccountEffect = Of<'agree_terms' | 'change_email' | 'delete_user'>

/** Null as the session: this browser is signed out by it. */
export const performAccountEffect = (
  deps: Deps,
  tx: Tx,
  effect: AccountEffect,
  context: Context,
): Promise<{ readonly session: null } | undefined> => {
  switch (effect.do) {
    case 'agree_terms':
      return agreeTerms(deps, tx, effect, context)
    case 'change_email':
      return changeEmail(deps, tx, effect, context)
    case 'delete_user':
      return deleteUser(deps, tx, effect, context)
  }
}

const by = async ({ store }: Deps, tx: Tx, user: UserId): Promise<Actor> =>
  userActor((await store.users.byId(tx, user)) ?? { id: user, username: '' })

const agreeTerms = async (
  deps: Deps,
  tx: Tx,
  { user, terms, version }: Of<'agree_terms'>,
  { flow, request }: Context,
): Promise<undefined> => {
  await deps.store.agreedTerms.put(tx, user, terms, version, request.at)
  await deps.recorder.in(tx, {
    type: 'terms.agreed',
    actor: await by(deps, tx, user),
    target: `users/${user}`,
    detail: { terms, version, flow },
    client: clientOf(request),
  })
}

const changeEmail = async (
  deps: Deps,
  tx: Tx,
  { user, address }: Of<'change_email'>,
  { request }: Context,
): Promise<undefined> => {
  const { store, random } = deps
  const now = request.at
  const before = await store.emails.of(tx, user)
  const own = before.find((one) => emailKey(one.address) === emailKey(address))
  if (!own && (await store.emails.taken(tx, address))) throw new NoLongerAllowed()
  const id = own?.id ?? newId<EmailId>(now, random)
  const row = { id, userId: user, address, primary: false, verifiedAt: now, verifiedBy: 'link' } as const
  if (!own) await store.emails.insert(tx, row)
  else if (own.verifiedAt === null) await store.emails.verify(tx, id, 'link', now)
  await store.emails.setPrimary(tx, user, id)
  const was = before.find((one) => one.primary)
  if (was && was.id !== id) await store.emails.remove(tx, was.id)
  await deps.recorder.in(tx, {
    type: 'user.email_changed',
    actor: await by(deps, tx, user),
    target: `users/${user}`,
    client: clientOf(request),
  })
  // A thief would not tell them.
  if (was && was.verifiedAt !== null && was.id !== id) {
    await deps.mails.notify(tx, 'email_changed', user, request, was.address)
  }
}

const deleteUser = async (
  deps: Deps,
  tx: Tx,
  { user }: Of<'delete_user'>,
  { request }: Context,
): Promise<{ readonly session: null }> => {
  const { store } = deps
  const row = await store.users.byId(tx, user)
  // Seen here too: a group may have been joined since the page was opened.
  if (!row || row.managedBy !== null || !(await administersNothing(store, tx, user, request.at))) {
    throw new NoLongerAllowed()
  }
  const to = (await store.emails.of(tx, user)).find((one) => one.primary && one.verifiedAt !== null)?.address ?? null
  const ended = await endEverything(store, tx, { user, why: 'account deleted by the person', now: request.at })
  await store.users.remove(tx, user)
  await deps.recorder.in(tx, {
    type: 'user.deleted',
    // By id alone: who that was is not said once they are gone.
    actor: userActor({ id: user, username: '' }),
    target: `users/${user}`,
    detail: { by: 'the person', ended },
    client: clientOf(request),
  })
  if (to !== null) {
    const content = { mail: 'deleted', username: row.username, name: row.name } as const
    await deps.mails.tell(tx, content, to, { locale: row.locale, origin: request.origin, now: request.at })
  }
  return { session: null }
}
