/** The codes, once, to write down or print; and asking for one. */
import { type Html, html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { check, field } from '../../../pages/fields.ts'
import type { PartView } from '../../contract/authenticator.ts'
import { inGroups } from './make-code.ts'

export const setUpPart = (ask: JsonObject, { t, problems }: PartView): Html => {
  const codes = Array.isArray(ask.codes) ? ask.codes : []
  return html`<p class="lead">${t('authenticator.recovery_codes.keep')}</p>
<p class="for-print">${String(ask.account ?? '')}</p>
<ol class="codes ltr">${codes.map((code) => html`<li><code>${inGroups(String(code))}</code></li>`)}</ol>
<p class="hint off-print">${t('authenticator.recovery_codes.print')}</p>
${check({ name: 'kept', label: t('authenticator.recovery_codes.kept'), required: true }, problems)}`
}

export const challengePart = (_ask: JsonObject, { t, problems }: PartView): Html =>
  field(
    {
      name: 'code',
      label: t('authenticator.recovery_codes.code'),
      hint: t('authenticator.recovery_codes.code_hint'),
      autocomplete: 'one-time-code',
      autofocus: true,
    },
    problems,
  )
