/**
 * Reads what strace saw of a process (`-f -y -xx`): the writes and syncs of SQLite's log, and the answers given, each
 * with the line at which it began and the one at which it had ended. Lines are in the order of what happened.
 */
export type Call = {
  readonly name: string
  /** What the first argument, a file descriptor, stands for. */
  readonly path: string
  readonly data: Buffer
  readonly began: number
  readonly ended: number
  readonly result: number
}

const unhex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex')

const WHOLE = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/
const BEGUN = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+)/
const ARGUMENTS = /^\d+<([^>]*)>(?:, "((?:\\x[0-9a-f]{2})*)")?/

export const readTrace = (trace: string): Call[] => {
  const calls: Call[] = []
  const open = new Map<string, { name: string; args: string; began: number }>()
  const add = (name: string, args: string, began: number, ended: number, result: string): void => {
    const [, path = '', data = ''] = ARGUMENTS.exec(args) ?? []
    calls.push({ name, path: unhex(path).toString(), data: unhex(data), began, ended, result: Number(result) })
  }
  for (const [at, line] of trace.split('\n').entries()) {
    const whole = WHOLE.exec(line)
    const begun = BEGUN.exec(line)
    const resumed = RESUMED.exec(line)
    const waiting = resumed && open.get(resumed[1] ?? '')
    if (whole) add(whole[2] ?? '', whole[3] ?? '', at, at, whole[4] ?? '')
    else if (begun) open.set(begun[1] ?? '', { name: begun[2] ?? '', args: begun[3] ?? '', began: at })
    else if (waiting) add(waiting.name, waiting.args, waiting.began, at, resumed[3] ?? '')
  }
  return calls
}

/** Bytes 4 to 8 of a frame's header are zero but for the frame that commits (sqlite.org/fileformat2.html §4.1). */
const commits = (header: Buffer): boolean => header.length === 24 && header.readUInt32BE(4) !== 0

const MARKER = /marker-[0-9a-f-]{36}/g

/** For each marker, the line at which the commit that holds it stood in the log. */
export const committedAt = (calls: readonly Call[]): Map<string, number> => {
  const found = new Map<string, number>()
  let waiting: string[] = []
  let committing = false
  for (const call of calls) {
    if (call.name !== 'pwrite64' || !call.path.endsWith('-wal')) continue
    if (call.data.length === 24) {
      committing = commits(call.data)
      continue
    }
    for (const [marker] of call.data.toString('latin1').matchAll(MARKER)) {
      if (!found.has(marker) && !waiting.includes(marker)) waiting.push(marker)
    }
    if (!committing) continue
    for (const marker of waiting) found.set(marker, call.ended)
    waiting = []
    committing = false
  }
  return found
}

export const isSync = (call: Call): boolean => call.name === 'fsync' || call.name === 'fdatasync'

/** The answers that were given without a sync of the log that began after their commit and had ended before them. */
export const answersTooEarly = (calls: readonly Call[]): string[] => {
  const commit = committedAt(calls)
  const syncs = calls.filter((call) => isSync(call) && call.path.endsWith('-wal') && call.result === 0)
  const early: string[] = []
  for (const call of calls) {
    if (call.name !== 'write') continue
    for (const [marker] of call.data.toString('latin1').matchAll(MARKER)) {
      const written = commit.get(marker)
      const held = written !== undefined && syncs.some((sync) => sync.began > written && sync.ended < call.began)
      if (!held) early.push(marker)
    }
  }
  return early
}
