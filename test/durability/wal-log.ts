/**
 * SQLite's log as a disk knows it (sqlite.org/fileformat2.html §4, walformat.html §2): which frames are of the present
 * generation, and how many of them were synced, by us or by a checkpoint.
 */
import { openSync, readSync } from 'node:fs'

const HEADER = 32
const FRAME_HEADER = 24
export const SYNCED = 'synced '

const read = (file: number, length: number, at: number): Buffer | null => {
  const bytes = Buffer.alloc(length)
  return readSync(file, bytes, 0, length, at) === length ? bytes : null
}

const saltOf = (header: Buffer): string => header.subarray(16, 24).toString('hex')

/**
 * For the process that writes: tells after each sync how many frames of which generation it covers, counted when it
 * began. The file is opened once and never closed: only `-wal`, which SQLite takes no lock on.
 */
export const watchLog = (database: string, tell: (line: string) => void): ((phase: 'begun' | 'done') => void) => {
  let file = -1
  let counted = { salt: '', frames: 0 }
  let covered = counted
  const count = (): void => {
    if (file === -1) file = openSync(`${database}-wal`, 'r')
    const header = read(file, HEADER, 0)
    if (!header) return
    const salt = saltOf(header)
    let frames = counted.salt === salt ? counted.frames : 0
    const size = FRAME_HEADER + header.readUInt32BE(8)
    while (
      read(file, FRAME_HEADER, HEADER + frames * size)
        ?.subarray(8, 16)
        .toString('hex') === salt
    )
      frames += 1
    counted = { salt, frames }
  }
  return (phase) => {
    if (phase === 'begun') {
      count()
      covered = counted
    } else tell(`${SYNCED}${covered.salt} ${covered.frames}`)
  }
}

export type Synced = { readonly salt: string; readonly frames: number }

export const readSynced = (line: string): Synced => {
  const [, salt = '', frames] = line.split(' ')
  return { salt, frames: Number(frames) }
}

/** How long the log is that a power cut leaves, when the disk kept nothing that it was not told to sync. */
export const lengthAfterPowerCut = (
  log: Buffer,
  index: Buffer,
  synced: Synced,
): { kept: number; checkpointed: number } => {
  const salt = saltOf(log)
  const size = FRAME_HEADER + log.readUInt32BE(8)
  // The index is ahead of the file when the next frame will begin a new generation: all of this one was checkpointed,
  // log and database synced.
  if (index.subarray(32, 40).toString('hex') !== salt) return { kept: log.length, checkpointed: log.length }
  // A checkpoint syncs the log before it writes to the database; the index notes how far it went (nBackfillAttempted).
  const endian = index.readUInt32LE(0) === 3007000 ? 'LE' : 'BE'
  const checkpointed = endian === 'LE' ? index.readUInt32LE(128) : index.readUInt32BE(128)
  const frames = Math.max(checkpointed, synced.salt === salt ? synced.frames : 0)
  return { kept: HEADER + frames * size, checkpointed: HEADER + checkpointed * size }
}
