/**
 * SHA-256 over a salt and a value's one spelling: whoever holds the value can show that it is the one, and the hash alone
 * confirms no guess of it.
 */
import { hash } from 'node:crypto'
import { canonicalJson, type Json } from './json.ts'

export const saltedHash = (salt: string, value: Json): string => saltedHashOf(salt, canonicalJson(value))

/** The same of a value that is spelt already. */
export const saltedHashOf = (salt: string, canonical: string): string => hash('sha256', salt + canonical, 'base64url')
