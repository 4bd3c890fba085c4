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

/** Whether a box was ticked, or the button of that name pressed. */
export const isChosen = (input: Readonly<Record<string, string>>, field: string, value = 'yes'): boolean =>
  Object.hasOwn(input, field) && input[field] === value
