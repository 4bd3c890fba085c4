/**
 * One YAML file as plain values, with the place of every path in it. YAML 1.2 without tags of any kind: `!Env`, `!File`
 * and their like are how a file reaches beyond itself (I12), and aliases are bounded (the "billion laughs").
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import type { Json, JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { isObject } from '../schema/annotated-schema.ts'
import { type FileIssue, type FilePlace, spellPlace } from './file-issue.ts'
import type { SourceFile } from './read-files.ts'

export type ParsedFile = {
  readonly name: string
  readonly value: JsonObject
  /** The place of the deepest part of a path that stands in this file, and how much of the path that is. */
  locate(path: string, atKey: boolean): FilePlace & { readonly matched: number }
}

// Enough for anchors that people write; far below what an alias bomb needs.
const MOST_ALIASES = 1000

export const parseFile = (file: SourceFile): Result<ParsedFile, FileIssue[]> => {
  const lines = new LineCounter()
  const place = (offset: number): FilePlace => {
    const { line, col } = lines.linePos(offset)
    return { file: file.name, line, column: col }
  }
  const issue = (offset: number, message: string): FileIssue => ({ ...place(offset), path: '', message })
  const document = read(file.text, lines)
  if (!document) return err([issue(0, 'is nested too deeply')])
  // A tag that is not known is only a warning to the parser.
  const issues = [...document.errors, ...document.warnings].map((one) => issue(one.pos[0], firstLine(one.message)))
  issues.push(...structureIssues(document, issue, place))
  if (issues.length > 0) return err(issues)
  const value = plainValue(document)
  if (value === undefined) return err([issue(0, 'repeats itself too often by aliases')])
  if (value !== null && !isObject(value)) return err([issue(0, 'must be a map of groups, users and resources')])
  return ok({
    name: file.name,
    value: value ?? {},
    locate: (path, atKey) => {
      const { offset, matched } = locate(document, path, atKey)
      return { ...place(offset), matched }
    },
  })
}

const read = (text: string, lineCounter: LineCounter): Document | null => {
  try {
    return parseDocument(text, { lineCounter, version: '1.2', uniqueKeys: false, prettyErrors: false })
  } catch (error) {
    // The parser recurses; a file of brackets ends its stack.
    if (error instanceof RangeError) return null
    throw error
  }
}

const plainValue = (document: Document): Json | undefined => {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES }) as Json
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined
    throw error
  }
}

const firstLine = (message: string): string => message.split('\n')[0] ?? message

/** Keys said twice (with both places), keys that are no text, and tags on anything. */
const structureIssues = (
  document: Document,
  issue: (offset: number, message: string) => FileIssue,
  place: (offset: number) => FilePlace,
): FileIssue[] => {
  const issues: FileIssue[] = []
  try {
    visit(document, {
      Map: (_, map) => {
        const seen = new Map<string, number>()
        for (const pair of map.items) {
          const key = keyOf(pair)
          const offset = startOf(pair.key)
          if (key === null) {
            issues.push(issue(offset, 'a key must be plain text'))
            continue
          }
          const first = seen.get(key)
          if (first === undefined) seen.set(key, offset)
          else issues.push(issue(offset, `"${key}" is defined twice; first at ${spellPlace(place(first))}`))
        }
      },
      Node: (_, node) => {
        // The tags of YAML's own core schema change nothing and are allowed on plain values.
        const tag = 'tag' in node ? node.tag : undefined
        if (tag && !/^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag)) {
          issues.push(issue(startOf(node), `the tag ${tag} is not allowed`))
        }
      },
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    issues.push(issue(0, 'is nested too deeply'))
  }
  return issues
}

const keyOf = (pair: Pair): string | null => {
  const key = pair.key
  if (!isScalar(key) || (typeof key.value === 'object' && key.value !== null)) return null
  return String(key.value)
}

const startOf = (node: unknown): number => {
  const range = (node as { range?: readonly number[] | null } | null)?.range
  return range?.[0] ?? 0
}

/** Follows a path (`users.ana.b.emails[0]`) as far as it goes; keys may hold dots, so the longest that fits is taken. */
const locate = (document: Document, path: string, atKey: boolean): { offset: number; matched: number } => {
  let node: unknown = document.contents
  let key: unknown = null
  let rest = path
  for (;;) {
    const at = isAlias(node) ? (node as Alias).resolve(document) : node
    const step = isMap(at) ? stepInMap(at, rest) : isSeq(at) ? stepInList(at.items, rest) : null
    if (!step) break
    node = step.node
    key = step.key
    rest = rest.slice(step.length).replace(/^\./, '')
  }
  // A map shows best by its key, a value by itself.
  const target = key !== null && (atKey || !isScalar(node)) ? key : (node ?? key)
  return { offset: startOf(target), matched: path.length - rest.length }
}

type Step = { readonly node: unknown; readonly key: unknown; readonly length: number }

/** The longest beginning of the path that is a key here; keys may hold dots. */
const stepInMap = (map: YAMLMap, rest: string): Step | null => {
  const pairs = indexOf(map)
  for (let end = rest.length; end > 0; end -= 1) {
    const next = rest[end]
    if (next !== undefined && next !== '.' && next !== '[') continue
    const pair = pairs.get(rest.slice(0, end))
    if (pair) return { node: pair.value, key: pair.key, length: end }
  }
  return null
}

const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>()

// A file may hold a hundred thousand people and as many issues; looking through them for each would take for ever.
const indexOf = (map: YAMLMap): ReadonlyMap<string, Pair> => {
  const known = indexes.get(map)
  if (known) return known
  const made = new Map(map.items.map((pair) => [keyOf(pair) ?? '', pair]))
  indexes.set(map, made)
  return made
}

const stepInList = (items: readonly unknown[], rest: string): Step | null => {
  const found = /^\[(\d+)\]/.exec(rest)
  const item = found ? items[Number(found[1])] : undefined
  return found && item !== undefined ? { node: item, key: null, length: found[0].length } : null
}
