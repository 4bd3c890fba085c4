/** The fields of forms in the doorway. Every control has a label, every error is tied to its field. */
import { type Html, html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { icon } from './icons.ts'

/** What went wrong with a field, in words. `field` null: with the whole. */
export type Problem = { readonly field: string | null; readonly text: string }

type Common = {
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  readonly required?: boolean
}

export type FieldSettings = Common & {
  readonly type?: 'text' | 'email' | 'number' | 'date' | 'datetime-local'
  /** Shown and not to be changed; what comes back is not looked at. */
  readonly readonly?: boolean
  readonly value?: string | undefined
  readonly autocomplete?: string | undefined
  readonly placeholder?: string | undefined
  readonly autofocus?: boolean
  /** Beside the label, such as a link. */
  readonly aside?: Html | undefined
}

/** The id of a field's control: what the summary of errors links to. */
export const idOf = (name: string): string => `f-${name}`

const problemOf = (problems: readonly Problem[], name: string): string | undefined =>
  problems.find((problem) => problem.field === name)?.text

const attribute = (name: string, value: string | number | undefined): Html | false =>
  value !== undefined && html` ${name}="${value}"`

/** What ties a control to its error, or else to its hint, and the element that they tie it to. */
const describe = (
  common: Common,
  problems: readonly Problem[],
): { readonly attributes: Html; readonly below: Html } => {
  const problem = problemOf(problems, common.name)
  const id = idOf(common.name)
  if (problem) {
    return {
      attributes: html` aria-invalid="true" aria-describedby="${id}-err"`,
      below: html`<p class="hint err" id="${id}-err">${icon('warning')}${problem}</p>`,
    }
  }
  return common.hint === undefined
    ? { attributes: html``, below: html`` }
    : {
        attributes: html` aria-describedby="${id}-hint"`,
        below: html`<p class="hint" id="${id}-hint">${common.hint}</p>`,
      }
}

const label = ({ name, label: words }: Common, aside?: Html): Html =>
  html`<div class="label"><label for="${idOf(name)}">${words}</label>${aside}</div>`

/** The first bad field has the focus, else the one the page is for. */
const focus = (wanted: boolean | undefined, name: string, problems: readonly Problem[]): Html | false => {
  const [first] = problems.filter((problem) => problem.field !== null)
  return (first ? first.field === name : wanted === true) && html` autofocus`
}

/** One line of text. `dir="auto"`: a name of the other direction is typed its own way round. */
export const field = (settings: FieldSettings, problems: readonly Problem[] = []): Html => {
  const { name, type = 'text', required = true } = settings
  const { attributes, below } = describe(settings, problems)
  const words = type === 'text' || type === 'email'
  return html`<div class="field">
${label(settings, settings.aside)}
<input type="${words ? 'text' : type}" id="${idOf(name)}" name="${name}"${attribute('value', settings.value)}${attribute('placeholder', settings.placeholder)}${attribute('autocomplete', settings.autocomplete)}${words && html` autocapitalize="none" spellcheck="false" dir="auto" maxlength="255"`}${type === 'email' && html` inputmode="email"`}${type === 'number' && html` step="any"`}${settings.readonly && html` readonly`}${required && html` required`}${attributes}${focus(settings.autofocus, name, problems)}>
${below}
</div>`
}

/** Text of several lines. */
export const textArea = (
  settings: Common & {
    readonly value?: string | undefined
    readonly placeholder?: string | undefined
    readonly most?: number
    readonly readonly?: boolean
    readonly autofocus?: boolean
  },
  problems: readonly Problem[] = [],
): Html => {
  const { name, required = true, most = 4000 } = settings
  const { attributes, below } = describe(settings, problems)
  return html`<div class="field">
${label(settings)}
<textarea id="${idOf(name)}" name="${name}" rows="4" dir="auto" maxlength="${most}"${attribute('placeholder', settings.placeholder)}${settings.readonly && html` readonly`}${required && html` required`}${attributes}${focus(settings.autofocus, name, problems)}>
${settings.value ?? ''}</textarea>
${below}
</div>`
}

/** One of many, folded away. */
export const dropdown = (
  settings: Common & {
    readonly options: readonly { readonly value: string; readonly label: string }[]
    readonly value?: string | undefined
    /** Where nothing is chosen. */
    readonly none: string
  },
  problems: readonly Problem[] = [],
): Html => {
  const { name, required = true } = settings
  const { attributes, below } = describe(settings, problems)
  return html`<div class="field">
${label(settings)}
<select id="${idOf(name)}" name="${name}"${required && html` required`}${attributes}><option value="">${settings.none}</option>${settings.options.map(
    (option) =>
      html`<option value="${option.value}"${option.value === settings.value && html` selected`}>${option.label}</option>`,
  )}</select>
${below}
</div>`
}

export type PasswordSettings = Common & {
  readonly autocomplete: 'current-password' | 'new-password'
  readonly autofocus?: boolean
  readonly aside?: Html | undefined
  /** Offer to show what is typed; the button works with script and is not there without. */
  readonly show?: boolean
}

/** A password. Pasting is never stood in the way of; what was typed never comes back in the page. */
export const passwordField = (t: Translate, settings: PasswordSettings, problems: readonly Problem[] = []): Html => {
  const { name, required = true } = settings
  const { attributes, below } = describe(settings, problems)
  return html`<div class="field">
${label(settings, settings.aside)}
<div class="secret" dir="ltr"><input type="password" id="${idOf(name)}" name="${name}" autocomplete="${settings.autocomplete}"${required && html` required`}${attributes}${focus(settings.autofocus, name, problems)}>${
    settings.show !== false &&
    html`<button type="button" class="eye" hidden aria-controls="${idOf(name)}" aria-pressed="false" aria-label="${t('field.show_password')}" title="${t('field.show_password')}">${icon('eye')}</button>`
  }</div>
<p class="hint" data-caps hidden>${t('field.caps_lock')}</p>
${below}
</div>`
}

/** A one-time code: one box that takes pasting, spaces and the keyboard's suggestion. Never six boxes. */
export const codeField = (
  settings: Common & { readonly autofocus?: boolean },
  problems: readonly Problem[] = [],
): Html => {
  const { name } = settings
  const { attributes, below } = describe(settings, problems)
  return html`<div class="field">
${label(settings)}
<input type="text" class="code" id="${idOf(name)}" name="${name}" autocomplete="one-time-code" inputmode="numeric" maxlength="32" spellcheck="false" required${attributes}${focus(settings.autofocus, name, problems)}>
${below}
</div>`
}

/** A box to tick, with its words beside it. */
export const check = (
  settings: Common & { readonly checked?: boolean; readonly attributes?: Html },
  problems: readonly Problem[] = [],
): Html => {
  const { name, required = false } = settings
  const { attributes, below } = describe(settings, problems)
  return html`<div class="field tick"><label class="check"><input type="checkbox" id="${idOf(name)}" name="${name}" value="yes"${settings.checked === true && html` checked`}${required && html` required`}${attributes}${settings.attributes}><span>${settings.label}</span></label>
${below}</div>`
}

/** One of a few. */
export const choice = (
  settings: Common & {
    readonly options: readonly { readonly value: string; readonly label: string }[]
    readonly value?: string | undefined
  },
  problems: readonly Problem[] = [],
): Html => {
  const { name, required = true } = settings
  const { attributes, below } = describe(settings, problems)
  return html`<fieldset class="field" id="${idOf(name)}" tabindex="-1"${attributes}><legend class="label">${settings.label}</legend>
${settings.options.map(
  (option) =>
    html`<label class="check"><input type="radio" name="${name}" value="${option.value}"${required && html` required`}${option.value === settings.value && html` checked`}><span>${option.label}</span></label>`,
)}
${below}</fieldset>`
}
