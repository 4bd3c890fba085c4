/** Randomness comes in as an argument, so that rules stay pure and tests repeatable. */
import { randomBytes } from 'node:crypto'
import { base64url } from './bytes.ts'

export type Random = (length: number) => Uint8Array

export const systemRandom: Random = (length) => randomBytes(length)

/** An unguessable token of 256 bits, as 43 characters of base64url: codes, session cookies, links. */
export const token = (random: Random): string => base64url(random(32))
