/** Secrets have types: `Sealed` at rest, `Secret` in memory; only `reveal` opens one, and says what for. */
const values = new WeakMap<Secret, string>()

/** A secret in memory. Prints as `[secret]` wherever it ends up: logs, JSON, templates, errors. */
export class Secret {
  constructor(value: string) {
    values.set(this, value)
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}

export const secret = (value: string): Secret => new Secret(value)

/** Opens a secret. `purpose` is for the reader of the code: every call site can be found and judged. */
export const reveal = (held: Secret, purpose: string): string => {
  const value = values.get(held)
  if (value === undefined) throw new Error(`not a secret of this process (${purpose})`)
  return value
}

declare const sealed: unique symbol
/** Cipher text as it stands in the store: `<key id>.<nonce>.<cipher text and tag>`, opened only by the key ring. */
export type Sealed = string & { readonly [sealed]: true }
