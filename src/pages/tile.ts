/** A tile: the first letter of a name on one of eight quiet tints, always the same for the same key. */
import { type Html, html } from '../base/html.ts'

const TINTS = 8

/** `key` picks the tint: a slug or a user name. */
export const tile = (name: string, key: string, big = false): Html => {
  let sum = 0
  for (const char of key) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 997
  const [letter = '?'] = [...new Intl.Segmenter().segment(name.trim().toUpperCase())].map((part) => part.segment)
  return html`<span class="${`tile t${sum % TINTS}${big ? ' big' : ''}`}" aria-hidden="true">${letter}</span>`
}
