/** The walk of a token, step by step, for the tests of the token endpoint: clients, a code, its exchange, a refresh. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { importJWK, jwtVerify } from 'jose'
import { bodyOf, type House, locationOf, ORIGIN, openHouse, RS256 } from './oidc-house.ts'

export const TOKEN = '/application/o/token/'
export const CALLBACK = 'https://app.example.com/cb'
export const ISSUER = `${ORIGIN}/application/o/app/`
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const secretOf = (value: string) => ({ client_secret: { value }, redirect_uris: [CALLBACK] })
export const settings = {
  client_id: 'app',
  ...secretOf('s3cret'),
  clients: {
    b: { client_id: 'b', ...secretOf('b-secret') },
    spa: { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: [CALLBACK] },
  },
}
export const house = (over: object = {}, access?: unknown): House =>
  openHouse({ app: { settings: { ...settings, ...over }, access } })

export type Sent = Readonly<Record<string, string>>
export const auth = { client_id: 'app', client_secret: 's3cret' }
export const asB = { client_id: 'b', client_secret: 'b-secret' }

export const begin = async (home: House, over: Sent = {}, session?: string) => {
  const person = [...home.people.values()][0] ?? home.addPerson()
  const signed = session ?? home.signIn(person)
  const query = {
    client_id: 'app',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid email offline_access',
    ...over,
  }
  const response = await home.get(`/application/o/authorize/?${new URLSearchParams(query)}`, { session: signed })
  const code = locationOf(response).searchParams.get('code') ?? assert.fail(String(locationOf(response)))
  return { code, person, session: signed }
}
export const post = async (home: House, sent: Sent, headers: Record<string, string> = {}) => {
  const response = await home.post(TOKEN, sent, { headers })
  return { status: response.status, headers: response.headers ?? {}, body: bodyOf(response) as Record<string, string> }
}
export const exchange = (home: House, code: string, over: Sent = {}) =>
  post(home, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...auth, ...over })
export const refresh = (home: House, token: string | undefined, over: Sent = {}) =>
  post(home, { grant_type: 'refresh_token', refresh_token: token ?? '', ...auth, ...over })
export const isActive = async (home: House, token: string | undefined): Promise<unknown> =>
  bodyOf(await home.post('/application/o/introspect/', { token: token ?? '', ...auth })).active
export const error = ({ status, body }: { status: number; body: Record<string, string> }): string =>
  `${status} ${body.error}`
export const verified = async (text: string | undefined) =>
  jwtVerify(text ?? '', await importJWK({ ...RS256.jwk, alg: 'RS256' }), {
    currentDate: new Date(Date.UTC(2030, 0, 1, 0, 1)),
  })

export const granted = async (home: House, over: Sent = {}) => {
  const begun = await begin(home, over)
  const { body } = await exchange(home, begun.code)
  return { ...begun, ...(body as { access_token: string; refresh_token: string; id_token: string }) }
}
