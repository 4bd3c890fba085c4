/** A process that opens the SQLite file it is given and closes it again. */
import { systemClock } from '../../src/base/clock.ts'
import { openStore } from '../../src/store/open-store.ts'

const store = await openStore({ file: String(process.argv[2]), clock: systemClock })
await store.close()
