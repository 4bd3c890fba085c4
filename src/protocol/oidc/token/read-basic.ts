/**
 * A Basic Authorization header of an OAuth client (RFC 6749 §2.3.1): id and secret are each form-encoded before they
 * are joined. Only that reading counts; the raw one would make two secrets of one text (A54).
 */

/** Null for whatever is not one. */
export const readBasic = (authorization: string): { readonly id: string; readonly secret: string } | null => {
  const found = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)
  if (!found?.[1]) return null
  const bytes = Buffer.from(found[1], 'base64')
  // Node skips what is no base64; such a text would be a second spelling.
  if (bytes.toString('base64').replace(/=+$/, '') !== found[1].replace(/=+$/, '')) return null
  // Encoded parts are ASCII. Raw umlauts would need a guess at their character set.
  const text = bytes.toString('latin1')
  const colon = text.indexOf(':')
  if (colon < 1) return null
  const id = formDecode(text.slice(0, colon))
  const secret = formDecode(text.slice(colon + 1))
  return id === null || secret === null ? null : { id, secret }
}

const formDecode = (text: string): string | null => {
  if (!/^[\x21-\x39\x3b-\x7e]*$/.test(text)) return null
  if (!/[%+]/.test(text)) return text
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '))
    return /\p{Cc}/u.test(decoded) ? null : decoded
  } catch {
    // A percent sign that begins no UTF-8 character: not form-encoded.
    return null
  }
}
