/** Where a configuration file is wrong: `people.yaml:12:5: users.ana.emial: unknown key; did you mean "email"?` */
import type { Issue } from '../../base/schema.ts'

export type FilePlace = { readonly file: string; readonly line: number; readonly column: number }
export type FileIssue = Issue & FilePlace

export const spellIssue = (issue: FileIssue): string => {
  const at = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file
  return printable(issue.path === '' ? `${at}: ${issue.message}` : `${at}: ${issue.path}: ${issue.message}`)
}

/**
 * Text for a terminal or a log. Keys of a file may hold anything: an escape sequence would drive the terminal, and a
 * mark that turns the direction of writing would show another name than the one meant (L01).
 */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

export const spellPlace = ({ file, line, column }: FilePlace): string => `${file}:${line}:${column}`
