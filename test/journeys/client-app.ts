/** An application of another origin that signs people in by the code flow, as small as one can be. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { postForm } from '../support/fetch-json.ts'

export type ClientApp = {
  readonly url: string
  readonly callback: string
  listenTo(issuerBase: string): void
  close(): Promise<void>
}

type Answer = { readonly location?: string; readonly text?: string; readonly status?: number }

/** Begins at `/`, shows the claims of the ID token at the callback, signs out at `/out`. */
export const openClientApp = async (client: { id: string; secret: string; slug: string }): Promise<ClientApp> => {
  let base = ''
  // One for each begun sign-in, by its state: two tabs have two.
  const verifiers = new Map<string, string>()
  const spent = new Set<string>()
  let idToken = ''
  const server: Server = createServer((request, response) => {
    void answer(request.url ?? '/').then(
      ({ location, text, status = location ? 302 : 200 }) =>
        response.writeHead(status, { 'content-type': 'text/html', ...(location ? { location } : {}) }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const callback = `${url}/callback`

  const answer = async (target: string): Promise<Answer> => {
    const asked = new URL(target, url)
    if (asked.pathname === '/favicon.ico') return { text: '' }
    if (asked.pathname === '/bye') return { text: '<link rel="icon" href="data:,"><h1>Bye</h1>' }
    if (asked.pathname === '/out') {
      const parameters = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: `${url}/bye` })
      return { location: `${base}/application/o/${client.slug}/end-session/?${parameters}` }
    }
    if (asked.pathname !== '/callback') {
      const verifier = randomBytes(32).toString('base64url')
      const state = randomBytes(8).toString('hex')
      verifiers.set(state, verifier)
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      const parameters = {
        client_id: client.id,
        redirect_uri: callback,
        response_type: 'code',
        scope: 'openid profile email',
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }
      return { location: `${base}/application/o/authorize/?${new URLSearchParams(parameters)}` }
    }
    const code = asked.searchParams.get('code')
    if (code === null)
      return { text: `<link rel="icon" href="data:,"><h1>Refused: ${asked.searchParams.get('error')}</h1>` }
    // Loaded again: the code went to the token endpoint once, whatever came of it.
    if (spent.has(code)) return { location: '/' }
    spent.add(code)
    const exchange = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: callback,
      code_verifier: verifiers.get(asked.searchParams.get('state') ?? '') ?? '',
      client_id: client.id,
      client_secret: client.secret,
    }
    const answered = await postForm(`${base}/application/o/token/`, exchange).catch(() => null)
    if (answered?.status !== 200) {
      const why = answered ? answered.body.error : 'no answer'
      return { status: 502, text: `<link rel="icon" href="data:,"><h1>The exchange failed: ${why}</h1>` }
    }
    const { body } = answered
    idToken = body.id_token
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as {
      preferred_username: string
    }
    return { text: `<link rel="icon" href="data:,"><h1>Hello ${claims.preferred_username}</h1>` }
  }

  return {
    url,
    callback,
    listenTo: (issuerBase) => {
      base = issuerBase
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
