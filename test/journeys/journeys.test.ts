/** Every journey in a real browser on one server, where nothing may fail, not even an icon. */
import { after, test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { configOf, openApplications, openScene, personOf } from './house.ts'
import { journeys } from './journeys.ts'

const browser = await openBrowser()
after(() => browser?.close())

test('one server serves every journey, and nothing fails', {
  skip: browser === null && 'needs Debian packages',
}, async (context) => {
  if (!browser) throw new Error('no browser')
  const applications = await openApplications()
  context.after(() => applications.close())
  const gatehouse = await startGatehouse(context, { config: configOf(applications, journeys.length) })
  applications.listenTo(gatehouse.url)
  const house = { url: gatehouse.url, browser, applications, patience: null }
  for (const [number, { title, walk }] of journeys.entries()) {
    const person = personOf(number)
    await context.test(title, (journey) => walk(openScene(journey, house, person), person.username))
  }
})
