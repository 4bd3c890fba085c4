/**
 * Every journey of people (test/journeys) on two servers, one of which is killed and started again at random. A request
 * cut off by a kill is loaded or sent once more, as a person does it; nothing acknowledged may be lost by it, and no
 * attempt may be stuck.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { configOf, openApplications, openScene, personOf } from '../journeys/house.ts'
import { journeys } from '../journeys/journeys.ts'
import { openBrowser } from '../support/browser.ts'
import { chanceOf, SEED } from '../support/chance.ts'
import { startPair } from './start-pair.ts'
import { makeTrouble } from './trouble.ts'

const browser = await openBrowser()
after(() => browser?.close())

// Each journey once, and twenty times in a long run, each time with somebody else.
const WALKS = Math.ceil(Number(process.env.GATEHOUSE_TEST_ROUNDS ?? 5) / 25)

test(`two servers serve every journey while one is killed and restarted at random (GATEHOUSE_TEST_SEED=${SEED})`, {
  skip: browser === null && 'needs Debian packages',
}, async (context) => {
  if (!browser) throw new Error('no browser')
  const applications = await openApplications()
  context.after(() => applications.close())
  const pair = await startPair(context, { config: configOf(applications, journeys.length * WALKS) })
  applications.listenTo(pair.balancer.url)
  const house = { url: pair.balancer.url, browser, applications, patience: chanceOf(SEED, 1) }
  const trouble = makeTrouble(pair, chanceOf(SEED, 0))
  for (let number = 0; number < journeys.length * WALKS; number += 1) {
    const { title, walk } = journeys[number % journeys.length] ?? journeys[0]
    const person = personOf(number)
    const walked = `${title}, over kills (GATEHOUSE_TEST_SEED=${SEED})`
    await context.test(walked, (journey) => walk(openScene(journey, house, person), person.username))
  }
  await trouble.end()
  assert.ok(trouble.kills() > 0)
  const { repeated, told } = pair.balancer.brokenOff()
  context.diagnostic(`${trouble.kills()} kills broke off ${repeated + told} requests; people noticed ${told}`)
})
