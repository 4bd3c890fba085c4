/**
 * Regular expressions that somebody wrote into the configuration: RE2, linear in the length of the text whatever the
 * pattern (M04). The engine is loaded with the first pattern; most houses have none, and it is a twentieth of what a
 * start would read.
 */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'

const load = createRequire(import.meta.url)

/** Throws, in the engine's words, where it is no pattern. */
export const linearPattern = (source: string): RE2JS => {
  const engine: typeof import('re2js') = load('re2js')
  return engine.RE2JS.compile(source)
}
