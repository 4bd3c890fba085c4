/**
 * What an attempt knows: names to JSON. Stages read facts by typed keys and write them as results; what they may not
 * write is judged here. A breach is a fault of the kind, so it throws: the attempt stops where it stands.
 */

import type { UserId } from '../base/ids.ts'
import { isPoisonousKey, type Json, type JsonObject } from '../base/json.ts'
import { ownProofs } from '../domain/sessions/session.ts'
import {
  type Fact,
  type Facts,
  type FactWrite,
  fact,
  pendingUser,
  proofs,
  setupLink,
  shownInvitation,
  verifiedAddress,
} from '../kinds/contract/fact.ts'

// Names of this prefix belong to the executor: no stage writes them.
const RESERVED = 'attempt.'

/** Where the attempt leads, a path of ours that was judged when it began. */
export const nextPath = fact<string>(`${RESERVED}next`)
/** The person this attempt made. */
export const createdUser = fact<UserId>(`${RESERVED}created`)
/** The outcome of the node that the attempt stands at, while its edges wait for what its effects change. */
export const endedWith = fact<string>(`${RESERVED}ended`)

/** Facts as a stage reads them: own members only. */
export const readFacts = (all: JsonObject): Facts => ({
  all,
  // The key's type is a promise of whoever writes the fact; the contract test keeps two kinds from sharing a name.
  get: <T>(key: Fact<T>) => (Object.hasOwn(all, key.name) ? (all[key.name] as T | undefined) : undefined),
})

/** A browser that is trusted stands for a second factor, and proves nothing by itself. */
export const hasProofs = (facts: JsonObject): boolean => ownProofs(readFacts(facts).get(proofs) ?? []).length > 0

/** Facts with one of the executor's own set, or taken away. */
export const withFact = <T extends Json>(facts: JsonObject, key: Fact<T>, value: T | undefined): JsonObject => {
  const { [key.name]: _old, ...rest } = facts
  return value === undefined ? rest : { ...rest, [key.name]: value }
}

/** Facts with what a stage came to know. Only a kind that proves may say that something was proven. */
export const writeFacts = (
  facts: JsonObject,
  writes: readonly FactWrite[],
  kind: { readonly id: string; readonly proves?: boolean; readonly invites?: boolean },
): JsonObject => {
  for (const { name } of writes) {
    // A mailed invitation shows that a mailbox is read, and never who somebody is.
    const shows = kind.proves || (kind.invites && name === verifiedAddress.name)
    if ((name === proofs.name || name === verifiedAddress.name) && !shows)
      throw new Error(`stage kind ${kind.id} proves nothing`)
    // Who holds the link of the first run, or an invitation, is seen at the door, and nowhere else.
    if (name === setupLink.name || name === shownInvitation.name)
      throw new Error(`stage kind ${kind.id} may not write ${name}`)
  }
  return addFacts(facts, writes, `stage kind ${kind.id}`)
}

/** Facts with what the front door knew before the attempt began: a link that was shown, a mailed proof. */
export const addFacts = (facts: JsonObject, writes: readonly FactWrite[], writer = 'the front door'): JsonObject => {
  let next = facts
  for (const { name, value } of writes) {
    if (name.startsWith(RESERVED)) throw new Error(`${writer} may not write ${name}`)
    assertClean(name, value)
    next = { ...next, [name]: value }
  }
  return next
}

// H11: a key from a form that reaches a prototype must not get as far as a merge.
const assertClean = (name: string, value: Json): void => {
  if (name.split('.').some(isPoisonousKey)) throw new Error(`the fact name ${name} is not allowed`)
  assertCleanValue(name, value)
}

const assertCleanValue = (name: string, value: Json | undefined): void => {
  if (value === null || value === undefined || typeof value !== 'object') return
  for (const [key, inner] of Object.entries(value)) {
    if (isPoisonousKey(key)) throw new Error(`the fact ${name} holds the key ${key}`)
    assertCleanValue(name, inner)
  }
}

/**
 * Whether the writes would turn a proof of one person into a sign-in of another (G04): once something is proven, whom
 * the attempt is about stands. A proof of nobody yet (an address, before there is an account) may only become that of
 * the person this very step makes.
 */
export const changesPerson = (before: JsonObject, after: JsonObject, made: UserId | null): boolean => {
  const was = readFacts(before).get(pendingUser)
  const is = readFacts(after).get(pendingUser)
  if (!hasProofs(before) || was === is) return false
  return was !== undefined || is !== made
}

/** Facts as conditions read them: `prompt.answers` is `facts.prompt.answers`. The executor's own are left out. */
export const nestFacts = (facts: JsonObject): Readonly<Record<string, unknown>> => {
  const root: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(facts).sort(([a], [b]) => a.length - b.length)) {
    if (!name.startsWith(RESERVED)) place(root, name.split('.'), value)
  }
  return root
}

const place = (root: Record<string, unknown>, steps: string[], value: unknown): void => {
  const last = steps.pop() ?? ''
  let at = root
  for (const step of steps) {
    const held = Object.hasOwn(at, step) ? at[step] : undefined
    // A copy: what a fact itself holds is never added to.
    const inner: Record<string, unknown> = isObject(held) ? { ...held } : {}
    at[step] = inner
    at = inner
  }
  at[last] = value
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
