/** Health, as authentik's addresses answer it: `live` while the process runs, `ready` while the store answers. */
import { json, type WireResponse } from '../base/wire.ts'

export const createHealth =
  (check: () => Promise<void>) =>
  async (path: string): Promise<WireResponse> => {
    if (path === '/-/health/live/') return json(200, { status: 'live' })
    if (path !== '/-/health/ready/') return json(404, { status: 'unknown' })
    return check().then(
      () => json(200, { status: 'ready' }),
      () => json(503, { status: 'store unreachable' }, { 'retry-after': '5' }),
    )
  }
