/** The house that is measured: sixteen people, one application per signing algorithm, and somebody who is signed in. */
import { postForm } from '../test/support/fetch-json.ts'
import { FormBrowser } from '../test/support/form-browser.ts'
import { type Gatehouse, root, startGatehouse } from '../test/support/gatehouse.ts'
import { signIn } from '../test/support/sign-in.ts'
import { bundleOf, makeBundle } from '../tools/launch/bundle.mjs'
import { ENVIRONMENT, FLAGS } from '../tools/launch/run-settings.mjs'
import type { Shot } from './load.ts'

const PEOPLE = 16
const SECRET = 'bench-secret'

export const redirect = 'https://bench.example.com/callback'
export const password = 'a quiet long passphrase'
export const people = Array.from({ length: PEOPLE }, (_, number) => ({ username: `ana${number}`, password }))

export type Application = 'es' | 'rs'

const application = (id: Application, key: string) => `
  ${id}:
    name: ${id}
    providers:
      oidc:
        client_id: ${id}
        client_secret: { value: ${SECRET} }
        redirect_uris: [${redirect}]
        signing_key: ${key}
        grant_types: [authorization_code, refresh_token, client_credentials]`

const config = `
users:
${people.map(({ username }) => `  ${username}: { name: Ana Example, email: ${username}@example.com, password: { value: ${password} } }`).join('\n')}
applications:${application('es', 'default-es256')}${application('rs', 'default-rs256')}
`

export type House = { readonly gatehouse: Gatehouse; readonly program: readonly string[]; stop(): Promise<void> }

export const startHouse = async (): Promise<House> => {
  const endings: (() => unknown)[] = []
  const context = { after: (end: unknown) => endings.push(end as () => unknown) }
  // As `npm start` runs it (tools/launch/gatehouse.mjs).
  const program = [...FLAGS, bundleOf(root) ?? (await makeBundle(root))]
  const gatehouse = await startGatehouse(context, { config, environment: ENVIRONMENT, program })
  return {
    gatehouse,
    program,
    stop: async () => {
      for (const end of endings) await end()
    },
  }
}

export const authorizeAt = (url: string, id: Application): string => {
  const asked = {
    client_id: id,
    redirect_uri: redirect,
    response_type: 'code',
    scope: 'openid profile email',
    state: 's',
  }
  return `${url}/application/o/authorize/?${new URLSearchParams(asked)}`
}

/** The requests that are measured, with what they need: a session, an access token, the client's own secret. */
export const openShots = async (url: string) => {
  const o = `${url}/application/o`
  const browser = new FormBrowser({ stopAt: (at) => at.href.startsWith(redirect) })
  await browser.open(authorizeAt(url, 'es'))
  const [person] = people
  if (!person) throw new Error('nobody lives here')
  const code = (await signIn(browser, person)).url.searchParams.get('code') ?? ''
  const basic = (id: Application) => ({
    authorization: `Basic ${Buffer.from(`${id}:${SECRET}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  })
  const exchangeBody = (given: string): string =>
    String(new URLSearchParams({ grant_type: 'authorization_code', code: given, redirect_uri: redirect }))
  const { body } = await postForm(
    `${o}/token/`,
    Object.fromEntries(new URLSearchParams(exchangeBody(code))),
    basic('es'),
  )
  const token = body.access_token
  const cookie = `gatehouse_session=${browser.cookie(url, 'gatehouse_session')}`
  const get = (at: string, headers: Shot['headers'] = {}): Shot => ({ method: 'GET', url: at, headers, status: 200 })
  const cheap = {
    discovery: get(`${o}/es/.well-known/openid-configuration`),
    JWKS: get(`${o}/es/jwks/`),
    userinfo: get(`${o}/userinfo/`, { authorization: `Bearer ${token}` }),
    introspection: {
      method: 'POST',
      url: `${o}/introspect/`,
      headers: basic('es'),
      body: `token=${token}`,
      status: 200,
    },
  } satisfies Record<string, Shot>
  const atToken = (id: Application): Shot => ({
    method: 'POST',
    url: `${o}/token/`,
    headers: basic(id),
    body: 'grant_type=client_credentials',
    status: 200,
  })
  const silent = (id: Application): Shot => ({ ...get(authorizeAt(url, id), { cookie }), status: 302 })
  return { cheap, atToken, silent, exchangeBody }
}
