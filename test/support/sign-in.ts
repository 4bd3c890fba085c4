/** Signs a person in on the pages of a flow, whatever the order in which it asks. */
import type { FormBrowser, Page } from './form-browser.ts'

const STEPS = 8

/** Fills name and password in where they are asked for, until no form asks for either. */
export const signIn = async (browser: FormBrowser, person: { username: string; password: string }): Promise<Page> => {
  for (let step = 0; step < STEPS; step += 1) {
    const page = browser.page
    if (!page || browser.stopAt(page.url)) break
    const asks = (name: string) => page.html.querySelector(`form[method="post"] input[name="${name}"]`)
    const name = asks('username')
    const fields: Record<string, string> = {}
    if (name && !name.hasAttribute('readonly')) fields.username = person.username
    if (asks('password')) fields.password = person.password
    if (Object.keys(fields).length === 0) break
    await browser.submit(fields)
  }
  if (!browser.page) throw new Error('no page is open')
  return browser.page
}
