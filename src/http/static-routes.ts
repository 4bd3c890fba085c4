/** Styles, script and icon, under names that change with their content: kept by browsers for ever. */
import { ASSETS } from '../pages/style.ts'
import type { App } from './app.ts'

export const mountStatic = (app: App): void => {
  app.route('GET', '/static/:name', (_request, params) => {
    const asset = ASSETS.get(params.name ?? '')
    if (!asset)
      return {
        status: 404,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
        body: 'Nothing is here.\n',
      }
    return {
      status: 200,
      headers: { 'content-type': asset.type, 'cache-control': 'public, max-age=31536000, immutable' },
      body: asset.body,
    }
  })
}
