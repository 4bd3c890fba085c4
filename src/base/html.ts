/** HTML that escapes what is put into it: `html\`<b>${name}</b>\``. Only this room makes `Html` from text. */
declare const html_: unique symbol
export type Html = { readonly markup: string; readonly [html_]?: true }

type Part = Html | string | number | null | undefined | false | readonly Part[]

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string): string =>
  /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (char) => escapes[char] ?? char) : text

// A class for its brand: JSON from outside can have a `markup` too, and no object but one made here has `#ours`. A set
// of all that were made told the same at four times the price of a page.
class Markup {
  readonly markup: string
  readonly #ours = true
  constructor(markup: string) {
    this.markup = markup
  }
  static isOurs(part: object): part is Markup {
    return #ours in part && part.#ours
  }
}

/** Takes markup as it is. For constants of ours only; never for anything that came from outside. */
export const trusted = (markup: string): Html => new Markup(markup)

const render = (part: Part): string => {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return String(part)
  if (Array.isArray(part)) return (part as readonly Part[]).map(render).join('')
  if (!Markup.isOurs(part)) throw new Error('not markup of ours')
  return part.markup
}

/** Text, numbers, markup and lists of them; null, undefined and false print nothing. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html => {
  let markup = strings[0] ?? ''
  for (let at = 1; at < strings.length; at += 1) markup += render(parts[at - 1]) + (strings[at] ?? '')
  return new Markup(markup)
}
