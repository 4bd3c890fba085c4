/**
 * A tab and the person before it: what they do and what they see. Where a server may die under them they have patience,
 * as people do: what was cut off they load again, or go back and press again; where that asked them to begin anew, they
 * do that too. Without a cut, every page must be the expected one at once.
 */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import type { Chance } from '../support/chance.ts'

export type Person = { readonly username: string; readonly password: string }

export type Tab = {
  readonly page: Page
  open(address: string): Promise<void>
  reload(): Promise<void>
  back(): Promise<void>
  giveName(): Promise<void>
  givePassword(password?: string): Promise<void>
  /** Name and password, one after the other. */
  signIn(): Promise<void>
  answerConsent(answer: 'yes' | 'no'): Promise<void>
  /** Presses a button; `prepare` is what is done on the page before, each time it is pressed. */
  press(button: string, prepare?: () => Promise<void>): Promise<void>
  /** Stands before a page with this heading. */
  sees(heading: string): Promise<void>
  /** Stands before a page that has this. */
  finds(selector: string): Promise<void>
  /** Stands at a path that begins so. */
  standsAt(path: string): Promise<void>
}

const TRIES = 6
const STEPS = 12
const NAME = 'input[name="username"]:not([readonly])'
const PASSWORD = 'input[name="password"]'
const CONSENT = { yes: '.pair .btn.main', no: '.pair .btn:not(.main)' }
const AGAIN = 'main a.btn'
const MAIN = 'button.main'

export const openTab = (page: Page, person: Person, patience: Chance | null): Tab => {
  let cutOff = false
  let cuts = 0
  // What the person is about: where they want to go, and what they say when they are asked.
  let wanted = ''
  let typed = person.password
  let consent: 'yes' | 'no' = 'yes'
  const noteCut = (): void => {
    cutOff = true
    cuts += 1
  }
  if (patience) {
    page.on('response', (answer) => {
      if (answer.status() === 502 && answer.request().isNavigationRequest()) noteCut()
    })
    page.on('requestfailed', (request) => {
      if (request.isNavigationRequest() && request.failure()?.errorText !== 'net::ERR_ABORTED') noteCut()
    })
  }

  const has = async (selector: string): Promise<boolean> => (await page.locator(selector).count()) > 0

  const forgive = (error: unknown): void => {
    if (!patience || !/net::ERR_/.test(String(error))) throw error
    noteCut()
  }

  /** Does something that leads to another page, and waits until that stands. */
  const move = async (act: () => Promise<unknown>): Promise<void> => {
    cutOff = false
    const arrived = page.waitForEvent('domcontentloaded')
    await Promise.all([arrived, act().catch(forgive)])
    await page.waitForLoadState('load')
  }
  const load = async (act: () => Promise<unknown>): Promise<void> => {
    await move(act)
    for (let tries = 0; cutOff && tries < TRIES; tries += 1) await move(() => page.reload())
  }
  const press = async (button: string, prepare: () => Promise<void>): Promise<void> => {
    await prepare()
    await move(() => page.click(button))
    for (let tries = 0; cutOff && tries < TRIES; tries += 1) {
      if (patience?.oneOf(['reload', 'go back']) === 'reload') {
        await move(() => page.reload())
        continue
      }
      await load(() => page.goBack())
      if (!(await has(button))) return
      await prepare()
      await move(() => page.click(button))
    }
  }
  const fill = (selector: string, text: string) => async () => {
    if (await has(selector)) await page.fill(selector, text)
  }
  const giveName = () => press(MAIN, fill(NAME, person.username))
  const givePassword = (password = person.password) => {
    typed = password
    return press(MAIN, fill(PASSWORD, password))
  }
  const answerConsent = (answer: 'yes' | 'no') => {
    consent = answer
    return press(CONSENT[answer], async () => undefined)
  }

  /** After a cut: the next step that the page itself offers. */
  const goOn = async (): Promise<void> => {
    if (await has(NAME)) return giveName()
    if (await has(PASSWORD)) return givePassword(typed)
    if (await has(CONSENT[consent])) return answerConsent(consent)
    if (await has(AGAIN)) return load(() => page.click(AGAIN))
    return load(() => page.goto(wanted))
  }
  const reach = async (what: string, isThere: () => Promise<boolean>): Promise<void> => {
    const path: string[] = []
    for (let step = 0; step < STEPS; step += 1) {
      if (await isThere()) {
        cuts = 0
        return
      }
      path.push(`${page.url()} "${await page.title()}"`)
      if (cuts === 0) break
      await goOn()
    }
    assert.fail(`expected ${what}, after ${cuts} cuts stood at\n${path.join('\n')}\n${await page.innerText('body')}`)
  }

  return {
    page,
    open: (address) => {
      wanted = address
      return load(() => page.goto(address))
    },
    reload: () => load(() => page.reload()),
    back: () => load(() => page.goBack()),
    giveName,
    givePassword,
    signIn: async () => {
      await giveName()
      await reach('to be asked for the password', () => has(PASSWORD))
      await givePassword()
    },
    answerConsent,
    press: (button, prepare = async () => undefined) => press(button, prepare),
    sees: (heading) =>
      reach(`to see "${heading}"`, async () => (await page.locator('h1').allTextContents()).includes(heading)),
    finds: (selector) => reach(`to find ${selector}`, () => has(selector)),
    standsAt: (path) => reach(`to stand at ${path}`, async () => new URL(page.url()).pathname.startsWith(path)),
  }
}
