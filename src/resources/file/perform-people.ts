/** Performs what was planned for groups and people, each deed with its event, in the caller's transaction. */
import { type CredentialId, type EmailId, newId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { emailKey, usernameKey } from '../../domain/users/user.ts'
import type { EventType } from '../../events/catalog.ts'
import type { Tx } from '../../store/store.ts'
import type { Author } from '../edit/author.ts'
import { giversFirst } from '../edit/givers-first.ts'
import { changesDetail } from '../edit/write-revisions.ts'
import type { FilesDeps } from './files-deps.ts'
import type { GroupStep } from './plan-groups.ts'
import { activeAfter, type DesiredEmail, type UserStep } from './plan-users.ts'
import { markName } from './prepare-passwords.ts'

type Performing = { readonly deps: FilesDeps; readonly tx: Tx; readonly author: Author }

const record = (to: Performing, type: EventType, target: string, detail: JsonObject): Promise<void> =>
  to.deps.record(to.tx, { type, actor: to.author.actor, target, detail })

// --- Groups. Those that go, go last, once nobody is a member by the file any more.

export const performGroups = async (to: Performing, steps: readonly GroupStep[], groupIds: GroupIds): Promise<void> => {
  // A group may take a name that another gives up in the same apply.
  for (const step of inRenameOrder(
    steps,
    (one) => one.slug,
    (one) => one.present?.slug,
  ))
    await renameGroup(to, step)
  for (const step of steps) if (step.action === 'create') await createGroup(to, step)
  for (const step of steps) if (step.desired && step.action !== 'none') await settleGroup(to, step, groupIds)
}

export type GroupIds = ReadonlyMap<string, GroupStep['id']>

const renameGroup = async ({ deps, tx }: Performing, { action, id, slug }: GroupStep): Promise<void> => {
  if (action === 'rename') await deps.store.groups.update(tx, id, { slug }, deps.clock.now())
}

const createGroup = async ({ deps, tx }: Performing, { id, slug, desired }: GroupStep): Promise<void> => {
  // Parents come with the second look: they may be made in this apply too.
  await deps.store.groups.insert(tx, {
    id,
    slug,
    name: desired?.spec.name ?? slug,
    parents: [],
    roles: [],
    attributes: {},
    organisation: deps.organisation,
    managedBy: desired?.file ?? null,
    createdAt: deps.clock.now(),
  })
}

const settleGroup = async (to: Performing, step: GroupStep, groupIds: GroupIds): Promise<void> => {
  const { deps, tx } = to
  const { id, slug, desired, action } = step
  if (!desired) return
  const { name = slug, roles, attributes } = desired.spec
  const parents = desired.spec.parents.flatMap((parent) => groupIds.get(parent) ?? [])
  const patch = { name, roles, parents, attributes: attributes as JsonObject, managedBy: desired.file }
  await deps.store.groups.update(tx, id, patch, deps.clock.now())
  const type = action === 'create' ? 'group.created' : 'group.updated'
  await record(to, type, `groups/${slug}`, changesDetail(step.changes))
}

export const deleteGroups = async (to: Performing, steps: readonly GroupStep[]): Promise<void> => {
  for (const { action, id, slug, changes } of steps) {
    if (action !== 'delete') continue
    await to.deps.store.groups.remove(to.tx, id)
    await record(to, 'group.deleted', `groups/${slug}`, changesDetail(changes))
  }
}

// --- People.

export const performUsers = async (to: Performing, steps: readonly UserStep[]): Promise<void> => {
  const changing = steps.filter((step) => step.action !== 'none')
  for (const step of changing) if (step.desired === null) await dropUser(to, step)
  // Addresses and names are given up by everybody before anybody takes one.
  for (const step of changing) await removeEmails(to, step)
  const name = (step: UserStep) => usernameKey(step.username)
  const former = (step: UserStep) => step.present && usernameKey(step.present.user.username)
  for (const step of inRenameOrder(changing, name, former)) if (step.present) await updateUser(to, step)
  for (const step of changing) if (!step.present) await createUser(to, step)
  for (const step of changing) if (step.desired) await settleUser(to, step)
}

const dropUser = async (to: Performing, { id, action, changes }: UserStep): Promise<void> => {
  const { deps, tx } = to
  await deps.store.users.update(tx, id, { active: false, managedBy: null }, deps.clock.now())
  const type = action === 'disable' ? 'user.disabled' : 'user.updated'
  await record(to, type, `users/${id}`, { why: 'no longer in the configuration', ...changesDetail(changes) })
}

const createUser = async (to: Performing, { id, username, desired, changes }: UserStep): Promise<void> => {
  const { deps, tx } = to
  if (!desired) return
  const { spec, file } = desired
  await deps.store.users.insert(tx, {
    id,
    ...(spec.number === undefined ? {} : { number: spec.number }),
    username,
    name: spec.name ?? username,
    kind: spec.kind ?? 'internal',
    active: spec.active ?? true,
    attributes: (spec.attributes ?? {}) as JsonObject,
    organisation: deps.organisation,
    locale: spec.locale ?? null,
    managedBy: file,
    createdAt: deps.clock.now(),
  })
  await record(to, 'user.created', `users/${id}`, { username, ...changesDetail(changes) })
}

const updateUser = async (to: Performing, step: UserStep): Promise<void> => {
  const { deps, tx } = to
  const { id, username, desired, present, changes } = step
  if (!desired || !present) return
  const { spec, file } = desired
  const active = activeAfter(spec, present)
  const patch = {
    username,
    ...(spec.name === undefined ? {} : { name: spec.name }),
    ...(spec.kind === undefined ? {} : { kind: spec.kind }),
    ...(spec.attributes === undefined ? {} : { attributes: spec.attributes as JsonObject }),
    ...(spec.locale === undefined ? {} : { locale: spec.locale }),
    active,
    managedBy: file,
  }
  await deps.store.users.update(tx, id, patch, deps.clock.now())
  const wasActive = present.user.active
  const type = active === wasActive ? 'user.updated' : active ? 'user.enabled' : 'user.disabled'
  await record(to, type, `users/${id}`, { username, ...changesDetail(changes) })
}

/** What hangs off the row: addresses, memberships, subjects, the password. */
const settleUser = async (to: Performing, step: UserStep): Promise<void> => {
  await addEmails(to, step)
  await settleMemberships(to, step)
  for (const [scope, value] of Object.entries(step.desired?.spec.subjects ?? {})) {
    if (step.present?.subjects.get(scope) !== value) await to.deps.store.users.setSubject(to.tx, step.id, scope, value)
  }
  await setPassword(to, step)
}

const stays = (emails: readonly DesiredEmail[], address: string, verified: boolean): boolean =>
  // One that the file no longer vouches for is taken away and put back unverified.
  emails.some((one) => one.address === address && (one.verified || !verified))

const removeEmails = async ({ deps, tx }: Performing, { present, emails }: UserStep): Promise<void> => {
  if (!present || !emails) return
  for (const { id, address, verifiedAt } of present.emails) {
    if (!stays(emails, address, verifiedAt !== null)) await deps.store.emails.remove(tx, id)
  }
}

const addEmails = async ({ deps, tx }: Performing, { id: userId, present, emails }: UserStep): Promise<void> => {
  if (!emails) return
  const now = deps.clock.now()
  for (const [index, { address, verified }] of emails.entries()) {
    const found = present?.emails.find((one) => emailKey(one.address) === emailKey(address))
    const kept = found && stays(emails, found.address, found.verifiedAt !== null) ? found : undefined
    const id = kept?.id ?? newId<EmailId>(now, deps.random)
    const proof = verified ? ({ verifiedAt: now, verifiedBy: 'administrator' } as const) : NOT_VERIFIED
    if (!kept) await deps.store.emails.insert(tx, { id, userId, address, primary: false, ...proof })
    else if (verified && kept.verifiedAt === null) await deps.store.emails.verify(tx, id, 'administrator', now)
    if (index === 0 && !kept?.primary) await deps.store.emails.setPrimary(tx, userId, id)
  }
}

const NOT_VERIFIED = { verifiedAt: null, verifiedBy: null }

const settleMemberships = async (to: Performing, { id, present, memberships }: UserStep): Promise<void> => {
  const { deps, tx } = to
  const wanted = new Set(memberships.map((one) => one.group))
  for (const { groupId } of present?.memberships ?? []) {
    if (wanted.has(groupId)) continue
    if (await deps.store.groups.removeMember(tx, id, groupId)) {
      await record(to, 'membership.removed', `users/${id}`, { group: groupId })
    }
  }
  for (const { group, slug, until } of memberships) {
    if (await deps.store.groups.addMember(tx, { userId: id, groupId: group, until })) {
      await record(to, 'membership.added', `users/${id}`, { group: slug, until })
    }
  }
}

const setPassword = async (to: Performing, { id, password, present }: UserStep): Promise<void> => {
  if (!password) return
  const { deps, tx } = to
  const now = deps.clock.now()
  const { hash, mustChange } = password
  const options = { keep: deps.formerKept(), mustChange }
  await deps.store.credentials.setPassword(tx, id, newId<CredentialId>(now, deps.random), hash, now, options)
  // Whoever knew the password that was put away is out with it.
  if (present?.passwordHash) await deps.store.users.bumpGeneration(tx, id, now)
  if (password.mark !== null) await deps.store.instance.set(tx, markName(id), { mark: password.mark, at: now })
  await record(to, 'user.password_set', `users/${id}`, { by: 'configuration' })
}

/** Those that give a name up before those that take it. */
const inRenameOrder = <Step>(
  steps: readonly Step[],
  name: (step: Step) => string,
  former: (step: Step) => string | null | undefined,
): Step[] => {
  const holders = new Map(steps.map((step) => [former(step), step]))
  return giversFirst(steps, (step) => {
    const holder = holders.get(name(step))
    return holder && holder !== step ? [holder] : []
  })
}
