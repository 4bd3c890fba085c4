/**
 * Our own handle on SQLite's write-ahead log, to sync it off the main thread. Only ever the `-wal` file: to open and
 * close the database file, or `-shm`, in this process would drop every POSIX lock that SQLite holds on it
 * (sqlite.org/howtocorrupt.html §2.2). SQLite takes no lock on `-wal`, and never makes it anew while a connection is open.
 */
import { close, closeSync, fdatasync, fstatSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

export type WalFile = {
  sync(done: (error: Error | null) => void): void
  close(): Promise<void>
}

/** Tells tests when a sync begins and has completed. */
export type SyncWatcher = (phase: 'begun' | 'done') => void

export const openWalFile = (database: string, watch: SyncWatcher = () => {}): WalFile => {
  const file = openSync(`${database}-wal`, 'r+')
  if (!fstatSync(file).isFile()) {
    closeSync(file)
    throw new Error(`${database}-wal is not a file`)
  }
  syncFolder(dirname(database))
  return {
    sync: (done) => {
      watch('begun')
      fdatasync(file, (error) => {
        if (!error) watch('done')
        done(error)
      })
    },
    close: () => new Promise((resolve, reject) => close(file, (error) => (error ? reject(error) : resolve()))),
  }
}

/** A new file is durable only once the folder that names it is. */
const syncFolder = (folder: string): void => {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
