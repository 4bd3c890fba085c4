/**
 * Making a passkey and using it. The browser is spoken to by script: what it is to be asked lies in the form, and its
 * answer is put into a field of it. Without script the page says so, and the other ways stay.
 */
import { type Html, html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { icon } from '../../../pages/icons.ts'
import { note } from '../../../pages/parts.ts'
import { passkeyField } from '../../../pages/passkey-field.ts'
import type { PartView } from '../../contract/authenticator.ts'

const optionsOf = (ask: JsonObject): string => JSON.stringify(ask.options)

const needsScript = ({ t }: PartView): Html =>
  html`<noscript>${note(t('authenticator.webauthn.needs_script'), html`<p>${t('authenticator.webauthn.needs_script_hint')}</p>`)}</noscript>`

export const setUpPart = (ask: JsonObject, view: PartView): Html =>
  html`<p class="lead">${view.t('authenticator.webauthn.set_up_lead')}</p>
${needsScript(view)}${passkeyField(view.t, { act: 'create', options: optionsOf(ask) })}`

export const challengePart = (ask: JsonObject, view: PartView): Html =>
  html`<p class="lead">${view.t('authenticator.webauthn.ask_lead')}</p>
${needsScript(view)}${passkeyField(view.t, { act: 'get', options: optionsOf(ask) })}`

/** Beside a name it is offered by a second button, and by the browser in the field of the name. */
export const discoverPart = (ask: JsonObject, view: PartView & { readonly main: boolean }): Html => {
  const field = passkeyField(view.t, { act: 'discover', options: optionsOf(ask) })
  const look = view.main ? 'btn main' : 'btn'
  return html`${view.main && needsScript(view)}<button type="button" class="${look}" data-passkey-use hidden>${icon('key')}${view.t('authenticator.webauthn.sign_in')}</button>${field}`
}
