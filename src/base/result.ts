/** Expected failures are values, bugs are throws: a function that can fail as planned returns a `Result`. */
export type Ok<T> = { readonly ok: true; readonly value: T }
export type Fail<E> = { readonly ok: false; readonly error: E }
export type Result<T, E> = Ok<T> | Fail<E>

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })
export const err = <E>(error: E): Fail<E> => ({ ok: false, error })

/**
 * The shape every room's failures share: `code` is stable and documented, `message` is safe to show to anyone,
 * `detail` goes to the log and to administrators only.
 */
export type Failure<Code extends string> = { readonly code: Code; readonly message: string; readonly detail?: string }

/** A failed `Result` in one call: `return fail('invalid_grant', 'The code is unknown or used.', codeId)`. */
export const fail = <Code extends string>(code: Code, message: string, detail?: string): Fail<Failure<Code>> =>
  err(detail === undefined ? { code, message } : { code, message, detail })
