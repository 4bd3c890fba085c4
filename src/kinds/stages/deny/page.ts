/** What the administrator says, or a plain no; and the way back to the beginning. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { linkButton, signedInLine } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, { t, restart, signedIn }: StageView): StagePage => ({
  title: t('deny.title'),
  lead: html`${typeof ask.message === 'string' ? ask.message : t('deny.lead')}`,
  body: html`<div class="body">${linkButton(t('common.begin_again'), restart)}${signedInLine(t, signedIn)}</div>`,
})
