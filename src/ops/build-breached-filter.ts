/**
 * Builds the filter of leaked passwords from a list: one password a line, or its SHA-1 in hex, alone or with `:count`
 * behind it, as Have I Been Pwned's downloads have it. The list is read as a stream, and filled in a share of the filter
 * at a time: memory is bounded whatever its size, and a list too large for one share is read again for the next.
 */
import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import {
  addToBlock,
  BLOCK,
  blockOf,
  blocksFor,
  breachedKey,
  sealBlock,
  writeHead,
} from '../domain/credentials/breached-filter.ts'
import { possibleForms } from '../domain/credentials/password-text.ts'

/** 256 MiB of the filter at once: 130 million passwords in one pass. */
const SHARE = 2 ** 16
/** No password is longer; a line that is, holds none, and a file without line ends must not fill the memory. */
const LONGEST_LINE = 8192

export type Built = { readonly entries: number; readonly skipped: number; readonly bytes: number }

/** Writes beside the target and moves the whole into its place: whoever reads meanwhile sees the old one or the new. */
export const buildBreachedFilter = async (list: string, target: string, share = SHARE): Promise<Built> => {
  let entries = 0
  let skipped = 0
  await eachLine(list, (line) => {
    const count = countOf(line)
    if (count === 0) skipped++
    entries += count
  })
  const blocks = blocksFor(entries)
  const beside = `${target}.new-${process.pid}`
  const file = await open(beside, 'wx', 0o644)
  try {
    await file.write(writeHead({ entries, blocks }), 0, BLOCK, 0)
    for (let from = 0; from < blocks; from += share) {
      const filled = await fill(list, blocks, from, Math.min(share, blocks - from))
      await writeAll(file, filled, (from + 1) * BLOCK)
    }
    await file.sync()
    await file.close()
    await rename(beside, target)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(beside, { force: true })
    throw error
  }
  return { entries, skipped, bytes: (blocks + 1) * BLOCK }
}

type File = Awaited<ReturnType<typeof open>>

const writeAll = async (file: File, bytes: Uint8Array, at: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }
}

/** The blocks of one share, of all of the list. */
const fill = async (list: string, blocks: number, from: number, count: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(count * BLOCK)
  const block = (number: number) => bytes.subarray((number - from) * BLOCK, (number - from + 1) * BLOCK)
  await eachLine(list, (line) => {
    for (const key of keysOf(line)) {
      const number = blockOf(key, blocks)
      if (number >= from && number < from + count) addToBlock(block(number), key)
    }
  })
  for (let number = from; number < from + count; number++) sealBlock(block(number), number)
  return bytes
}

const HASH = /^[0-9A-Fa-f]{40}(?::\d+)?\s*$/

const isLeftOut = (line: string): boolean => line === '' || line.length > LONGEST_LINE

/** How many keys a line has, without the work of making them. */
const countOf = (line: string): number => (isLeftOut(line) ? 0 : HASH.test(line) ? 1 : possibleForms(line).length)

/** A line of hex as long as a SHA-1 is one: nobody's password looks like that. */
const keysOf = (line: string): readonly Uint8Array[] => {
  if (isLeftOut(line)) return []
  if (HASH.test(line)) return [Buffer.from(line.slice(0, 40), 'hex')]
  return possibleForms(line).map(breachedKey)
}

const eachLine = async (list: string, take: (line: string) => void): Promise<void> => {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let first = true
  const whole = (line: string): void => {
    // Lists that were made on Windows end lines by two characters, and may begin with a byte order mark.
    take((first ? line.replace(/^\uFEFF/, '') : line).replace(/\r$/, ''))
    first = false
  }
  for await (const chunk of createReadStream(list, { highWaterMark: 256 * 1024 })) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) whole(line)
    // What is too long to be a line is cut to something that is still too long.
    if (rest.length > LONGEST_LINE) rest = rest.slice(0, LONGEST_LINE + 1)
  }
  rest += decoder.end()
  if (rest !== '') whole(rest)
}
