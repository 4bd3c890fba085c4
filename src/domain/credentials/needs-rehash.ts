/** Whether a hash that just verified is to be replaced: anything but argon2id at the wanted strength or above. */
import type { Argon2Cost } from './password-hash.ts'
import { readPasswordHash } from './read-password-hash.ts'

/** Stronger ones are kept: a move-in never weakens a password. Strength is memory, then memory times passes. */
export const needsRehash = (stored: string, wanted: Argon2Cost): boolean => {
  const read = readPasswordHash(stored)
  const cost = read.kind === 'hash' ? read.argon2id : undefined
  if (!cost) return true
  return cost.memory < wanted.memory || cost.memory * cost.passes < wanted.memory * wanted.passes
}
