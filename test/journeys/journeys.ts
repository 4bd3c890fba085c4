/**
 * The ways of people through a house, as a browser sees them. Each is walked on one server (journeys.test.ts) and on two
 * that are killed at random (test/replicas), so what is said here holds for both.
 */
import assert from 'node:assert/strict'
import type { Scene } from './house.ts'
import type { Tab } from './tab.ts'

export type Journey = { readonly title: string; walk(scene: Scene, name: string): Promise<void> }

const SIGN_IN = '/if/flow/sign-in/'
const spoil = (tab: Tab, value: string) =>
  tab.page.locator('input[name="attempt"]').evaluate((input, to) => input.setAttribute('value', to), value)

/** Gives the name on a page whose attempt was made unreadable. */
const giveNameSpoilt = (tab: Tab, name: string, value: string) =>
  tab.press('button.main', async () => {
    await tab.page.fill('input[name="username"]', name)
    await spoil(tab, value)
  })

export const journeys: readonly [Journey, ...Journey[]] = [
  {
    title: 'signs in to an application, goes on in silence the second time, and is signed out by it',
    walk: async ({ house, newTab }, name) => {
      const tab = await newTab()
      const { wiki } = house.applications
      await tab.open(wiki.url)
      await tab.signIn()
      await tab.sees(`Hello ${name}`)
      assert.equal(new URL(tab.page.url()).pathname, '/callback')
      await tab.open(wiki.url)
      await tab.sees(`Hello ${name}`)
      await tab.open(`${wiki.url}/out`)
      await tab.sees('Bye')
      await tab.open(`${house.url}/if/user/`)
      await tab.standsAt(SIGN_IN)
    },
  },
  {
    title: 'needs no script',
    walk: async ({ house, newBrowser }, name) => {
      const tab = await (await newBrowser({ javaScriptEnabled: false })).newTab()
      await tab.open(house.applications.wiki.url)
      await tab.signIn()
      await tab.sees(`Hello ${name}`)
    },
  },
  {
    title: 'says so where the password is wrong, keeps the name, and takes the right one then',
    walk: async ({ house, newTab }, name) => {
      const tab = await newTab()
      await tab.open(house.applications.wiki.url)
      await tab.giveName()
      await tab.finds('input[name="password"]')
      await tab.givePassword('not the passphrase')
      await tab.finds('[role="alert"]')
      assert.match(await tab.page.title(), /^Error:/)
      assert.equal(await tab.page.inputValue('input[name="password"]'), '')
      await tab.givePassword()
      await tab.sees(`Hello ${name}`)
    },
  },
  {
    title: 'asks for consent, takes a no to the application, and remembers a yes',
    walk: async ({ house, newTab }, name) => {
      const tab = await newTab()
      const { forum } = house.applications
      await tab.open(forum.url)
      await tab.signIn()
      await tab.standsAt('/if/flow/consent/')
      await tab.answerConsent('no')
      await tab.sees('Refused: access_denied')
      await tab.open(forum.url)
      await tab.answerConsent('yes')
      await tab.sees(`Hello ${name}`)
      await tab.open(forum.url)
      await tab.sees(`Hello ${name}`)
    },
  },
  {
    title: 'two tabs do not disturb one another, and going back after a sign-in leads on',
    walk: async ({ house, newBrowser }, name) => {
      const { newTab } = await newBrowser()
      const [first, second] = [await newTab(), await newTab()]
      for (const tab of [first, second]) await tab.open(house.applications.wiki.url)
      await first.signIn()
      await first.sees(`Hello ${name}`)
      await first.back()
      await first.sees(`Hello ${name}`)
      await second.signIn()
      await second.sees(`Hello ${name}`)
    },
  },
  {
    title: 'a sign-in finished in another tab is taken up by a tab that stood at the password',
    walk: async ({ house, newBrowser }, name) => {
      const { newTab } = await newBrowser()
      const [first, second] = [await newTab(), await newTab()]
      for (const tab of [first, second]) {
        await tab.open(house.applications.wiki.url)
        await tab.giveName()
        await tab.finds('input[name="password"]')
      }
      for (const tab of [first, second]) {
        await tab.givePassword()
        await tab.sees(`Hello ${name}`)
      }
    },
  },
  {
    title: 'reloading a step shows it again, going back asks for the name again, and neither repeats a post',
    walk: async ({ house, newTab }, name) => {
      const tab = await newTab()
      await tab.open(house.applications.wiki.url)
      await tab.giveName()
      await tab.finds('input[name="password"]')
      await tab.reload()
      await tab.finds('input[name="password"]')
      await tab.back()
      await tab.finds('input[name="username"]:not([readonly])')
      await tab.signIn()
      await tab.sees(`Hello ${name}`)
    },
  },
  {
    title: 'lists the browsers one is signed in with, and signs out of all of them',
    walk: async ({ house, newBrowser }) => {
      const laptop = await (await newBrowser()).newTab()
      const phone = await (await newBrowser({ viewport: { width: 360, height: 740 } })).newTab()
      for (const tab of [laptop, phone]) {
        await tab.open(`${house.url}/if/user/`)
        await tab.signIn()
        await tab.standsAt('/if/user/')
      }
      await laptop.open(`${house.url}/if/user/devices/`)
      const listed = await laptop.page.locator('.item').count()
      // An answer that was cut off may have been a sign-in: that browser is listed too, and ends with the others.
      assert.ok(house.patience ? listed >= 2 : listed === 2, `${listed} are listed`)
      await laptop.press('button.danger')
      for (const tab of [laptop, phone]) {
        await tab.open(`${house.url}/if/user/`)
        await tab.standsAt(SIGN_IN)
      }
    },
  },
  {
    title: 'A74 consent given after signing out in another tab gives nothing, and starting again asks for a sign-in',
    walk: async ({ house, newBrowser }, name) => {
      const { newTab } = await newBrowser()
      const [tab, other] = [await newTab(), await newTab()]
      await tab.open(house.applications.forum.url)
      await tab.signIn()
      await tab.standsAt('/if/flow/consent/')
      await other.open(`${house.url}/if/user/devices/`)
      await other.press('button.danger')
      await other.standsAt(SIGN_IN)
      await tab.answerConsent('yes')
      await tab.sees('You were signed out meanwhile')
      await tab.press('main a.btn')
      await tab.signIn()
      await tab.standsAt('/if/flow/consent/')
      await tab.answerConsent('yes')
      await tab.sees(`Hello ${name}`)
    },
  },
  {
    title: 'a consent asked of somebody else is left by "Not you?", and asked again of who signs in then',
    walk: async ({ house, newTab }, name) => {
      const tab = await newTab()
      await tab.open(house.applications.forum.url)
      await tab.signIn()
      await tab.standsAt('/if/flow/consent/')
      await tab.press('.under a')
      await tab.standsAt('/if/flow/sign-out/')
      await tab.press('button[name="confirm"]')
      await tab.signIn()
      await tab.standsAt('/if/flow/consent/')
      await tab.answerConsent('yes')
      await tab.sees(`Hello ${name}`)
    },
  },
  {
    title: 'a spoilt page says so, and starting again leads to the same application',
    walk: async ({ house, newTab }, name) => {
      const tab = await newTab()
      for (const value of ['s.AAAA', 'r.AAAA', 'AAAA']) {
        await tab.open(house.applications.wiki.url)
        await giveNameSpoilt(tab, name, value)
        await tab.sees('This page leads nowhere')
      }
      await tab.press('main a.btn')
      await tab.signIn()
      await tab.sees(`Hello ${name}`)
    },
  },
  {
    title:
      'cookies taken away in the middle of a sign-in are told of, and starting again leads to the same application',
    walk: async ({ house, newTab }, name) => {
      const tab = await newTab()
      await tab.open(house.applications.wiki.url)
      await tab.giveName()
      await tab.finds('input[name="password"]')
      await tab.page.context().clearCookies()
      await tab.givePassword()
      await tab.sees('This began in another browser')
      await tab.press('main a.btn')
      await tab.signIn()
      await tab.sees(`Hello ${name}`)
    },
  },
]
