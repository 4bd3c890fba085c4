/** JSON at rest: text on SQLite, jsonb on PostgreSQL, and text again on the way from either. */
import { UnstorableText } from '../store.ts'

declare const holds: unique symbol
/** JSON text that stands for a `T`. */
export type JsonText<T> = string & { readonly [holds]: T }

// `JSON.stringify` writes NUL and lone surrogates as escapes, which jsonb refuses; a backslash of the text itself is
// written twice, so an escape is one that an even number of backslashes stands before.
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/

export const toJson = <T>(value: T): JsonText<T> => asJsonText<T>(JSON.stringify(value))

/** Text that is JSON of a `T` already. */
export const asJsonText = <T>(text: string): JsonText<T> => {
  if (text.includes('\\u') && UNSTORABLE.test(text)) throw new UnstorableText()
  return text as JsonText<T>
}

// The text was written by `toJson` under this very type.
export const fromJson = <T>(text: JsonText<T>): T => JSON.parse(text) as T
