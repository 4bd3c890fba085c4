/** The figures of all workers as one: sums that never fall, and who was silent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, type Metrics } from '../metrics.ts'
import type { Member } from './crew.ts'
import { createHouseMetrics } from './house-metrics.ts'

const world = (size: number) => {
  const members: Member[] = []
  const late: (() => void)[] = []
  const house = createHouseMetrics({
    version: '1.2.3',
    size,
    members: () => members,
    timers: {
      after: (_milliseconds, run) => {
        late.push(run)
        return () => {}
      },
    },
  })
  /** A worker with figures of its own; a silent one never answers. */
  const join = (worker: number, silent = false): { member: Member; metrics: Metrics } => {
    const metrics = createMetrics('1.2.3')
    const member: Member = {
      worker,
      ready: true,
      process: {
        kill: () => {},
        send: (message) => {
          if (message.say !== 'tell' || silent) return
          void metrics.snapshot().then((figures) => house.told(member, message.ask, figures))
        },
      },
    }
    members.push(member)
    return { member, metrics }
  }
  const leave = (member: Member): void => {
    members.splice(members.indexOf(member), 1)
    house.left(member)
  }
  const read = async (): Promise<Map<string, number>> => {
    const { text } = await house.render()
    const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
    return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]))
  }
  return { join, leave, read, late, members }
}

const COUNT = 'gatehouse_http_request_seconds_count{route="/token/",status="2xx"}'
const EVENTS = 'gatehouse_events_total{type="login.succeeded"}'

test('a worker that does not answer in time counts as silent, and keeps nobody waiting', async () => {
  const { join, read, late } = world(2)
  join(1).metrics.count('login.succeeded')
  join(2, true)
  const reading = read()
  await new Promise(setImmediate)
  for (const run of late.splice(0)) run()
  const figures = await reading
  assert.equal(figures.get('gatehouse_workers{state="ready"}'), 1)
  assert.equal(figures.get('gatehouse_workers{state="silent"}'), 1)
  assert.equal(figures.get(EVENTS), 1)
})

test('what workers counted is summed up, and what is so for all of them is not', async () => {
  const { join, read } = world(3)
  const [first, second] = [join(1).metrics, join(2).metrics]
  first.observe('/token/', 200, 0.002)
  second.observe('/token/', 200, 0.02)
  second.observe('/token/', 200, 0.02)
  const figures = await read()
  assert.equal(figures.get(COUNT), 3)
  assert.equal(figures.get('gatehouse_http_request_seconds_bucket{le="0.0025",route="/token/",status="2xx"}'), 1)
  assert.equal(figures.get('gatehouse_worker_requests_total{worker="1"}'), 1)
  assert.equal(figures.get('gatehouse_worker_requests_total{worker="2"}'), 2)
  assert.equal(figures.get(`gatehouse_info{version="1.2.3",node="${process.version}"}`), 1)
  assert.equal(figures.get('gatehouse_workers{state="starting"}'), 1)
  const started = figures.get('process_start_time_seconds') ?? 0
  assert.ok(started <= Date.now() / 1000 && started > Date.now() / 1000 - 3_600)
})

test('what a worker that ended had counted stays counted, and what it held does not', async () => {
  const { join, leave, read } = world(1)
  let memory = 0
  for (const rounds of [1, 2, 3]) {
    const { member, metrics } = join(1)
    metrics.count('login.succeeded')
    const figures = await read()
    assert.equal(figures.get(EVENTS), rounds)
    memory = figures.get('process_resident_memory_bytes') ?? 0
    leave(member)
  }
  const figures = await read()
  assert.equal(figures.get(EVENTS), 3)
  assert.ok((figures.get('process_resident_memory_bytes') ?? 0) < memory)
})
