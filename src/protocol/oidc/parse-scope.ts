/** A scope as it travels: names apart by one space, each once (RFC 6749 §3.3). */

const MOST_SCOPES = 64
const NAME = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** The names in their order; null where it is none: other characters, or more than anyone needs. */
export const parseScope = (text: string): readonly string[] | null => {
  const names = text.split(' ').filter((name) => name !== '')
  if (names.length > MOST_SCOPES || !names.every((name) => NAME.test(name))) return null
  return [...new Set(names)]
}
