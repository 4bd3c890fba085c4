/** Codes by mail: nothing to set for new ones, and what is kept. */
import { Closed, type Static, Type } from '../../../base/schema.ts'

export const EmailCodeConfig = Closed({})
export type EmailCodeConfig = Static<typeof EmailCodeConfig>

export const EmailCodeData = Closed({
  /** Where codes go: it was shown to be the person's when this was set up. */
  address: Type.String(),
  /** Keyed hash of the code that was taken last: what is kept changes with each, so that of two equal answers one counts. */
  last: Type.String(),
})
export type EmailCodeData = Static<typeof EmailCodeData>
