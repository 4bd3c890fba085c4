/** What a writing process promised, and whether a store holds all of it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Store } from '../../src/store/store.ts'
import { SYNCED } from './wal-log.ts'

export type Acknowledged = { readonly slug: string; readonly revision: number; readonly username: string }

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url))

export const startWriter = (where: object, workers: number, each: number): ChildProcess =>
  spawn(process.execPath, [WRITER, JSON.stringify(where), String(workers), String(each)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

/** Every whole line of a process's output; a line cut off by its death is not counted as promised. */
export const linesOf = (child: ChildProcess, eachLine: (line: string) => void): void => {
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(eachLine)
  })
}

export const readAcknowledged = (line: string): Acknowledged => {
  const [slug = '', revision, username = ''] = line.split(' ')
  return { slug, revision: Number(revision), username }
}

/** Kills the process without warning once it has promised so many; gives all that it promised. */
export const killAfter = async (child: ChildProcess, promises: number): Promise<Acknowledged[]> => {
  const seen: Acknowledged[] = []
  linesOf(child, (line) => {
    if (line.startsWith(SYNCED)) return
    seen.push(readAcknowledged(line))
    if (seen.length === promises) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return seen
}

/** Nothing promised is missing, and every revision is whole and in its place. */
export const assertHeld = async (store: Store, promised: readonly Acknowledged[]): Promise<void> => {
  for (const { username } of promised) {
    assert.ok(await store.users.byUsername(store.read, username), `${username} was promised and is missing`)
  }
  const newest = new Map<string, number>()
  for (const { slug, revision } of promised) newest.set(slug, Math.max(newest.get(slug) ?? 0, revision))
  for (const [slug, least] of newest) {
    const revisions = await store.resources.revisions(store.read, 'applications', slug, 1_000_000)
    assert.ok(revisions.length >= least, `${slug} has ${revisions.length} revisions, ${least} were promised`)
    assert.deepEqual(
      revisions.map((one) => one.revision),
      Array.from({ length: revisions.length }, (_, index) => revisions.length - index),
    )
    for (const { spec } of revisions) {
      assert.equal(createHash('sha256').update(String(spec?.text)).digest('hex'), spec?.sum)
    }
    assert.equal((await store.resources.get(store.read, 'applications', slug))?.revision, revisions.length)
  }
}

/** How often what is random is tried: 5 at the desk, 20 in CI, 500 in a long run. */
export const ROUNDS = Number(process.env.GATEHOUSE_TEST_ROUNDS ?? 5)

const PER_DATABASE = 20

/** Runs `rounds` in batches, each on a database of its own, so that a long run does not end up checking gigabytes. */
export const inBatches = async (batch: (rounds: number) => Promise<void>): Promise<void> => {
  for (let left = ROUNDS; left > 0; left -= PER_DATABASE) await batch(Math.min(left, PER_DATABASE))
}
