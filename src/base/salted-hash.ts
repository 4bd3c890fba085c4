/**
 * SHA-256 over a salt and a value's one spelling: whoever holds the value can show that it is the one, and the hash alone
 * confirms no guess of it.
 */
import { base64url, sha256 } from './bytes.ts'
import { canonicalJson, type Json } from './json.ts'

export const saltedHash = (salt: string, value: Json): string => base64url(sha256(salt + canonicalJson(value)))
