/** The API's own description: `openapi.json` and the reference page. Made when first asked for, then kept. */
import { base64url, sha256 } from '../../../base/bytes.ts'
import { ok } from '../../../base/result.ts'
import { Type } from '../../../base/schema.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Answer, type ApiRoute, publicRoute } from '../route.ts'
import { openApi } from './openapi.ts'
import { reference } from './reference.ts'

/** No script and no form: the page shows, and does nothing. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

/** `routes` are all routes of the API, these included. */
export const documentRoutes = (
  { version, webPath }: Pick<ApiDeps, 'version' | 'webPath'>,
  routes: () => readonly ApiRoute[],
): ApiRoute[] => {
  const api = once(() => openApi(routes(), { version, webPath }))
  const document = once(() => textAnswer(JSON.stringify(api()), { 'content-type': 'application/json' }))
  const page = once(() =>
    textAnswer(reference(api(), webPath), {
      'content-type': 'text/html; charset=utf-8',
      // Like every page of ours (A72); only the document for programs is kept.
      'cache-control': 'no-store',
      'content-security-policy': PAGE_POLICY,
      'x-frame-options': 'DENY',
    }),
  )
  return [
    publicRoute({
      tag: 'Documents',
      id: 'documents.openapi',
      summary: 'This API as an OpenAPI 3.1 document.',
      method: 'GET',
      path: '/openapi.json',
      response: Type.Object({}, { additionalProperties: true }),
      handle: () => ok(document()),
    }),
    publicRoute({
      tag: 'Documents',
      id: 'documents.reference',
      summary: 'This API as a page to read.',
      method: 'GET',
      path: '/docs',
      response: null,
      handle: () => ok(page()),
    }),
  ]
}

const textAnswer = (text: string, headers: Readonly<Record<string, string>>): Answer => ({
  text,
  tag: `"${base64url(sha256(text)).slice(0, 22)}"`,
  // Kept, and asked about each time: an upgrade changes it.
  headers: { 'cache-control': 'no-cache', ...headers },
})

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
