/** A stored password hash once it was read: what it costs to check, and how. */

export type PasswordHash =
  | {
      readonly kind: 'hash'
      /** Algorithm and cost (`pbkdf2-sha256/1000000`); `null` where a check costs next to nothing. */
      readonly scheme: string | null
      /** Whether these bytes are the password. Answers false, never throws. */
      matches(password: Uint8Array): Promise<boolean>
      readonly argon2id?: Argon2Cost
    }
  /** Set on purpose so that nothing verifies: `!`, `*`, empty. */
  | { readonly kind: 'unusable' }
  /** In no form that is known, or one that would stall the house. */
  | { readonly kind: 'unsupported'; readonly why: string }

/** Memory in KiB, passes, lanes. */
export type Argon2Cost = { readonly memory: number; readonly passes: number; readonly lanes: number }

/** Reads the texts of one family; `null` for those of others. */
export type HashFormat = (text: string) => PasswordHash | null

export const unsupported = (why: string): PasswordHash => ({ kind: 'unsupported', why })
