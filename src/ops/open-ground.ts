/** The ground under the house: data folder, secret key, store, key ring. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { type Failure, fail, ok, type Result } from '../base/result.ts'
import { reveal } from '../base/secret.ts'
import { systemTimers } from '../base/timers.ts'
import { createRecorder, type Recorder } from '../core/recorder.ts'
import { openStore, type Peers } from '../store/open-store.ts'
import { SchemaTooNew } from '../store/schema-too-new.ts'
import type { Store } from '../store/store.ts'
import type { Config } from './config.ts'
import { type HouseRing, openHouseRing } from './keys/house-ring.ts'
import { loadSecretKey } from './keys/secret-key.ts'
import type { Log } from './log.ts'

export type World = { readonly clock: Clock; readonly random: Random }

export type Ground = { readonly store: Store; readonly recorder: Recorder } & HouseRing

/** What stands in the way, in one plain sentence for whoever starts the process. */
export type StartFailure = Failure<string>

export const openGround = async (
  config: Config,
  world: World,
  log: Pick<Log, 'error'>,
  peers?: Peers,
): Promise<Result<Ground, StartFailure>> => {
  const folder = makeFolder(config.dataDir)
  if (!folder.ok) return folder
  const secretKey = loadSecretKey({
    given: config.secretKey,
    previous: config.previousSecretKeys,
    dataDir: config.dataDir,
    random: world.random,
  })
  if (!secretKey.ok) return secretKey
  const opened = await open(config, world, peers)
  if (!opened.ok) return opened
  const store = opened.value
  const recorder = createRecorder({ store, ...world, timers: systemTimers, log })
  const ring = await openHouseRing(store, secretKey.value, { ...world, recorder })
  if (!ring.ok) {
    await store.close()
    return ring
  }
  return ok({ store, recorder, ...ring.value })
}

const makeFolder = (folder: string): Result<null, StartFailure> => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return ok(null)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return fail('data_dir_unusable', `The data folder ${folder} cannot be made (${code}). Check GATEHOUSE_DATA_DIR.`)
  }
}

const open = async (config: Config, world: World, peers?: Peers): Promise<Result<Store, StartFailure>> => {
  const file = path.join(config.dataDir, 'gatehouse.db')
  const where = config.databaseUrl ? { url: reveal(config.databaseUrl, 'connect to the database') } : { file }
  try {
    return ok(await openStore({ ...where, poolSize: config.poolSize, ...world, ...(peers ? { peers } : {}) }))
  } catch (error) {
    if (error instanceof SchemaTooNew) return fail('schema_too_new', error.message)
    const code = (error as { code?: unknown }).code
    if (typeof code !== 'string') throw error
    if (!config.databaseUrl) {
      // SQLite's own words: not a database, a disk that is full, a file that may not be written.
      if (code !== 'ERR_SQLITE_ERROR') throw error
      return fail('database_unusable', `The database file ${file} cannot be used: ${(error as Error).message}.`)
    }
    // A driver's error may quote the address, and that holds a password.
    return fail('database_unreachable', `The database does not answer (${code}). Check GATEHOUSE_DATABASE_URL.`)
  }
}
