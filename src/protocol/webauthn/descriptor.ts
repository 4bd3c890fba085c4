/** How a browser is told of a credential that there is (Level 3 §5.8.3). */
import type { JsonObject } from '../../base/json.ts'

export type Known = { readonly id: string; readonly transports: readonly string[] }

export const descriptor = ({ id, transports }: Known): JsonObject => ({
  type: 'public-key',
  id,
  ...(transports.length > 0 ? { transports } : {}),
})
