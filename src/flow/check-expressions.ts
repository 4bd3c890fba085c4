/**
 * Checks the CEL expressions that a stage's settings hold where the settings are written, not when somebody stands
 * before the page. Found by the schema's `x-format: cel`; what a place offers beside the flow's own variables stands in
 * `x-variables`.
 */
import type { Issue, TSchema } from '../base/schema.ts'
import type { CompileExpression, Variables } from '../domain/expressions/expression.ts'
import { FLOW_VARIABLES } from './flow-variables.ts'

type Schema = {
  readonly 'x-format'?: string
  readonly 'x-variables'?: Variables
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

export const checkExpressions = (
  schema: TSchema,
  value: unknown,
  path: string,
  compile: CompileExpression,
): Issue[] => {
  const issues: Issue[] = []
  visit(schema as Schema, value, path, (source, at, extra) => {
    const compiled = compile(source, extra ? { ...FLOW_VARIABLES, ...extra } : FLOW_VARIABLES)
    // A union may name one place twice.
    if (!compiled.ok && !issues.some((issue) => issue.path === at)) issues.push({ path: at, message: compiled.error })
  })
  return issues
}

type Found = (source: string, path: string, extra: Variables | undefined) => void

const visit = (schema: Schema, value: unknown, path: string, found: Found): void => {
  if (typeof value === 'string') {
    if (schema['x-format'] === 'cel') found(value, path, schema['x-variables'])
    for (const member of schema.anyOf ?? []) visit(member, value, path, found)
    return
  }
  if (value === null || typeof value !== 'object') return
  for (const member of schema.anyOf ?? []) visit(member, value, path, found)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) if (schema.items) visit(schema.items, item, `${path}[${index}]`, found)
    return
  }
  const inMap = Object.values(schema.patternProperties ?? {})[0]
  for (const [key, inner] of Object.entries(value)) {
    const member = schema.properties?.[key] ?? inMap
    if (member) visit(member, inner, `${path}.${key}`, found)
  }
}
