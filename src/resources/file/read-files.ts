/** The files of a configuration: the one that `GATEHOUSE_CONFIG` names, or every YAML file below that folder, sorted. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { err, ok, type Result } from '../../base/result.ts'
import type { FileIssue } from './file-issue.ts'

/** `name` is how issues and `managed_by` call it: relative to the folder. */
export type SourceFile = { readonly name: string; readonly text: string }
export type SourceFiles = { readonly folder: string; readonly files: readonly SourceFile[] }

// Bounds what one start reads; a hundred thousand people fit.
const LARGEST_FILE = 32 * 1024 * 1024
const MOST_FILES = 2000

export const readFiles = (location: string): Result<SourceFiles, FileIssue[]> => {
  const root = path.resolve(location)
  try {
    const isFolder = statSync(root).isDirectory()
    const folder = isFolder ? root : path.dirname(root)
    const names = isFolder ? listYaml(root) : [path.basename(root)]
    if (names.length > MOST_FILES) return err([whole(root, `holds more than ${MOST_FILES} files`)])
    const issues: FileIssue[] = []
    const files = names.flatMap((name) => {
      const file = path.join(folder, name)
      if (statSync(file).size > LARGEST_FILE) {
        issues.push(whole(name, `is larger than ${LARGEST_FILE} bytes`))
        return []
      }
      return [{ name, text: readFileSync(file, 'utf8') }]
    })
    return issues.length > 0 ? err(issues) : ok({ folder, files })
  } catch (error) {
    return err([whole(root, `cannot be read (${(error as NodeJS.ErrnoException).code})`)])
  }
}

const whole = (file: string, message: string): FileIssue => ({ file, line: 0, column: 0, path: '', message })

/** Names below the folder, in one order on every machine. Hidden ones are left out: Kubernetes keeps copies in `..data`. */
const listYaml = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/i.test(name) && !name.split(path.sep).some((step) => step.startsWith('.')))
    .sort()
