/**
 * What a handler sees of a request and what it answers. Endpoints are functions from one to the other: `http/`
 * reads and sends, and a handler is tested without a server.
 */
export type WireRequest = {
  readonly method: string
  /** The path as asked for, without the query; the configured web path is already taken off. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower-case names; a header sent twice is joined as Node joins it. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly cookies: Cookies
  /** The decoded form, for `application/x-www-form-urlencoded` bodies. */
  readonly form: URLSearchParams | null
  /** The client's address, read from forwarded headers only when a named proxy sent them. */
  readonly ip: string
  /** `https://auth.example.com`, of the public URL or brand domain that was asked for; never a raw Host header. */
  readonly origin: string
  readonly now: number
  /** What a peer that is no named proxy said in forwarded headers: shown in first run, believed by nothing. */
  readonly forwarded?: { readonly peer: string; readonly scheme: string | null; readonly host: string | null }
  /** The request's own id, in the log, in events and in the `x-gatehouse-id` answer header. */
  readonly id: string
}

/** A cookie that came twice counts as not sent: a sibling subdomain can add a second one of the same name (F04). */
export type Cookies = { get(name: string): string | undefined }

export type SetCookie = {
  readonly name: string
  /** `null` takes the cookie away. */
  readonly value: string | null
  /** Seconds; left out, the cookie ends with the browser. */
  readonly maxAge?: number
  readonly sameSite?: 'lax' | 'strict' | 'none'
}

export type WireResponse = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly SetCookie[]
  readonly body?: string | Uint8Array
}

/** A JSON answer; `no-store` unless the caller says otherwise. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
})

/** A redirect by GET, whatever the method before (RFC 9110 §15.4.4). */
export const redirect = (location: string, status: 302 | 303 = 302): WireResponse => ({
  status,
  headers: { location, 'cache-control': 'no-store' },
})
