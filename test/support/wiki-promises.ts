/**
 * People who sign in to one application while servers die under them, what they were promised by an answer, and that
 * the promise is kept.
 */
import assert from 'node:assert/strict'
import { postForm } from './fetch-json.ts'
import { FormBrowser } from './form-browser.ts'
import { signIn } from './sign-in.ts'

export const ana = { username: 'ana', password: 'a quiet long passphrase' }
const wiki = { client_id: 'wiki', client_secret: 'wiki-secret' }
const wikiCallback = 'https://wiki.example.com/callback'

export const wikiConfig = (name: string) => `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
applications:
  wiki:
    name: ${name}
    providers:
      oidc:
        client_id: ${wiki.client_id}
        client_secret: { value: ${wiki.client_secret} }
        redirect_uris: [${wikiCallback}]
        grant_types: [authorization_code, refresh_token]
`

export const wikiAuthorize = (base: string): string =>
  `${base}/application/o/authorize/?${new URLSearchParams({ client_id: wiki.client_id, redirect_uri: wikiCallback, response_type: 'code', scope: 'openid offline_access', state: 's' })}`

/** A browser that stops where the application would take over. */
export const wikiBrowser = (): FormBrowser => new FormBrowser({ stopAt: (url) => url.href.startsWith(wikiCallback) })

export const exchangeOf = (code: string) => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: wikiCallback,
  ...wiki,
})

/** What the house has promised somebody whose sign-in was answered. */
type Promised = { readonly session: string; readonly refreshToken: string }

const TRIES = 6

/** Signs in and exchanges the code; null where a kill broke any of it off, so that nothing was promised. */
const completeSignIn = async (base: string): Promise<Promised | null> => {
  const browser = wikiBrowser()
  await browser.open(wikiAuthorize(base))
  const code = (await signIn(browser, ana)).url.searchParams.get('code')
  if (code === null) {
    assert.equal(browser.page?.status, 502, browser.page?.text)
    return null
  }
  const body = new URLSearchParams(exchangeOf(code))
  const answer = await fetch(`${base}/application/o/token/`, { method: 'POST', body })
  if (answer.status === 502) return null
  const tokens = (await answer.json()) as { refresh_token?: string }
  assert.equal(answer.status, 200, JSON.stringify(tokens))
  return { session: browser.cookie(base, 'gatehouse_session') ?? '', refreshToken: tokens.refresh_token ?? '' }
}

/** Asks again where a kill broke it off before an answer began; that request may be repeated. */
const isSignedIn = async (base: string, { session }: Promised): Promise<boolean> => {
  const headers = { cookie: `gatehouse_session=${session}` }
  for (let tries = 0; tries < TRIES; tries += 1) {
    const answer = await fetch(`${base}/api/v1/me`, { headers }).catch(() => null)
    if (answer && answer.status !== 502) return answer.status === 200
  }
  return false
}

/** So many people sign in over and over until it is enough; each that is answered is there right away. */
export const signInMeanwhile = async (base: string, people: number, enough: () => boolean): Promise<Promised[]> => {
  const promised: Promised[] = []
  const person = async (): Promise<void> => {
    let brokenOff = 0
    while (!enough() || brokenOff > 0) {
      // A connection that a kill cut in the middle of an answer fails by itself; the person tries again.
      const got = await completeSignIn(base).catch((error: unknown) => {
        if (error instanceof assert.AssertionError) throw error
        return null
      })
      brokenOff = got ? 0 : brokenOff + 1
      assert.ok(brokenOff < TRIES, `a sign-in came to nothing ${brokenOff} times on end`)
      if (!got) continue
      promised.push(got)
      assert.ok(await isSignedIn(base, got), 'a session was answered and is not there')
    }
  }
  await Promise.all(Array.from({ length: people }, person))
  return promised
}

export const assertKept = async (base: string, promised: readonly Promised[]): Promise<void> => {
  for (const one of promised) {
    assert.ok(await isSignedIn(base, one), 'a session was answered and is lost')
    const { status } = await postForm(`${base}/application/o/token/`, {
      grant_type: 'refresh_token',
      refresh_token: one.refreshToken,
      ...wiki,
    })
    assert.equal(status, 200, 'a refresh token was answered and is lost')
  }
}
