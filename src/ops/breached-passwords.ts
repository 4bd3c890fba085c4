/**
 * Looks passwords up in the filter file, one page of it a check, so that it costs no memory however large the list is. The
 * file is opened anew when it was replaced. Whatever is wrong with it, the answer is `unavailable`, and never that a
 * password is fine: by that nobody gets in worse, only no new password is taken until it is mended.
 */
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Breached } from '../core/passwords.ts'
import {
  BLOCK,
  type BreachedHead,
  blockOf,
  breachedKey,
  isInBlock,
  isSound,
  readHead,
} from '../domain/credentials/breached-filter.ts'

export type BreachedPasswords = {
  readonly check: Breached
  close(): Promise<void>
}

type Opened = { readonly handle: FileHandle; readonly head: BreachedHead; readonly stamp: string }

/** `report` is told once of each thing that is wrong, and once that all is well again. */
export const createBreachedPasswords = (
  file: string,
  report: (state: { readonly ok: true } | { readonly ok: false; readonly why: string }) => void,
): BreachedPasswords => {
  let opened: Opened | null = null
  let told: string | null = null
  // One check at a time: none reads from a file that another is about to close.
  let turn: Promise<unknown> = Promise.resolve()

  const tell = (why: string | null): void => {
    if (why !== told) report(why === null ? { ok: true } : { ok: false, why })
    told = why
  }

  const close = async (): Promise<void> => {
    const { handle } = opened ?? {}
    opened = null
    await handle?.close()
  }

  const current = async (): Promise<Opened> => {
    const { ino, size, mtimeMs } = await stat(file)
    const stamp = `${ino} ${size} ${mtimeMs}`
    if (opened?.stamp === stamp) return opened
    await close()
    const handle = await open(file)
    const head = readHead(await readBlock(handle, 0), size)
    if (!head) {
      await handle.close()
      throw new Damaged('is no whole filter that this version reads')
    }
    opened = { handle, head, stamp }
    return opened
  }

  const isListed = async (form: Uint8Array): Promise<boolean> => {
    const { handle, head } = await current()
    const key = breachedKey(form)
    const number = blockOf(key, head.blocks)
    const block = await readBlock(handle, number + 1)
    if (!isSound(block, number)) throw new Damaged(`is damaged in block ${number}`)
    return isInBlock(block, key)
  }

  const check: Breached = async (forms) => {
    try {
      for (const form of forms) {
        if (await isListed(form)) return 'listed'
      }
      tell(null)
      return 'unlisted'
    } catch (error) {
      await close().catch(() => undefined)
      tell(reason(error))
      return 'unavailable'
    }
  }

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }

  return { check: (forms) => inTurn(() => check(forms)), close: () => inTurn(close) }
}

class Damaged extends Error {}

const reason = (error: unknown): string => {
  if (error instanceof Damaged) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'ENOENT' ? 'is not there' : `cannot be read${code && ` (${code})`}`
}

/** Shorter where the file ends before: then it is not sound. */
const readBlock = async (handle: FileHandle, number: number): Promise<Uint8Array> => {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(BLOCK), 0, BLOCK, number * BLOCK)
  return buffer.subarray(0, bytesRead)
}
