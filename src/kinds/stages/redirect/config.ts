/** Settings of the redirect stage. */
import { Closed, HttpUrl, type Static } from '../../../base/schema.ts'

export const RedirectConfig = Closed({
  to: HttpUrl({ description: 'Where the person is sent.', examples: ['https://example.com/'] }),
})
export type RedirectConfig = Static<typeof RedirectConfig>
