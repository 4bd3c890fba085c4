/** Seen only where a flow is drawn wrong: nothing was proven, so nobody is signed in. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { linkButton } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (_ask: JsonObject, { t, restart }: StageView): StagePage => ({
  title: t('user_login.refused'),
  lead: html`${t('user_login.refused_lead')}`,
  body: html`<div class="body">${linkButton(t('common.begin_again'), restart, true)}</div>`,
})
