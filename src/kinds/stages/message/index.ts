/** Says something and waits until it was read: the press of the button goes on, an empty form does not (H01). */
import { isChosen } from '../../../pages/read-field.ts'
import type { StageAsk, StageKind } from '../../contract/stage.ts'
import { MessageConfig } from './config.ts'
import { page } from './page.ts'

export const message = {
  id: 'message',
  config: MessageConfig,
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ outcomes: ['ok'], needsPerson: true, reads: [] }),
  open: async ({ config }) => ask(config),
  answer: async ({ config }, input) => (isChosen(input, 'go', 'on') ? { end: 'ok' } : ask(config)),
  page,
} satisfies StageKind<MessageConfig, 'ok'>

const ask = ({ title, text, button, says }: MessageConfig): StageAsk => ({
  ask: says === undefined ? { title, text, button: button ?? null } : { says },
})
