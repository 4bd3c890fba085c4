/** What `gatehouse plan`, `apply` and `export` share: what they work on, where they write, how they speak of failure. */
import { parseArgs } from 'node:util'
import type { Actor } from '../events/event.ts'
import type { ConfigurationFiles, FilesFailure } from '../resources/file/configuration-files.ts'
import { spellIssue } from '../resources/file/file-issue.ts'
import type { FilesDeps } from '../resources/file/files-deps.ts'
import type { Output } from './command.ts'

export type ConfigurationContext = {
  readonly files: ConfigurationFiles
  readonly deps: FilesDeps
  /** `GATEHOUSE_CONFIG`, where the command names no path. */
  readonly configPath: string | null
  readonly actor: Actor
}

/** 0 is done; 1 was refused; 2 was asked wrongly. */
export type ExitCode = 0 | 1 | 2

/** A command reads its words, or says how it is called. */
export const readWords = <Options extends Record<string, { type: 'string' | 'boolean' }>>(
  args: readonly string[],
  options: Options,
  usage: string,
  out: Output,
) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    out.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    return null
  }
}

/** The path that a command works on. */
export const pathFor = (context: ConfigurationContext, words: readonly string[], usage: string, out: Output) => {
  const path = words.length > 1 ? null : (words[0] ?? context.configPath)
  if (path === null) out.error(`Name one file or folder, or set GATEHOUSE_CONFIG.\n${usage}`)
  return path
}

export const complainOf = (failure: FilesFailure, out: Output): void => {
  for (const issue of failure.issues) out.error(spellIssue(issue))
  out.error(failure.message)
}
