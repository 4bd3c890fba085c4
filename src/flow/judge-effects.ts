/**
 * Which effects a stage may have: whatever a flow's author draws, nobody is signed in without a proof, and a stage
 * touches only whoever proved who they are in this attempt, is signed in, or was made by it (G04, G09, A45, A74).
 */
import type { UserId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { Person } from '../domain/people/person.ts'
import { provenEnough } from '../domain/sessions/proven-enough.ts'
import type { Session } from '../domain/sessions/session.ts'
import { pendingUser, proofs, setupLink } from '../kinds/contract/fact.ts'
import type { Effect, StageKind } from '../kinds/contract/stage.ts'
import { createdUser, hasProofs, readFacts } from './facts.ts'

export type Judgement = {
  readonly kind: Pick<StageKind, 'id' | 'signsIn' | 'proves'>
  /** As they stood when the stage was asked. */
  readonly before: JsonObject
  /** With what the stage came to know by this very end. */
  readonly facts: JsonObject
  readonly session: Pick<Session, 'userId' | 'proofs'> | null
  readonly now: number
  person(id: UserId): Promise<Person | null>
  heldMethods(user: UserId): Promise<ReadonlySet<string>>
}

/** Why the effects are refused, for the log; null where they may be. */
export const judgeEffects = async (effects: readonly Effect[], about: Judgement): Promise<string | null> => {
  const created = new Set<UserId>()
  const before = readFacts(about.facts).get(createdUser)
  if (before !== undefined) created.add(before)
  for (const effect of effects) {
    const refused = await judgeOne(effect, about, created)
    if (refused !== null) return refused
    if (effect.do === 'create_user') created.add(effect.user)
  }
  return null
}

const judgeOne = async (effect: Effect, about: Judgement, created: ReadonlySet<UserId>): Promise<string | null> => {
  switch (effect.do) {
    case 'sign_in':
      return judgeSignIn(effect.user, about, created)
    case 'prove':
      return judgeProve(about)
    case 'give_consent':
      return effect.user === about.session?.userId ? null : 'consent for somebody who is not signed in'
    case 'add_credential':
      return judgeNewCredential(effect.user, about, created)
    case 'set_password':
      return judgeNewPassword(effect.user, about, created)
    case 'update_user':
    case 'rehash_password':
    case 'use_credential':
    case 'decline':
    // E18: a stranger's typing makes no mail.
    case 'send_code':
      return mayTouch(effect.user, about, created) ? null : `${effect.do} for somebody who proved nothing here`
    case 'agree_terms':
      return mayTouch(effect.user, about, created) ? null : 'terms agreed to for somebody who proved nothing here'
    case 'change_email':
    case 'delete_user':
      return judgeOwnAccount(effect, about)
    case 'send_link':
      return judgeLink(effect, about)
    case 'trust_device':
      return judgeTrust(effect.user, about)
    case 'complete_setup':
      return readFacts(about.facts).get(setupLink) === effect.link ? null : 'nobody showed the link of the first run'
    case 'create_user':
    case 'sign_out':
    case 'spend_link':
    case 'forgive_guess':
    case 'record':
      return null
  }
}

const judgeSignIn = async (user: UserId, about: Judgement, created: ReadonlySet<UserId>): Promise<string | null> => {
  if (!about.kind.signsIn) return `stage kind ${about.kind.id} does not sign in`
  if (!hasProofs(about.facts)) return 'nothing was proven'
  if (readFacts(about.facts).get(pendingUser) !== user) return 'the proof is of somebody else'
  // Whom this very step makes is not there to be loaded yet.
  if (created.has(user) && (await about.person(user)) === null) return null
  return (await about.person(user))?.user.active ? null : 'the person may not sign in'
}

const judgeProve = (about: Judgement): string | null => {
  if (!about.kind.signsIn) return `stage kind ${about.kind.id} does not sign in`
  if (!hasProofs(about.facts)) return 'nothing was proven'
  if (about.session === null) return 'nobody is signed in'
  return readFacts(about.facts).get(pendingUser) === about.session.userId ? null : 'the proof is of somebody else'
}

/**
 * What this very step proves does not count: whoever sets up an authenticator of their own choice proves nothing about
 * whose account it is.
 */
const judgeNewCredential = async (
  user: UserId,
  about: Judgement,
  created: ReadonlySet<UserId>,
): Promise<string | null> => {
  if (created.has(user)) return null
  const facts = readFacts(about.before)
  const here = facts.get(pendingUser) === user ? (facts.get(proofs) ?? []) : []
  const there = about.session?.userId === user ? about.session.proofs : []
  return provenEnough([...here, ...there], await about.heldMethods(user), about.now)
    ? null
    : 'an authenticator for somebody who did not prove enough for it'
}

/**
 * Whoever sits down at a browser that somebody left signed in must not lock them out by it: a session is no right of its
 * own to a new password, unless enough was proven in it just now.
 */
const judgeNewPassword = async (
  user: UserId,
  about: Judgement,
  created: ReadonlySet<UserId>,
): Promise<string | null> => {
  if (!mayTouch(user, about, created)) return 'set_password for somebody who proved nothing here'
  // Nor does what this very step proves count.
  const here = hasProofs(about.before) && readFacts(about.before).get(pendingUser) === user
  if (here || created.has(user)) return null
  return provenEnough(about.session?.proofs ?? [], await about.heldMethods(user), about.now)
    ? null
    : 'a new password for somebody who did not prove enough for it'
}

/** Only by a stage that has just had a second factor proven, of whoever the attempt is about. */
const judgeTrust = (user: UserId, about: Judgement): string | null => {
  if (!about.kind.proves) return `stage kind ${about.kind.id} proves nothing`
  const proven = hasProofs(about.facts) && readFacts(about.facts).get(pendingUser) === user
  return proven ? null : 'a browser trusted for somebody who proved nothing here'
}

const mayTouch = (user: UserId, about: Judgement, created: ReadonlySet<UserId>): boolean =>
  created.has(user) ||
  user === about.session?.userId ||
  (hasProofs(about.facts) && readFacts(about.facts).get(pendingUser) === user)

/** Of who is signed in, and proved enough just now: else a browser that was left open would be enough. */
const judgeOwnAccount = async (
  { do: deed, user }: Extract<Effect, { do: 'change_email' | 'delete_user' }>,
  about: Judgement,
): Promise<string | null> => {
  if (user !== about.session?.userId) return `${deed} for somebody who is not signed in`
  return provenEnough(about.session.proofs, await about.heldMethods(user), about.now)
    ? null
    : `${deed} for somebody who did not prove enough for it`
}

/** A link goes to whom the attempt is about and to nobody else; what it proves is theirs (G04, G06). */
const judgeLink = (
  { user, address, purpose }: Extract<Effect, { do: 'send_link' }>,
  about: Judgement,
): string | null => {
  if (user === null) return purpose === 'verify' || address === null ? null : 'a link of nobody, sent to somebody'
  return readFacts(about.facts).get(pendingUser) === user ? null : 'a link of somebody whom the attempt is not about'
}

/** Whether an effect changes more than the log: then one answer must have it, and the attempt becomes a row (H07). */
export const isChange = (effect: Effect): boolean => effect.do !== 'record' && effect.do !== 'forgive_guess'
