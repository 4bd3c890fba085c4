/** Ends the attempt with a no. There is no way on from here but to begin again. */
import type { StageKind } from '../../contract/stage.ts'
import { DenyConfig } from './config.ts'
import { denyPage } from './page.ts'

export const deny = {
  id: 'deny',
  config: DenyConfig,
  version: 1,
  outcomes: [],
  predict: () => ({ outcomes: [], needsPerson: true, reads: [] }),
  open: async ({ config }) => ({ ask: { message: config.message ?? null } }),
  page: denyPage,
} satisfies StageKind<DenyConfig, never>
