/**
 * Makes a person in a flow, with all that comes with it in the same transaction: address, groups, the use of an invitation
 * (G08), and the wait for somebody's yes.
 */
import { type EmailId, type GroupId, newId } from '../../base/ids.ts'
import type { Random } from '../../base/random.ts'
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { Effect } from '../../kinds/contract/stage.ts'
import type { Store, Tx } from '../../store/store.ts'
import type { Mails } from '../mails/mails.ts'
import { clientOf, type Recorder } from '../recorder.ts'
import { NoLongerAllowed } from '../sessions.ts'
import type { Invitations } from './invitations.ts'

type Deps = {
  readonly store: Store
  readonly recorder: Pick<Recorder, 'in'>
  readonly mails: Pick<Mails, 'tellAdministrators'>
  readonly invitations: Pick<Invitations, 'take'>
  readonly random: Random
}
type CreateUser = Extract<Effect, { do: 'create_user' }>
type Context = { readonly request: RequestFacts; readonly flow: string }

export const createUser = async (deps: Deps, tx: Tx, effect: CreateUser, context: Context): Promise<undefined> => {
  const { store, random } = deps
  const now = context.request.at
  // G09: seen here, since two may come at once. Under one address, neither of two people could be found by it.
  if (effect.newAddress && effect.email !== null && (await store.emails.taken(tx, effect.email))) {
    throw new NoLongerAllowed()
  }
  const invited = await takeInvitation(deps, tx, effect, context)
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
    ...(effect.held ? { held: { why: effect.held, since: now } } : {}),
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
  for (const groupId of invited) {
    if (await store.groups.byId(tx, groupId)) {
      await store.groups.addMember(tx, { userId: effect.user, groupId, until: null })
    }
  }
  await deps.recorder.in(tx, {
    type: 'user.created',
    actor: { kind: 'system', name: `flow ${context.flow}` },
    target: `users/${effect.user}`,
    detail: {
      username: effect.username,
      groups: [...effect.groups],
      ...(effect.invitation ? { invitation: effect.invitation } : {}),
    },
    client: clientOf(context.request),
  })
  if (effect.held) await askForYes(deps, tx, effect, context)
}

/** The groups that it gives. */
const takeInvitation = async (
  deps: Deps,
  tx: Tx,
  { invitation, email, user }: CreateUser,
  { flow, request }: Context,
): Promise<readonly GroupId[]> => {
  if (invitation === undefined) return []
  const taken = await deps.invitations.take(tx, invitation, { flow, email, now: request.at })
  // G08: used up, ended, or its inviter gone, since it was looked at.
  if (!taken) throw new NoLongerAllowed()
  await deps.recorder.in(tx, {
    type: 'invitation.used',
    actor: { kind: 'system', name: `flow ${flow}` },
    target: `invitations/${invitation}`,
    detail: { user },
    client: clientOf(request),
  })
  return taken.groups
}

const askForYes = async (
  deps: Deps,
  tx: Tx,
  { user, username, name, email }: CreateUser,
  { flow, request }: Context,
): Promise<void> => {
  await deps.recorder.in(tx, {
    type: 'user.approval_asked',
    actor: { kind: 'system', name: `flow ${flow}` },
    target: `users/${user}`,
    detail: { username },
    client: clientOf(request),
  })
  const content = { mail: 'approval_asked', username, name, email: email ?? '', at: request.at } as const
  await deps.mails.tellAdministrators(tx, content, user, request)
}
