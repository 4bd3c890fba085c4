/**
 * Styles, script and icon, under names that change with their content: kept by browsers for ever. They hold no secret and
 * repeat nothing that was sent, so they may be compressed; pages may not (BREACH: what is typed and what is secret would
 * share a window).
 */
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { ASSETS } from '../pages/style.ts'
import type { App } from './app.ts'

const encodings = { br: brotliCompressSync, gzip: gzipSync } as const
type Encoding = keyof typeof encodings

/** The best of ours that the browser takes by its name; `*` and weights are for programs, which get it as it is. */
const encodingOf = (accepted: string | undefined): Encoding | null => {
  const names = new Set((accepted ?? '').split(',').map((one) => one.trim().toLowerCase()))
  if (names.has('br')) return 'br'
  return names.has('gzip') ? 'gzip' : null
}

export const mountStatic = (app: App): void => {
  const compressed = new Map<string, Buffer>()
  /** Made when it is first asked for: a start does not wait for it. */
  const bodyOf = (name: string, text: string, encoding: Encoding): Buffer => {
    const key = `${encoding} ${name}`
    const body = compressed.get(key) ?? encodings[encoding](text)
    compressed.set(key, body)
    return body
  }
  app.route('GET', '/static/:name', (request, { name = '' }) => {
    const asset = ASSETS.get(name)
    if (!asset)
      return {
        status: 404,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
        body: 'Nothing is here.\n',
      }
    const encoding = encodingOf(request.headers['accept-encoding'])
    return {
      status: 200,
      headers: {
        'content-type': asset.type,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
        ...(encoding ? { 'content-encoding': encoding } : {}),
      },
      body: encoding ? bodyOf(name, asset.body, encoding) : asset.body,
    }
  })
}
