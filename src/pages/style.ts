/** The stylesheets and the script: read once, made small, served under an address that changes with their content. */
import { readFileSync } from 'node:fs'
import { base64url, sha256 } from '../base/bytes.ts'

export type Asset = { readonly name: string; readonly type: string; readonly body: string }

const read = (name: string): string => readFileSync(new URL(`./style/${name}`, import.meta.url), 'utf8')

/** Comments and spaces that mean nothing are taken out; strings of ours hold neither. */
const shrink = (css: string): string =>
  css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/: /g, ':')
    .replaceAll(';}', '}')
    .trim()

/** Whole-line comments and indents; the script is written so that nothing else can be mistaken for either. */
const shrinkScript = (script: string): string =>
  script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//'))
    .join('\n')

const asset = (name: string, ending: string, type: string, body: string): Asset => ({
  name: `${name}.${base64url(sha256(body)).slice(0, 12)}.${ending}`,
  type,
  body,
})

const tokens = read('tokens.css')

export const doorStyle = asset('door', 'css', 'text/css; charset=utf-8', shrink(tokens + read('door.css')))
export const deskStyle = asset('desk', 'css', 'text/css; charset=utf-8', shrink(tokens + read('desk.css')))
export const doorScript = asset('door', 'js', 'text/javascript; charset=utf-8', shrinkScript(read('door.js')))
/** Only where a passkey may be made or used. */
export const passkeyScript = asset('passkey', 'js', 'text/javascript; charset=utf-8', shrinkScript(read('passkey.js')))
export const favicon = asset('favicon', 'svg', 'image/svg+xml', read('favicon.svg').trim())

/** Everything under `/static/`, by name. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  [doorStyle, deskStyle, doorScript, passkeyScript, favicon].map((one) => [one.name, one]),
)
