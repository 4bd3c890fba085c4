/** Whole sign-ins, as browsers without script make them: each from an empty cookie jar to the code. */
import { authenticatorApp } from '../test/support/authenticator-app.ts'
import { FormBrowser } from '../test/support/form-browser.ts'
import { signIn } from '../test/support/sign-in.ts'

export type SignIns = {
  readonly authorize: string
  readonly redirect: string
  /** One lane each: somebody signs in again once they are signed in. */
  readonly people: readonly { readonly username: string; readonly password: string }[]
  readonly milliseconds: number
}

export type CodeSignIns = Omit<SignIns, 'people'> & {
  readonly lanes: number
  /** Taken in turns: a code counts once, so nobody can sign in as often as one likes. */
  readonly people: readonly { readonly username: string; readonly password: string; readonly seed: string }[]
}

let next = 0

/** The same with a code of an authenticator app after the password. */
export const codeSignIns = async ({ authorize, redirect, people, lanes, milliseconds }: CodeSignIns) => {
  const began = performance.now()
  let count = 0
  const lane = async (): Promise<void> => {
    while (performance.now() - began < milliseconds) {
      const person = people[next++ % people.length]
      if (!person) return
      const browser = new FormBrowser({ stopAt: (url) => url.href.startsWith(redirect), keepAlive: true })
      await browser.open(authorize)
      await signIn(browser, person)
      // The codes of the step before, of this one and of the next, one after another.
      const now = Date.now() + 30_000 * ((Math.floor((next - 1) / people.length) % 3) - 1)
      await browser.submit({ code: authenticatorApp(person.seed, () => now).nextCode() })
      const page = browser.page
      if (!page?.url.searchParams.get('code')) throw new Error(`${person.username} came to ${page?.url}: ${page?.text}`)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { count, seconds: (performance.now() - began) / 1000 }
}

export const signIns = async ({ authorize, redirect, people, milliseconds }: SignIns) => {
  const began = performance.now()
  let count = 0
  const lane = async (person: SignIns['people'][number]): Promise<void> => {
    while (performance.now() - began < milliseconds) {
      const browser = new FormBrowser({ stopAt: (url) => url.href.startsWith(redirect), keepAlive: true })
      await browser.open(authorize)
      const page = await signIn(browser, person)
      if (!page.url.searchParams.get('code')) throw new Error(`${person.username} came to ${page.url}: ${page.text}`)
      count += 1
    }
  }
  await Promise.all(people.map(lane))
  return { count, seconds: (performance.now() - began) / 1000 }
}
