/** Seen only without an invitation that counts: what to do, and the way to the sign-in. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { otherFlow } from '../../../pages/other-flow.ts'
import { linkButton, signedInLine } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (_ask: JsonObject, { t, restart, signedIn }: StageView): StagePage => ({
  title: t('invitation.none.title'),
  lead: html`${t('invitation.none.text')}`,
  body: html`<div class="body">${linkButton(t('common.sign_in'), otherFlow(restart, 'sign-in'), true)}${signedInLine(t, signedIn)}</div>`,
})
