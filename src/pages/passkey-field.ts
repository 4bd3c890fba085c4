/** What `style/passkey.js` works with: the question for the browser, the field for its answer, and what may go wrong. */
import { type Html, html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { icon } from './icons.ts'

/** How a browser's refusals are told, by the name of its exception; every other one is `failed`. */
const PROBLEMS = ['cancelled', 'known', 'blocked', 'failed', 'missing'] as const

/** `create` and `get` answer the form's main button; `discover` has a button of its own, and the field of the name. */
export const passkeyField = (
  t: Translate,
  { act, options }: { readonly act: 'create' | 'get' | 'discover'; readonly options: string },
): Html =>
  html`<div data-passkey="${act}" data-options="${options}"><input type="hidden" name="passkey">
<div class="note bad" role="alert" tabindex="-1" hidden>${icon('warning')}<div>${PROBLEMS.map((one) => html`<b data-problem="${one}" hidden>${t(`passkey.${one}`)}</b>`)}</div></div></div>`
