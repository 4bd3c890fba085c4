/** The message as plain text, and one button to go on. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { mainButton, paragraphs, stageForm } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const { says } = ask
  const ours = typeof says === 'string'
  const button = ours ? t(`message.${says}.button`) : ask.button
  return {
    title: ours ? t(`message.${says}.title`) : String(ask.title ?? ''),
    body: stageForm(
      view,
      html`<div class="body">${paragraphs(ours ? t(`message.${says}.text`) : String(ask.text ?? ''))}${mainButton({
        label: typeof button === 'string' ? button : t('common.continue'),
        name: 'go',
        value: 'on',
      })}</div>`,
    ),
  }
}
