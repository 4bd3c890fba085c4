/** Workers and their primary may die or be told to stop at any moment: what was acknowledged stays, and nobody is left. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { chanceOf, SEED } from '../support/chance.ts'
import { beginRequest, REST_OF_REQUEST } from '../support/slow-request.ts'
import { assertKept, signInMeanwhile, wikiConfig } from '../support/wiki-promises.ts'
import { askAnew, forBothDatabases, runs, SIZE, startWorkers, until } from './start-workers.ts'

const PEOPLE = 4
const ROUNDS = 3
const MOST_MILLISECONDS = 400

forBothDatabases(
  `what was answered is kept while people sign in at once and a worker is killed at random, and comes back (GATEHOUSE_TEST_SEED=${SEED})`,
  async (context, on) => {
    const { gatehouse, pids, ready, metrics } = await startWorkers(context, on, { config: wikiConfig('Wiki') })
    const chance = chanceOf(SEED, on === 'sqlite' ? 31 : 32)
    let kills = 0
    let over = false
    const killing = (async () => {
      while (kills < ROUNDS) {
        await pause(chance.between(0, MOST_MILLISECONDS))
        const before = pids()
        const victim = before[chance.between(0, before.length - 1)]
        assert.ok(victim)
        process.kill(victim, 'SIGKILL')
        kills += 1
        // One at a time: the other one serves meanwhile.
        await until('another in its place', () => pids().some((pid) => !before.includes(pid)))
        await ready(SIZE)
      }
    })().finally(() => {
      over = true
    })
    const [promised] = await Promise.all([signInMeanwhile(gatehouse.url, PEOPLE, () => over), killing])
    await assertKept(gatehouse.url, promised)
    assert.match(gatehouse.output(), /"signal":"SIGKILL".*"msg":"a worker ended and will be started again"/)
    const answered = Object.values(await metrics('gatehouse_http_request_seconds_count'))
    context.diagnostic(`${kills} kills, ${promised.length} sign-ins, figures of ${answered.length} series`)
  },
)

test('figures never fall when a worker dies: what it had counted stays counted', async (context) => {
  const { gatehouse, pids, ready, metrics } = await startWorkers(context, 'sqlite', { config: wikiConfig('Wiki') })
  const url = `${gatehouse.url}/application/o/wiki/jwks/`
  const ask = () => Promise.all(Array.from({ length: 6 }, () => askAnew(url)))
  const counted = async () => Object.values(await metrics('gatehouse_http_request_seconds_count'))
  await ask()
  assert.deepEqual(await counted(), [6])
  for (const pid of pids()) {
    process.kill(pid, 'SIGKILL')
    await until('it is gone', () => !runs(pid))
    await ready(SIZE)
  }
  assert.deepEqual(await counted(), [6])
  await ask()
  assert.deepEqual(await counted(), [12])
})

test('a Ctrl-C, which a terminal sends to every process, cuts nothing off: exit code 0, and nobody is left', async (context) => {
  const { gatehouse, pids } = await startWorkers(context, 'sqlite')
  const workers = pids()
  const socket = await beginRequest(context, gatehouse)
  for (const pid of [...workers, gatehouse.pid()]) process.kill(pid, 'SIGINT')
  await gatehouse.printed(/Stopping/)
  for (const pid of [...workers, gatehouse.pid()]) process.kill(pid, 'SIGTERM')
  socket.write(REST_OF_REQUEST)
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 401 /)
  assert.equal(await gatehouse.ended(), 0)
  assert.deepEqual(workers.map(runs), [false, false])
  assert.doesNotMatch(gatehouse.output(), /will be started again/)
})

test('a third Ctrl-C ends all of them at once, and they start again as ever', async (context) => {
  const { gatehouse, pids, ready } = await startWorkers(context, 'sqlite')
  const workers = pids()
  await beginRequest(context, gatehouse)
  process.kill(gatehouse.pid(), 'SIGINT')
  await gatehouse.printed(/Stopping/)
  process.kill(gatehouse.pid(), 'SIGINT')
  await gatehouse.printed(/Still stopping/)
  process.kill(gatehouse.pid(), 'SIGINT')
  assert.equal(await gatehouse.ended(), 130)
  await until('nobody is left', () => !workers.some(runs))
  await gatehouse.restart()
  await ready(SIZE)
})

forBothDatabases(
  'workers whose primary was killed end by themselves, and the house starts again',
  async (context, on) => {
    const { gatehouse, pids, ready } = await startWorkers(context, on)
    const workers = pids()
    await beginRequest(context, gatehouse)
    await gatehouse.kill('SIGKILL')
    await until('nobody is left', () => !workers.some(runs))
    await gatehouse.restart()
    await ready(SIZE)
  },
)
