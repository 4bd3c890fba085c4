/** Where the code went, by as much of the address as its owner needs; one field; and sending it again. */
import { type Html, html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { codeField } from '../../../pages/fields.ts'
import { note } from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import type { PartView } from '../../contract/authenticator.ts'

export const codePart = (ask: JsonObject, { t, problems }: PartView): Html => {
  const address = String(ask.address ?? '')
  const again = html`<p class="off"><button class="as-link" name="use" value="email" formnovalidate>${t('authenticator.email.again')}</button></p>`
  if (typeof ask.wait === 'number') {
    return html`${note(t('authenticator.email.unsent'), html`<p>${t('guesses.wait', { count: ask.wait })}</p>`, 'warn')}${again}`
  }
  if (ask.sent !== true) {
    const why = t(address === '' ? 'authenticator.email.no_address' : 'authenticator.email.no_mail')
    return html`${note(t('authenticator.email.unsent'), html`<p>${why}</p>`, 'warn')}`
  }
  return html`<p class="lead">${say(t, 'authenticator.email.sent', { address: name(address) })}</p>
${codeField({ name: 'code', label: t('email.code'), hint: t('authenticator.email.hint'), autofocus: true }, problems)}${again}`
}
