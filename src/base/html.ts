/** HTML that escapes what is put into it: `html\`<b>${name}</b>\``. Only this room makes `Html` from text. */
declare const html_: unique symbol
export type Html = { readonly markup: string; readonly [html_]?: true }

type Part = Html | string | number | null | undefined | false | readonly Part[]

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => escapes[char] ?? char)

const made = new WeakSet<Html>()

/** Takes markup as it is. For constants of ours only; never for anything that came from outside. */
export const trusted = (markup: string): Html => {
  const part: Html = { markup }
  made.add(part)
  return part
}

const render = (part: Part): string => {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return String(part)
  if (Array.isArray(part)) return (part as readonly Part[]).map(render).join('')
  // An object that merely looks like Html (JSON from outside has `markup` too) is not.
  if (!made.has(part as Html)) throw new Error('not markup of ours')
  return (part as Html).markup
}

/** Text, numbers, markup and lists of them; null, undefined and false print nothing. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  trusted(strings.reduce((markup, text, index) => markup + render(parts[index - 1]) + text))
