/**
 * Reads a JSON body strictly (RFC 8259, and I-JSON, RFC 7493 §2): one value, one meaning. Two readers that take the
 * first and the last of two equal keys are a way around a check (M09), and JSON.parse tells of neither them, nor
 * lone surrogates, nor numbers that it cannot keep. No library of the trade refuses all of these, so a scanner of our own
 * goes over the tokens, and JSON.parse, which knows the grammar, reads what is left.
 */
import { isPoisonousKey, type Json } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'

// As deep as `parse` goes; an attack's hundred thousand brackets end here, before anything recurses over them.
const DEEPEST = 64

/** The value, or in words why the body is none. */
export const readJson = (body: Uint8Array): Result<Json, string> => {
  const text = decode(body)
  if (text === null) return err('is not valid UTF-8')
  if (text.startsWith('\ufeff')) return err('begins with a byte order mark')
  const fault = scan(text)
  if (fault) return err(fault)
  try {
    return ok(JSON.parse(text) as Json)
  } catch {
    return err('is not valid JSON')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const decode = (body: Uint8Array): string | null => {
  try {
    return utf8.decode(body)
  } catch {
    return null
  }
}

// One token at a time, each alternative beginning with another character: linear in the length of the text. Takes more
// than JSON does (control characters, odd numbers); those JSON.parse refuses.
const TOKEN = /[ \t\n\r]*(?:([{}[\]:,])|("(?:[^"\\]|\\.)*")|(-?[0-9][0-9.eE+-]*)|(true|false|null))/y

/** The keys of an object so far; null for a list. */
type Frame = Set<string> | null

const scan = (text: string): string | null => {
  const open: Frame[] = []
  let keyMayFollow = false
  let end = 0
  TOKEN.lastIndex = 0
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    const [, sign, string, number] = token
    end = TOKEN.lastIndex
    const fault =
      string !== undefined
        ? stringFault(string, keyMayFollow ? open.at(-1) : null)
        : number !== undefined
          ? numberFault(number)
          : null
    if (fault) return fault
    if (sign === '{' || sign === '[') open.push(sign === '{' ? new Set() : null)
    if (open.length > DEEPEST) return `is nested deeper than ${DEEPEST} levels`
    if (sign === '}' || sign === ']') open.pop()
    keyMayFollow = sign === '{' || (sign === ',' && open.at(-1) instanceof Set)
  }
  // What was not looked at must not be read.
  return text.slice(end).trim() === '' ? null : 'is not valid JSON'
}

/** `keys` are those of the object that this string is a key of. */
const stringFault = (token: string, keys: Frame | undefined): string | null => {
  const text = unescaped(token)
  if (text === null) return 'is not valid JSON'
  if (text.includes('\0')) return 'holds a NUL character'
  if (!text.isWellFormed()) return 'holds half a surrogate pair'
  if (!keys) return null
  if (isPoisonousKey(text)) return `holds the key "${text}"`
  if (keys.has(text)) return `holds the key "${text.slice(0, 100)}" twice`
  keys.add(text)
  return null
}

const unescaped = (token: string): string | null => {
  if (!token.includes('\\')) return token.slice(1, -1)
  try {
    return JSON.parse(token) as string
  } catch {
    return null
  }
}

const numberFault = (token: string): string | null => {
  const value = Number(token)
  if (Number.isNaN(value)) return 'is not valid JSON'
  const whole = /^-?\d+$/.test(token)
  return Number.isFinite(value) && (!whole || Number.isSafeInteger(value)) ? null : 'holds a number that cannot be kept'
}
