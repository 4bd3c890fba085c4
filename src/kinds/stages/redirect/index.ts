/** Leaves the flow for an address that an administrator wrote down; never for one that came with a request. */
import type { StageKind } from '../../contract/stage.ts'
import { RedirectConfig } from './config.ts'

export const redirect = {
  id: 'redirect',
  config: RedirectConfig,
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ outcomes: ['ok'], needsPerson: false, reads: [] }),
  open: async ({ config }) => ({ end: 'ok', leave: config.to }),
} satisfies StageKind<RedirectConfig, 'ok'>
