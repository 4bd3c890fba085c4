import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import { testRing } from '../../test/support/test-ring.ts'
import { HOUR, SECOND } from '../base/clock.ts'
import type { Store } from '../store/store.ts'
import { createGuesses, type Guess } from './guesses.ts'

const ANA: Guess = { what: 'totp', account: 'ana', ip: '192.0.2.1', device: null }

const house = async (store: Store, watch: { now: number }, ring: Awaited<ReturnType<typeof testRing>>) =>
  createGuesses({ store, ring, clock: { now: () => watch.now } })

forEachEngine(
  'E14 of five hundred guesses at once, on two servers and over a restart, five are looked at',
  async (open) => {
    const ring = await testRing()
    const watch = { now: 1_000_000 }
    const servers = [await house(await open(), watch, ring), await house(await open(), watch, ring)]
    const answers = await Promise.all(Array.from({ length: 500 }, (_, index) => servers[index % 2]?.take(ANA)))
    assert.equal(answers.filter((answer) => answer && 'ticket' in answer).length, 5)
    const restarted = await house(await open(), watch, ring)
    assert.deepEqual(await restarted.take(ANA), { wait: 2 * SECOND })
    watch.now += 2 * SECOND
    const later = await Promise.all(Array.from({ length: 20 }, () => restarted.take(ANA)))
    assert.equal(later.filter((answer) => 'ticket' in answer).length, 1)
  },
)

forEachEngine('a right answer clears what was counted of that person there, and not what others did', async (open) => {
  const watch = { now: 1_000_000 }
  const guesses = await house(await open(), watch, await testRing())
  const take = async (guess: Partial<Guess>) => guesses.take({ ...ANA, ...guess })
  for (let count = 0; count < 4; count += 1) await take({})
  const last = await take({})
  assert.ok('ticket' in last)
  await guesses.forgive(last.ticket)
  // Five are free again; what else is guessed of the same person is counted apart.
  for (let count = 0; count < 5; count += 1) assert.ok('ticket' in (await take({})))
  assert.ok('wait' in (await take({})))
  assert.ok('ticket' in (await take({ what: 'recovery-codes' })))
  // From elsewhere too, as long as the account as a whole bears it.
  assert.ok('ticket' in (await take({ ip: '198.51.100.1' })))
})

forEachEngine(
  'M16 a known device is not held up by what strangers used up, and has limits of its own',
  async (open) => {
    const watch = { now: 1_000_000 }
    const guesses = await house(await open(), watch, await testRing())
    for (let count = 0; count < 30; count += 1) await guesses.take({ ...ANA, ip: `10.0.${count}.1` })
    assert.ok('wait' in (await guesses.take({ ...ANA, ip: '203.0.113.9' })))
    const own = { ...ANA, ip: '203.0.113.9', device: 'laptop' }
    for (let count = 0; count < 5; count += 1) assert.ok('ticket' in (await guesses.take(own)))
    assert.deepEqual(await guesses.take(own), { wait: 2 * SECOND })
    watch.now += 12 * HOUR
    assert.ok('ticket' in (await guesses.take(own)), 'long ago is forgotten')
  },
)

forEachEngine(
  'E14 whoever signs in by a password again and again, each time as another known device, gets no more codes by it',
  async (open) => {
    const watch = { now: 1_000_000 }
    const guesses = await house(await open(), watch, await testRing())
    const take = (number: number, what = 'totp') =>
      guesses.take({ ...ANA, what, ip: `10.0.${number % 250}.1`, device: `device-${number}` })
    let looked = 0
    for (let count = 0; count < 500; count += 1) if ('ticket' in (await take(count))) looked += 1
    assert.equal(looked, 20)
    watch.now += 30 * SECOND
    assert.ok('ticket' in (await take(1000)), 'the owner waits half a minute at most')
    assert.ok('ticket' in (await take(2000, 'password')), 'a password is what they had to know')
  },
)

forEachEngine(
  'tells how many tries failed lately, by device, pair, account and network, and counts none itself',
  async (open) => {
    const watch = { now: 1_000_000 }
    const guesses = await house(await open(), watch, await testRing())
    const asked = { account: 'ana', ip: '192.0.2.9', device: null }
    const guessed = ['password', 'totp']
    const none = { device: null, pair: 0, account: 0, network: 0 }
    assert.deepEqual(await guesses.failures(asked, guessed), none)
    for (let count = 0; count < 3; count += 1) await guesses.take(ANA)
    await guesses.take({ ...ANA, what: 'password' })
    await guesses.take({ ...ANA, ip: '198.51.100.1' })
    await guesses.take({ ...ANA, account: 'bob' })
    await guesses.take({ ...ANA, device: 'hers' })
    const failed = { device: null, pair: 4, account: 5, network: 5 }
    assert.deepEqual(await guesses.failures(asked, guessed), failed)
    assert.deepEqual(await guesses.failures(asked, guessed), failed, 'asking is no try')
    assert.equal((await guesses.failures({ ...asked, device: 'hers' }, guessed)).device, 1)
    watch.now += 2 * HOUR
    assert.equal((await guesses.failures(asked, guessed)).network, 0, 'a network is forgotten after an hour')
  },
)
