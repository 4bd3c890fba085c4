/** Where a configuration file is wrong: `people.yaml:12:5: users.ana.emial: unknown key; did you mean "email"?` */
import type { Issue } from '../../base/schema.ts'

export type FilePlace = { readonly file: string; readonly line: number; readonly column: number }
export type FileIssue = Issue & FilePlace

export const spellIssue = (issue: FileIssue): string => {
  const at = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file
  return issue.path === '' ? `${at}: ${issue.message}` : `${at}: ${issue.path}: ${issue.message}`
}

export const spellPlace = ({ file, line, column }: FilePlace): string => `${file}:${line}:${column}`
