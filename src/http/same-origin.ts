/**
 * Whether a state-changing request by cookie comes from a page of ours (F05, F09): the browser's own word in
 * `Sec-Fetch-Site`, else an equal `Origin`. Neither, or `Origin: null`, is a no: a script cannot leave both out.
 */
import type { WireRequest } from '../base/wire.ts'

export const isSameOrigin = (request: Pick<WireRequest, 'headers' | 'origin'>): boolean => {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  return request.headers.origin === request.origin
}
