/** What a redirect stage can be set to. Names are authentik's. */
import { Closed, HttpUrl, Ref, type Static, Type } from '../../../base/schema.ts'

export const RedirectConfig = Closed({
  mode: Type.Enum(['static', 'flow'], { default: 'static', description: 'To an address, or to another flow.' }),
  target_static: Type.Union(
    [
      HttpUrl(),
      // `//host` and `/\host` are addresses of another host to a browser.
      Type.String({ pattern: '^/(?![/\\\\])[^\\s\\\\]*$', maxLength: 2048 }),
    ],
    { default: '/if/user/', description: 'An address, or a path of this house.' },
  ),
  target_flow: Type.Optional(
    Ref('flows', { description: 'The flow to go on with. It leads to where this one would have led.' }),
  ),
})
export type RedirectConfig = Static<typeof RedirectConfig>
