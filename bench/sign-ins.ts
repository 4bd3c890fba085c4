/** Whole sign-ins with name and password, as browsers without script make them: each from an empty cookie jar to the code. */
import { FormBrowser } from '../test/support/form-browser.ts'
import { signIn } from '../test/support/sign-in.ts'

export type SignIns = {
  readonly authorize: string
  readonly redirect: string
  /** One lane each: somebody signs in again once they are signed in. */
  readonly people: readonly { readonly username: string; readonly password: string }[]
  readonly milliseconds: number
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
