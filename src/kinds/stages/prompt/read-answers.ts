/**
 * Reads a form against the fields that were asked for. Nothing else in the form is looked at (G14, H11), what the
 * person cannot change is taken from the settings (H12), and every value has the type of its field.
 */
import type { Json } from '../../../base/json.ts'
import { isEmailAddress } from '../../../domain/users/user.ts'
import { isLocale } from '../../../pages/locale-names.ts'
import { isChosen, readLine, readText } from '../../../pages/read-field.ts'
import type { FieldError } from '../../contract/stage.ts'
import { type PromptField, UNTYPED } from './config.ts'

export type Input = Readonly<Record<string, string>>
export type Reading = {
  readonly values: Readonly<Record<string, Json>>
  /** Apart from the answers: it must not get into a fact. */
  readonly passwords: readonly { readonly key: string; readonly text: string }[]
  readonly errors: readonly FieldError[]
}

/** The name of the second box of a password. */
export const repeatOf = (key: string): string => `${key}_repeat`

/** `initial` gives the value of what is not asked: hidden fields. */
export const readAnswers = (
  fields: readonly PromptField[],
  input: Input,
  initial: (field: PromptField) => string,
): Reading => {
  const values: Record<string, Json> = {}
  const passwords: { key: string; text: string }[] = []
  const errors: FieldError[] = []
  for (const field of fields) {
    if (field.type === 'static' || field.type === 'separator') continue
    const read = UNTYPED.has(field.type) ? { value: initial(field) } : readOne(field, input)
    if ('fault' in read) {
      const { fault: text, at = field.field_key, values: said } = read
      errors.push({ field: at, text, ...(said ? { values: said } : {}) })
    } else if (field.type !== 'password') values[field.field_key] = read.value
    else if (read.value !== '') passwords.push({ key: field.field_key, text: String(read.value) })
  }
  return { values, passwords, errors }
}

type Read =
  | { readonly value: Json }
  | { readonly fault: string; readonly at?: string; readonly values?: Readonly<Record<string, string>> }

const readOne = (field: PromptField, input: Input): Read => {
  const { field_key: key, type, required } = field
  if (type === 'password') return readPassword(field, input)
  if (type === 'checkbox') {
    const ticked = isChosen(input, key)
    return required && !ticked ? { fault: 'form.must_be_ticked' } : { value: ticked }
  }
  const line = type === 'text_area' ? readText(input, key, LONGEST_TEXT) : readLine(input, key, 1000)
  if (line === null) return { fault: 'form.line_invalid' }
  if (line === '') return required ? { fault: 'form.required' } : { value: type === 'number' ? null : '' }
  const read = readers[type]?.(line, field) ?? { value: line }
  return 'fault' in read ? read : (bounds(read.value, field) ?? read)
}

const LONGEST_TEXT = 4000

/** By the schema of the field. Characters are counted as people count them, not as UTF-16 does. */
const bounds = (value: Json, { min_length, max_length, minimum, maximum }: PromptField): Read | null => {
  if (typeof value === 'number') {
    if (minimum !== undefined && value < minimum) return { fault: 'form.too_small', values: { bound: String(minimum) } }
    if (maximum !== undefined && value > maximum) return { fault: 'form.too_large', values: { bound: String(maximum) } }
    return null
  }
  const length = [...String(value)].length
  if (min_length !== undefined && length < min_length)
    return { fault: 'form.too_short', values: { count: String(min_length) } }
  if (max_length !== undefined && length > max_length)
    return { fault: 'form.too_long', values: { count: String(max_length) } }
  return null
}

const readPassword = ({ field_key: key, required }: PromptField, input: Input): Read => {
  const text = Object.hasOwn(input, key) ? (input[key] ?? '') : ''
  const again = Object.hasOwn(input, repeatOf(key)) ? (input[repeatOf(key)] ?? '') : ''
  if (text === '' && required) return { fault: 'password.empty' }
  return text === again ? { value: text } : { fault: 'password.not_repeated', at: repeatOf(key) }
}

const readers: Partial<Record<PromptField['type'], (line: string, field: PromptField) => Read>> = {
  email: (line) => (isEmailAddress(line) ? { value: line } : { fault: 'form.email_invalid' }),
  username: (line) => (line.length <= 150 ? { value: line } : { fault: 'form.line_invalid' }),
  number: (line) => {
    const number = Number(line)
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(line) && Number.isFinite(number)
      ? { value: number }
      : { fault: 'form.number_invalid' }
  },
  date: (line) => (isDate(line) ? { value: line } : { fault: 'form.date_invalid' }),
  date_time: (line) => (isMoment(line) ? { value: line } : { fault: 'form.date_invalid' }),
  choice: (line, field) => oneOf(line, field),
  dropdown: (line, field) => oneOf(line, field),
  locale: (line) => (isLocale(line) ? { value: line } : { fault: 'form.choice_invalid' }),
}

const oneOf = (line: string, { choices }: PromptField): Read =>
  choices.some((choice) => choice.value === line) ? { value: line } : { fault: 'form.choice_invalid' }

/** As browsers send it: a day and a time of day, without a zone, which nobody was asked for. */
const isMoment = (line: string): boolean => {
  const [, day, time] = /^(\S{10})T((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)$/.exec(line) ?? []
  return day !== undefined && time !== undefined && isDate(day)
}

/** A day that there is: 2024-02-30 reads back as another one. */
const isDate = (line: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(line)) return false
  const date = new Date(`${line}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(line)
}
