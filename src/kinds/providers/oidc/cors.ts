/**
 * Who may read answers from a script of another origin: the origins of the client's redirect URIs, each compared as a
 * whole (A64). Nothing here depends on cookies; credentials are allowed since some libraries insist on sending them.
 */
import type { WireRequest, WireResponse } from '../../../base/wire.ts'

type Headers = Readonly<Record<string, string>>

export const corsHeaders = (request: WireRequest, allowed: ReadonlySet<string> | undefined): Headers => {
  const origin = request.headers.origin
  if (origin === undefined || !allowed?.has(origin)) return { vary: 'origin' }
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'www-authenticate',
  }
}

/** A preflight names no client, so any client's origin may ask. */
export const preflight = (request: WireRequest, allowed: ReadonlySet<string>): WireResponse => ({
  status: 204,
  headers: {
    ...corsHeaders(request, allowed),
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
  },
})

export const withHeaders = (response: WireResponse, headers: Headers): WireResponse => ({
  ...response,
  headers: { ...response.headers, ...headers },
})
