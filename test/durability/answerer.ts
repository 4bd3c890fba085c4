/** A process that answers, on its output, with the marker of each write once that write resolved. To be watched. */
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/base/clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { aUser } from '../support/store-rows.ts'

const [, , file, workers, each] = process.argv
const store = await openStore({ file: String(file), clock: systemClock })

const answer = async (): Promise<void> => {
  for (let count = 0; count < Number(each); count += 1) {
    const marker = `marker-${randomUUID()}`
    await store.write((tx) => store.users.insert(tx, aUser({ username: marker })))
    writeSync(1, `${marker}\n`)
  }
}

await Promise.all(Array.from({ length: Number(workers) }, answer))
await store.close()
