/** Branded ids: mixing a `UserId` and a `GroupId` does not compile. New ids are UUIDv7; imported ones keep theirs. */
import { v7 } from 'uuid'
import type { Random } from './random.ts'

declare const brand: unique symbol
export type Id<Of extends string> = string & { readonly [brand]: Of }

export type UserId = Id<'user'>
export type GroupId = Id<'group'>
export type SessionId = Id<'session'>
export type CredentialId = Id<'credential'>
export type GrantId = Id<'grant'>
export type EventId = Id<'event'>
export type TokenId = Id<'token'>
export type AttemptId = Id<'attempt'>
export type JobId = Id<'job'>
export type EmailId = Id<'email'>
export type InvitationId = Id<'invitation'>

/**
 * A new id that sorts by time (RFC 9562 §5.7); those of one process in one millisecond sort in the order they were made
 * (§6.2), so that a log read by id tells what came first.
 */
export const newId = <T extends Id<string>>(now: number, random: Random): T =>
  v7({ msecs: now, random: random(16), seq: sequence(now, random) }) as T

let last = { now: Number.NaN, seq: 0 }
const MOST = 0xffff_ffff

const sequence = (now: number, random: Random): number => {
  // Begins in the lower half, so that there is room for two thousand million more.
  const seq = last.now === now && last.seq < MOST ? last.seq + 1 : uint32(random(4)) >>> 1
  last = { now, seq }
  return seq
}

const uint32 = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)

/** Any UUID is an id: imported rows keep the version they were born with. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
