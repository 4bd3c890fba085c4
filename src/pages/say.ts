/** A text with marked-up values in it: names and addresses stand in `<bdi>`, whatever the direction around them. */
import { type Html, html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'

// Private-use characters: no text of ours holds them, and a value takes their place rather than passing through.
const OPEN = '\u{f0000}'
const CLOSE = '\u{f0001}'

/** `say(t, 'common.to_go_to', { application: name(title) })`. */
export const say = (t: Translate, key: string, values: Readonly<Record<string, Html>>): Html => {
  const marked = Object.fromEntries(Object.keys(values).map((value) => [value, `${OPEN}${value}${CLOSE}`]))
  const parts = t(key, marked).split(new RegExp(`${OPEN}(\\w+)${CLOSE}`, 'u'))
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : values[part]))}`
}

/** What people and applications are called: set off, and kept from turning the sentence around it (L01). */
export const name = (text: string): Html => html`<b><bdi>${text}</bdi></b>`
