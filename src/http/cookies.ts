/**
 * Cookies by their own short names. On https they travel as `__Host-gatehouse_<name>`, which no sibling subdomain can
 * set, and one of the plain name is then ignored; a cookie that came twice counts as not sent (F04).
 */
import { stringifySetCookie } from 'cookie'
import type { Cookies, SetCookie } from '../base/wire.ts'

const wireName = (name: string, secure: boolean): string => `${secure ? '__Host-' : ''}gatehouse_${name}`

/** Reads a Cookie header. Parsed here since libraries take the first of two cookies of one name, and the second may be the attacker's. */
export const readCookies = (header: string | undefined, secure: boolean): Cookies => {
  let parsed: Map<string, string | null> | null = null
  return {
    get: (name) => {
      parsed ??= parsePairs(header)
      return parsed.get(wireName(name, secure)) ?? undefined
    },
  }
}

const parsePairs = (header: string | undefined): Map<string, string | null> => {
  const found = new Map<string, string | null>()
  for (const pair of (header ?? '').split(';')) {
    const cut = pair.indexOf('=')
    if (cut < 0) continue
    const name = pair.slice(0, cut).trim()
    const value = pair
      .slice(cut + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
    found.set(name, found.has(name) ? null : value)
  }
  return found
}

/** One Set-Cookie header. */
export const writeCookie = (cookie: SetCookie, secure: boolean): string =>
  stringifySetCookie({
    name: wireName(cookie.name, secure),
    value: cookie.value ?? '',
    httpOnly: true,
    secure,
    path: '/',
    sameSite: cookie.sameSite ?? 'lax',
    ...(cookie.value === null ? { maxAge: 0 } : cookie.maxAge === undefined ? {} : { maxAge: cookie.maxAge }),
  })
