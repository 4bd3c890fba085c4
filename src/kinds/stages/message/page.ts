/** The message as plain text, and one button to go on. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { mainButton, paragraphs, stageForm } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => ({
  title: String(ask.title ?? ''),
  body: stageForm(
    view,
    html`<div class="body">${paragraphs(String(ask.text ?? ''))}${mainButton({
      label: typeof ask.button === 'string' ? ask.button : view.t('common.continue'),
      name: 'go',
      value: 'on',
    })}</div>`,
  ),
})
