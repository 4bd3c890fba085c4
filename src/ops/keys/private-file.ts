/** Files that hold keys: readable by their owner only, and on the disk before anybody relies on them. */
import { closeSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs'

/** Writes a file that is not there yet, with mode 0600, and through to the disk. The folder is the caller's to sync. */
export const writePrivateFile = (file: string, text: string): void => {
  const handle = openSync(file, 'wx', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Without it a power cut can take a new name away, and with it everything that was sealed since. */
export const syncFolder = (folder: string): void => {
  // Windows opens no folders.
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** The mode of a file that others may touch, in digits; `null` where only its owner may. */
export const exposedMode = (file: string): string | null => {
  // Windows has no such bits; there the folder's access list decides.
  if (process.platform === 'win32') return null
  const mode = statSync(file).mode & 0o777
  return (mode & 0o077) === 0 ? null : mode.toString(8)
}
