/** Setting an app up, by picture, link or hand; and asking for its code. */
import { type Html, html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { codeField } from '../../../pages/fields.ts'
import { qrCode } from '../../../pages/qr-code.ts'
import type { PartView } from '../../contract/authenticator.ts'

export const setUpPart = (ask: JsonObject, { t, problems }: PartView): Html => {
  const address = String(ask.address ?? '')
  const secret = String(ask.secret ?? '')
  return html`<p class="lead">${t('authenticator.totp.scan')}</p>
${qrCode(address, t('authenticator.totp.picture'))}
<details class="by-hand"><summary>${t('authenticator.totp.by_hand')}</summary>
<p>${t('authenticator.totp.by_hand_hint')}</p>
<code class="key ltr">${inFours(secret)}</code>
<p><a href="${address}">${t('authenticator.totp.open_app')}</a></p></details>
${codeField({ name: 'code', label: t('authenticator.totp.code'), hint: t('authenticator.totp.set_up_hint'), autofocus: true }, problems)}`
}

export const challengePart = (ask: JsonObject, { t, problems }: PartView): Html =>
  codeField(
    {
      name: 'code',
      label: t('authenticator.totp.code'),
      hint: t('authenticator.totp.code_hint', { count: String(ask.period ?? 30) }),
      autofocus: true,
    },
    problems,
  )

const inFours = (secret: string): string => secret.match(/.{1,4}/g)?.join(' ') ?? ''
