/** The message, and one button to go on. */
import { html } from '../../../base/html.ts'
import { stageForm } from '../../../pages/parts.ts'
import type { StageKind } from '../../contract/stage.ts'

export const messagePage: NonNullable<StageKind['page']> = (ask, view) => ({
  title: String(ask.title ?? ''),
  body: stageForm(
    view,
    html`<div class="body">${String(ask.text ?? '')
      .split(/\n{2,}/)
      .map((part) => html`<p>${part}</p>`)}</div>
<button class="btn main" name="action" value="ok">${view.t('common.continue')}</button>`,
  ),
})
