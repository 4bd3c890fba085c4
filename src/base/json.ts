/** JSON values, as the store, facts and events hold them. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json | undefined }

// A key of these reaches an object's prototype when merged or assigned (CVE-2019-10744 and its kin).
const POISON = new Set(['__proto__', 'constructor', 'prototype'])

export const isPoisonousKey = (key: string): boolean => POISON.has(key)

/** One spelling per value: keys sorted, no spaces; `undefined` members left out. For hashes and for comparing. */
export const canonicalJson = (value: Json): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`
  const object = value as JsonObject
  let members = ''
  for (const key of Object.keys(object).sort()) {
    const member = object[key]
    if (member === undefined) continue
    if (members !== '') members += ','
    members += `${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${members}}`
}

export const sameJson = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b)
