/** The reference as a page, from the OpenAPI document: no script, no style but the house's own, readable as it is. */
import { type Html, html } from '../../../base/html.ts'
import type { Json, JsonObject } from '../../../base/json.ts'
import { deskStyle, favicon } from '../../../pages/style.ts'
import { PROBLEMS } from '../problem.ts'
import type { ApiDocument, Operation, Parameter } from './openapi.ts'

export const reference = (api: ApiDocument, webPath: string): string =>
  `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>API reference · ${api.info.title}</title>
<link rel="icon" href="${webPath}static/${favicon.name}">
<link rel="stylesheet" href="${webPath}static/${deskStyle.name}">
</head>
<body>
<a class="skip" href="#main">Skip to the reference</a>
<header class="top"><span class="name">${api.info.title}</span><nav class="tabs" aria-label="Documents"><a href="${webPath}api/v1/docs" aria-current="page">API reference</a><a href="${webPath}api/v1/openapi.json">OpenAPI</a></nav></header>
<main class="main" id="main">
<h1>API reference</h1>
<p class="lead">Version ${api.info.version}. ${inCode(api.info.description)}</p>
<nav aria-label="Contents"><ul>${[...api.tags.map(({ name }) => name), 'Values', 'Problems'].map((name) => html`<li><a href="#${anchor(name)}">${name}</a></li>`)}</ul></nav>
${api.tags.map(({ name }) => section(api, name))}
<h2 id="values">Values</h2>
${Object.entries(api.components.schemas).map(([name, schema]) => valueSection(name, schema))}
<h2 id="problems">Problems</h2>
<div class="panel">${Object.entries(PROBLEMS).map(([code, { status, title }]) => html`<div class="item" id="${code}"><div class="grow"><b><code>${code}</code></b><small>${status} · ${title}</small></div></div>`)}</div>
</main>
</body>
</html>`.markup
  }\n`

const anchor = (name: string): string => name.toLowerCase()
/** A value may be called like the heading of its routes. */
const valueAnchor = (name: string): string => `value-${anchor(name)}`

/** Text whose parts between backticks are code. */
const inCode = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`

const section = (api: ApiDocument, tag: string): Html => {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operation.tags.includes(tag) ? [operationItem(path, method, operation)] : [],
    ),
  )
  return html`<h2 id="${anchor(tag)}">${tag}</h2><div class="panel">${operations}</div>`
}

const operationItem = (path: string, method: string, operation: Operation): Html =>
  html`<section class="item" id="${operation.operationId}" aria-label="${operation.operationId}"><div class="grow">
<b><code>${method.toUpperCase()} ${path}</code></b>
<p>${inCode(operation.summary)}${operation.description !== undefined && html` ${inCode(operation.description)}`}</p>
<small>${needs(operation['x-permission'])}</small>
${operation.parameters.length > 0 && html`<ul>${operation.parameters.map(parameterItem)}</ul>`}
${bodies(operation)}</div></section>`

const needs = (permission: string): Html => {
  if (permission === 'public') return html`Needs no sign-in.`
  return permission === 'self' ? html`For one’s own.` : html`Needs the permission <code>${permission}</code>.`
}

const parameterItem = ({ name, in: place, description, schema }: Parameter): Html =>
  html`<li><small><code>${name}</code> in the ${place === 'path' ? 'address' : place}, ${typeWords(schema)}${description !== undefined && html`: ${inCode(description)}`}</small></li>`

const bodies = (operation: Operation): Html => {
  const sent = Object.values(operation.requestBody?.content ?? {})[0]?.schema
  const answered = Object.entries(operation.responses)
    .filter(([status]) => status !== 'default')
    .map(([status, response]) => html`<li><small>Answers ${status}${answerWords(response)}</small></li>`)
  return html`<ul>${sent !== undefined && html`<li><small>Takes ${typeWords(sent)}</small></li>`}${answered}</ul>`
}

const answerWords = (response: Json | undefined): Html => {
  const content = object(object(response)?.content)
  const schema = object(object(content?.['application/json'])?.schema)
  return schema ? html` with ${typeWords(schema)}` : html``
}

const valueSection = (name: string, schema: JsonObject): Html => {
  const members = Object.entries(object(schema.properties) ?? {})
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  return html`<section class="panel foot" id="${valueAnchor(name)}" aria-label="${name}"><div class="item"><div class="grow"><b><code>${name}</code></b>
<ul>${members.map(([member, of]) => memberItem(member, object(of) ?? {}, required.has(member)))}</ul></div></div></section>`
}

const memberItem = (name: string, schema: JsonObject, required: boolean): Html =>
  html`<li><small><code>${name}</code> ${typeWords(schema)}${required && schema.default === undefined && ', required'}${schema.default !== undefined && html`, otherwise <code>${JSON.stringify(schema.default)}</code>`}${typeof schema.description === 'string' && html`: ${inCode(schema.description)}`}</small></li>`

/** A schema in a few words; the document has it whole. */
const typeWords = (schema: JsonObject): Html => {
  const { $ref, type, enum: values, const: value, items, format } = schema
  if (typeof $ref === 'string') {
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    return html`<a href="#${valueAnchor(name)}">${name}</a>`
  }
  const branches = schema.oneOf ?? schema.anyOf
  if (Array.isArray(branches)) {
    return html`${branches.map((branch, index) => html`${index > 0 && ' or '}${typeWords(object(branch) ?? {})}`)}`
  }
  if (Array.isArray(values)) return html`one of ${values.map((one) => html`<code>${String(one)}</code> `)}`
  if (value !== undefined) return html`<code>${String(value)}</code>`
  if (type === 'array') return html`a list of ${typeWords(object(items) ?? {})}`
  if (type === 'object') return objectWords(schema)
  return html`${typeof type === 'string' ? type : 'anything'}${typeof format === 'string' && html` (${format})`}`
}

const objectWords = (schema: JsonObject): Html => {
  const members = Object.entries(object(schema.properties) ?? {})
  if (members.length === 0)
    return html`an object${typeof schema.description === 'string' && html` (${inCode(schema.description)})`}`
  return html`an object of ${members.map(([name, of], index) => html`${index > 0 && ', '}<code>${name}</code> (${typeWords(object(of) ?? {})})`)}`
}

const object = (value: Json | undefined): JsonObject | undefined =>
  // Neither null nor a list, so an object.
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : undefined
