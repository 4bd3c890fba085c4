/**
 * A process that writes as a busy server does and tells each answer on its output once `write` resolved. Killed, it
 * must have promised nothing that is not there. On SQLite it also tells how much of the log was synced, each time.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/base/clock.ts'
import { openStore, type StoreOptions } from '../../src/store/open-store.ts'
import { aResource, aUser } from '../support/store-rows.ts'
import { watchLog } from './wal-log.ts'

const [, , where, workers, each] = process.argv
const options: Pick<StoreOptions, 'url' | 'file'> = JSON.parse(String(where))
const onSync = options.file === undefined ? undefined : watchLog(options.file, (line) => writeSync(1, `${line}\n`))
const store = await openStore({ ...options, clock: systemClock, ...(onSync ? { onSync } : {}) })

const sum = (text: string): string => createHash('sha256').update(text).digest('hex')

const write = async (worker: number, run: string): Promise<void> => {
  const slug = `w-${run}-${worker}`
  for (let revision = 1; revision <= Number(each); revision += 1) {
    const username = `${slug}-${revision}`
    const text = randomBytes(Math.floor(Math.random() * 3_000)).toString('hex')
    const spec = { name: slug, text, sum: sum(text) }
    await store.write(async (tx) => {
      await store.users.insert(tx, aUser({ username }))
      await store.resources.put(tx, aResource(slug, { spec, expected: revision - 1, id: slug }))
    })
    // At once and whole: what the reader sees of it was promised.
    writeSync(1, `${slug} ${revision} ${username}\n`)
  }
}

const run = randomUUID().slice(0, 8)
await Promise.all(Array.from({ length: Number(workers) }, (_, worker) => write(worker, run)))
await store.close()
