/** A code as people type and paste it: in groups, with hyphens, in the digits of their own keyboard. */

const APART = /[\s\p{Pd}]+/gu
const LONGEST = 64

/** Without spaces and hyphens, in ASCII digits and small letters. Empty where nothing fit to be a code was typed. */
export const readCode = (input: Readonly<Record<string, string>>, field: string): string => {
  // Own members only: a form may name a field `constructor` (H11).
  const typed = Object.hasOwn(input, field) ? (input[field] ?? '') : ''
  if (typed.length > LONGEST) return ''
  return typed.replace(APART, '').replace(OTHER_DIGITS, asciiDigit).toLowerCase()
}

// Arabic-Indic, Eastern Arabic-Indic, Devanagari, Bengali, full-width: from nought to nine each.
const OTHER_DIGITS = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\uff10-\uff19]/g
const NOUGHTS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10]

const asciiDigit = (digit: string): string => {
  const at = digit.charCodeAt(0)
  const nought = NOUGHTS.findLast((first) => first <= at) ?? at
  return String(at - nought)
}
