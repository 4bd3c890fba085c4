/** Invitations: made, listed, taken back. The link is told once, or mailed and told to nobody. */
import { DAY, HOUR } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/duration.ts'
import type { GroupId, InvitationId } from '../../../base/ids.ts'
import type { Json } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Duration, type Issue, Line, Slug, type Static, Type } from '../../../base/schema.ts'
import type { Invitation } from '../../../domain/invitations/invitation.ts'
import { isEmailAddress } from '../../../domain/users/user.ts'
import { qrCode } from '../../../pages/qr-code.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Changing, change } from '../change.ts'
import { idIn } from '../find.ts'
import { ListParameters, listQuery, WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { Instant, instant, ListOf, pageAnswer } from '../shapes.ts'
import { intoGroup } from '../targets.ts'
import { usernameIssues } from '../users/desired-user.ts'

const TAG = 'Invitations'
const LONGEST = 90 * DAY

const NewInvitation = Closed(
  {
    flow: Slug({ default: 'enrol-invited', description: 'A flow of enrolment with a stage `invitation`.' }),
    email: Type.Optional(Line({ description: 'Whom it is for: no other address can be given.' })),
    send: Type.Boolean({
      default: false,
      description:
        'Mail it there. Then the link is told to nobody else, and whoever uses it has shown that they read that mailbox.',
    }),
    username: Type.Optional(Line({ minLength: 1, description: 'To begin with; it can be changed.' })),
    name: Type.Optional(Line({ minLength: 1, description: 'To begin with; it can be changed.' })),
    groups: Type.Array(Slug(), {
      default: [],
      maxItems: 50,
      uniqueItems: true,
      description: 'That it puts people into.',
    }),
    uses: Type.Integer({ default: 1, minimum: 1, maximum: 10_000, description: 'How many accounts it makes.' }),
    valid_for: Duration({ default: '3d', description: 'Ninety days at most.' }),
  },
  { title: 'NewInvitation' },
)
type NewInvitation = Static<typeof NewInvitation>

const InvitationView = Closed(
  {
    id: Type.String({ format: 'id' }),
    flow: Type.String(),
    email: Type.Union([Type.String(), Type.Null()]),
    sent: Type.Boolean({ description: 'It was mailed to that address.' }),
    groups: Type.Array(Type.String({ format: 'id' }), { description: 'By id.' }),
    uses: Type.Integer(),
    used: Type.Integer(),
    inviter: Type.Union([Type.String({ format: 'id' }), Type.Null()], { description: 'Null: made on the server.' }),
    created_at: Instant('When it was made.'),
    expires_at: Instant('Until when it counts.'),
  },
  { title: 'Invitation' },
)

const MadeInvitation = Closed(
  {
    ...InvitationView.properties,
    link: Type.Union([Type.String(), Type.Null()], {
      description: 'Told here and never again; null where it was mailed.',
    }),
    qr: Type.Union([Type.String(), Type.Null()], { description: 'The link as a QR code, SVG.' }),
  },
  { title: 'MadeInvitation' },
)

const view = ({ id, flow, data, uses, used, inviter, createdAt, expiresAt }: Invitation) => ({
  id,
  flow,
  email: data.email ?? null,
  sent: data.mailed === true,
  groups: [...data.groups],
  uses,
  used,
  inviter,
  created_at: instant(createdAt),
  expires_at: instant(expiresAt),
})

export const invitationRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'invitations.list',
    summary: 'Lists invitations, the oldest first; never their links.',
    method: 'GET',
    path: '/invitations',
    permission: 'users.read',
    query: ListParameters,
    response: ListOf(InvitationView),
    handle: async ({ query, caller }) =>
      ok(
        pageAnswer(
          await deps.store.invitations.list(deps.store.read, listQuery(query, caller)),
          (one): Json => view(one),
        ),
      ),
  }),
  route({
    tag: TAG,
    id: 'invitations.create',
    summary: 'Invites somebody: a link and a QR code to hand over, or a mail.',
    description:
      'It counts while whoever made it may sign in, and may give what it gives. Groups need what adding somebody to them needs.',
    method: 'POST',
    path: '/invitations',
    permission: 'users.write',
    query: WhyParameter,
    body: NewInvitation,
    response: MadeInvitation,
    status: 201,
    handle: (call) => make(deps, call),
  }),
  route({
    tag: TAG,
    id: 'invitations.delete',
    summary: 'Takes an invitation back. Accounts that were made by it stay.',
    method: 'DELETE',
    path: '/invitations/:invitation',
    permission: 'users.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => takeBack(deps, call),
  }),
]

const make = async (deps: ApiDeps, call: Call<WhyParameter, NewInvitation>): Promise<Result<Answer, ApiFailure>> => {
  const { body, request, caller } = call
  const issues = await issuesOf(deps, body)
  if (issues.length > 0) return refuse('invalid', 'The invitation is not valid.', issues)
  if (body.send && !deps.mails.outbox.ready()) {
    return refuse('conflict', 'No mail server is set up: leave out `send`, and hand the link over.')
  }
  const made = await change(deps, call, async (changing) => {
    const allowed = changing.allows('users.write', {})
    if (!allowed.ok) return allowed
    const groups = await groupsOf(changing, body.groups)
    if (!groups.ok) return groups
    const { email, username, name } = body
    const data = {
      ...(email === undefined ? {} : { email }),
      ...(body.send ? { mailed: true } : {}),
      ...(username === undefined ? {} : { username }),
      ...(name === undefined ? {} : { name }),
      groups: groups.value,
    }
    const expiresAt = changing.now + Math.min(parseDuration(body.valid_for) ?? HOUR, LONGEST)
    const { user } = caller.person
    const about = {
      flow: body.flow,
      data,
      uses: body.uses,
      expiresAt,
      inviter: user.id,
      organisation: user.organisation,
    }
    const { invitation, link } = await deps.invitations.make(changing.tx, about, {
      origin: request.origin,
      now: changing.now,
    })
    await changing.record('invitation.created', `invitations/${invitation.id}`, {
      flow: body.flow,
      email: email ?? null,
      groups: body.groups,
      uses: body.uses,
      expires_at: instant(expiresAt),
    })
    if (body.send && email !== undefined) {
      const content = {
        mail: 'invited',
        inviter: user.name || user.username,
        link,
        lasts: expiresAt - changing.now,
      } as const
      const { origin } = request
      await deps.mails.tell(changing.tx, content, email, { locale: null, origin, now: changing.now, until: expiresAt })
    }
    return ok({
      ...view(invitation),
      ...(body.send ? { link: null, qr: null } : { link, qr: qrCode(link, 'QR').markup }),
    })
  })
  return made.ok ? ok({ status: 201, body: made.value }) : made
}

const issuesOf = async ({ flows, store }: ApiDeps, body: NewInvitation): Promise<Issue[]> => {
  const issues: Issue[] = []
  const flow = await flows.current(body.flow)
  if (flow?.purpose !== 'enrol' || ![...flow.nodes.values()].some(({ kind }) => kind.invites)) {
    issues.push({ path: 'flow', message: 'is no flow of enrolment that asks for an invitation' })
  }
  const { email, username } = body
  if (email !== undefined && !isEmailAddress(email))
    issues.push({ path: 'email', message: 'must be an e-mail address' })
  else if (email !== undefined && (await store.emails.taken(store.read, email))) {
    issues.push({ path: 'email', message: 'is somebody’s already' })
  }
  if (body.send && email === undefined) issues.push({ path: 'email', message: 'is where it would be sent' })
  // A second one of the same address could make no account.
  if (email !== undefined && body.uses > 1) issues.push({ path: 'uses', message: 'is 1 where it is for one address' })
  if (username !== undefined) issues.push(...usernameIssues(username, 'username'))
  return issues
}

const groupsOf = async (changing: Changing, slugs: readonly string[]): Promise<Result<GroupId[], ApiFailure>> => {
  const { groups } = await changing.authority()
  const found: GroupId[] = []
  for (const [index, slug] of slugs.entries()) {
    const group = [...groups.values()].find((one) => one.slug === slug)
    if (!group) {
      const message = `there is no "${slug}" among groups`
      return refuse('invalid', 'The invitation is not valid.', [{ path: `groups[${index}]`, message }])
    }
    const allowed = changing.allows('groups.write', await intoGroup(changing, group.id))
    if (!allowed.ok) return allowed
    found.push(group.id)
  }
  return ok(found)
}

const takeBack = async (deps: ApiDeps, call: Call<WhyParameter>): Promise<Result<Answer, ApiFailure>> => {
  const { store } = deps
  const done = await change(deps, call, async (changing) => {
    const id = idIn<InvitationId>(call.params, 'invitation')
    const found = await store.invitations.byId(changing.tx, id)
    if (found?.organisation !== call.caller.person.user.organisation) {
      return refuse('not_found', 'There is no such invitation.')
    }
    const allowed = changing.allows('users.write', {})
    if (!allowed.ok) return allowed
    await store.invitations.remove(changing.tx, id)
    await changing.record('invitation.removed', `invitations/${id}`, { flow: found.flow, used: found.used })
    return ok(null)
  })
  return done.ok ? ok({ status: 204, body: null }) : done
}
