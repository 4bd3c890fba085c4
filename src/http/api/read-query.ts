/** Reads query parameters by their schema: text becomes the number or truth that is asked for, and nothing else passes. */
import { err, type Result } from '../../base/result.ts'
import { type Issue, parse, type TSchema } from '../../base/schema.ts'

type Member = { readonly type?: string }

/** Only a list may come more than once (two readers would take two values, A08); NUL and broken text are refused (M13). */
export const readQuery = (
  schema: TSchema,
  query: URLSearchParams,
): Result<Readonly<Record<string, unknown>>, Issue[]> => {
  const members = (schema as { properties?: Readonly<Record<string, Member>> }).properties ?? {}
  const read: Record<string, unknown> = {}
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (values.some((value) => !isText(value)) || !isText(name)) {
      return err([{ path: '', message: 'holds characters that no parameter may have' }])
    }
    if (member?.type !== 'array' && values.length > 1) return err([{ path: name, message: 'is given more than once' }])
    // As an own member, also where the name is `__proto__`, so that `parse` sees it.
    Object.defineProperty(read, name, { value: typed(member, values), enumerable: true, writable: true })
  }
  // The schema of a query is an object.
  return parse(schema, read) as Result<Readonly<Record<string, unknown>>, Issue[]>
}

/** Text that every engine can hold. URLSearchParams writes U+FFFD for what is no UTF-8. */
export const isText = (text: string): boolean => text.isWellFormed() && !/[\0\ufffd]/.test(text)

const typed = (member: Member | undefined, values: readonly string[]): unknown => {
  if (member?.type === 'array') return values
  const [value = ''] = values
  if (member?.type === 'integer') return /^-?\d{1,15}$/.test(value) ? Number(value) : value
  if (member?.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  return value
}
