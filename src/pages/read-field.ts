/** What came back from a form of ours, made safe to look at: one line, no longer than asked for. */

const CONTROL = /\p{Cc}/u

/**
 * A line as it was typed, without the spaces around it. Empty where nothing was typed; null for what no person types: a
 * control character (M06, M13), half a surrogate pair, or more than `most` characters.
 */
export const readLine = (input: Readonly<Record<string, string>>, field: string, most = 255): string | null => {
  // Own members only: a form may name a field `constructor` (H11).
  const typed = Object.hasOwn(input, field) ? (input[field] ?? '') : ''
  const line = typed.trim()
  return line.length <= most && !CONTROL.test(line) && line.isWellFormed() ? line : null
}

/** Text of several lines, with its line breaks as `\n`; null as above. A tab is what people paste. */
export const readText = (input: Readonly<Record<string, string>>, field: string, most: number): string | null => {
  const typed = Object.hasOwn(input, field) ? (input[field] ?? '') : ''
  const text = typed.replaceAll('\r\n', '\n').trim()
  return text.length <= most && !CONTROL.test(text.replaceAll(/[\n\t]/g, '')) && text.isWellFormed() ? text : null
}

const ABILITIES = ['passkeys', 'built-in'] as const

/**
 * What the script of a page says its browser can do: passkeys, and by something built in. Without script it says
 * nothing. Good for offers alone.
 */
export const readCan = (input: Readonly<Record<string, string>>): readonly string[] => {
  const said = new Set((readLine(input, 'can') ?? '').split(' '))
  return ABILITIES.filter((one) => said.has(one))
}

/** Whether a box was ticked, or the button of that name pressed. */
export const isChosen = (input: Readonly<Record<string, string>>, field: string, value = 'yes'): boolean =>
  Object.hasOwn(input, field) && input[field] === value
