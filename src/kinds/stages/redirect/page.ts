/** Where the way leads on to, by its host, and the link there. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { linkButton } from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, { t }: StageView): StagePage => ({
  title: t('redirect.title'),
  lead: say(t, 'redirect.lead', { host: name(String(ask.host ?? '')) }),
  body: html`<div class="body">${linkButton(t('common.continue'), String(ask.url ?? ''), true)}</div>`,
})
