/** Says something and waits until it was read. */
import type { StageKind } from '../../contract/stage.ts'
import { MessageConfig } from './config.ts'
import { messagePage } from './page.ts'

export const message = {
  id: 'message',
  config: MessageConfig,
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ outcomes: ['ok'], needsPerson: true, reads: [] }),
  open: async ({ config }) => ({ ask: { title: config.title, text: config.text } }),
  // H01: an empty post is not the button.
  answer: async ({ config }, input) =>
    input.action === 'ok' ? { end: 'ok' } : { ask: { title: config.title, text: config.text } },
  page: messagePage,
} satisfies StageKind<MessageConfig, 'ok'>
