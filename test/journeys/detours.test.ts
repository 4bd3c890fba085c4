/** Ways through a sign-in that take time: a page left open for too long, and a server that starts again meanwhile. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openBrowser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { configOf, openApplications, openScene, personOf } from './house.ts'
import type { Tab } from './tab.ts'

const browser = await openBrowser()
after(() => browser?.close())
const skip = browser === null && 'needs Debian packages'

const HALF_AN_HOUR = 30 * 60_000

/** A tab at the wiki of a house whose clock can be moved on. */
const arrive = async (context: TestContext) => {
  if (!browser) throw new Error('no browser')
  const applications = await openApplications()
  context.after(() => applications.close())
  const clock = path.join(import.meta.dirname, 'clock-ahead.ts')
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-clock-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const ahead = path.join(folder, 'ahead')
  const gatehouse = await startGatehouse(context, {
    environment: { NODE_OPTIONS: `--import=${pathToFileURL(clock).href}`, CLOCK_AHEAD_FILE: ahead },
    config: configOf(applications, 1),
  })
  applications.listenTo(gatehouse.url)
  const person = personOf(0)
  const house = { url: gatehouse.url, browser, applications, patience: null }
  const tab = await openScene(context, house, person).newTab()
  await tab.open(applications.wiki.url)
  /** The server stops, and starts again that much later. */
  const pass = async (milliseconds: number): Promise<void> => {
    // A browser fetches the icon when all else is there; that is not to fail for want of a server.
    await tab.page.waitForLoadState('networkidle')
    await gatehouse.kill('SIGTERM')
    writeFileSync(ahead, String(milliseconds))
    await gatehouse.restart()
  }
  return { tab, pass, greeting: `Hello ${person.username}` }
}

const atName = async (): Promise<void> => undefined
const atPassword = (tab: Tab): Promise<void> => tab.giveName()

for (const [where, walk, answer] of [
  ['name', atName, (tab: Tab) => tab.giveName()],
  ['password', atPassword, (tab: Tab) => tab.givePassword()],
] as const) {
  test(`a page left open for too long at the ${where} says so, and starting again leads to the same application`, {
    skip,
  }, async (context) => {
    const { tab, pass, greeting } = await arrive(context)
    await walk(tab)
    await pass(HALF_AN_HOUR + 1_000)
    await answer(tab)
    await tab.sees('This page was open too long')
    await tab.press('main a.btn')
    await tab.signIn()
    await tab.sees(greeting)
  })
}

test('a server that starts again in the middle of a sign-in is not noticed', { skip }, async (context) => {
  const { tab, pass, greeting } = await arrive(context)
  await tab.giveName()
  await pass(1_000)
  await tab.givePassword()
  await tab.sees(greeting)
})
