/** The parts that forms in the doorway are made of. Every control has a label, every error names its field. */
import { type Html, html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { icon } from './icons.ts'

/** What went wrong with a field, in words. `field` null: with the whole. */
export type Problem = { readonly field: string | null; readonly text: string }

export type FieldSettings = {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'password' | 'email' | 'number' | 'date'
  readonly value?: string
  readonly autocomplete?: string
  readonly hint?: string
  readonly required?: boolean
  readonly autofocus?: boolean
  readonly minLength?: number
  /** Beside the label, such as a link to recover. */
  readonly aside?: Html
  /** Names and addresses run left to right in any script. */
  readonly ltr?: boolean
}

const idOf = (name: string): string => `f-${name}`

const problemOf = (problems: readonly Problem[], name: string): string | undefined =>
  problems.find((problem) => problem.field === name)?.text

const attribute = (name: string, value: string | number | undefined): Html | false =>
  value !== undefined && html` ${name}="${value}"`

/** One labelled input with its hint or its error. */
export const field = (settings: FieldSettings, problems: readonly Problem[] = []): Html => {
  const { name, label, type = 'text', required = true } = settings
  const id = idOf(name)
  const problem = problemOf(problems, name)
  const described = problem ? `${id}-err` : settings.hint ? `${id}-hint` : undefined
  const plain = type === 'text' || type === 'email'
  return html`<div class="field">
<div class="label"><label for="${id}">${label}</label>${settings.aside}</div>
<input type="${type === 'email' ? 'text' : type}" id="${id}" name="${name}"${attribute('value', settings.value)}${attribute('autocomplete', settings.autocomplete)}${plain && html` autocapitalize="none" spellcheck="false"`}${type === 'email' && html` inputmode="email"`}${attribute('minlength', settings.minLength)}${settings.ltr && html` dir="auto"`}${required && html` required`}${settings.autofocus && html` autofocus`}${problem && html` aria-invalid="true"`}${attribute('aria-describedby', described)}>
${problem ? html`<p class="hint err" id="${`${id}-err`}">${icon('warning')}${problem}</p>` : settings.hint && html`<p class="hint" id="${`${id}-hint`}">${settings.hint}</p>`}
</div>`
}

/** A checkbox with its words beside it. */
export const check = (name: string, label: string, checked = false): Html =>
  html`<label class="check"><input type="checkbox" name="${name}" value="yes"${checked && html` checked`}><span>${label}</span></label>`

/** One of a few: radio buttons in a group. */
export const choice = (
  settings: { readonly name: string; readonly label: string; readonly options: readonly { readonly value: string; readonly label: string }[]; readonly value?: string; readonly required?: boolean },
  problems: readonly Problem[] = [],
): Html => {
  const problem = problemOf(problems, settings.name)
  const id = idOf(settings.name)
  return html`<fieldset class="field" id="${id}"${problem && html` aria-invalid="true" aria-describedby="${`${id}-err`}"`}><legend class="label">${settings.label}</legend>
${settings.options.map((option) => html`<label class="check"><input type="radio" name="${settings.name}" value="${option.value}"${settings.required !== false && html` required`}${option.value === settings.value && html` checked`}><span>${option.label}</span></label>`)}
${problem && html`<p class="hint err" id="${`${id}-err`}">${icon('warning')}${problem}</p>`}</fieldset>`
}

/** What went wrong, at the head of the form: read out first, each with a link to its field. */
export const problemNote = (t: Translate, problems: readonly Problem[]): Html | null => {
  if (problems.length === 0) return null
  const links = problems.map((problem) =>
    problem.field === null ? html`<p>${problem.text}</p>` : html`<p><a href="#${idOf(problem.field)}">${problem.text}</a></p>`,
  )
  return html`<div class="note bad" role="alert" tabindex="-1">${icon('warning')}<div><b>${t('form.problem', { count: problems.length })}</b>${links}</div></div>`
}

/** A note that asks for attention without being an error. */
export const note = (title: string, text: string): Html =>
  html`<div class="note">${icon('info')}<div><b>${title}</b>${text}</div></div>`

/** Who the form is about, and the way back to being somebody else. */
export const whoBox = (t: Translate, name: string, restart: string, badge: Html): Html =>
  html`<div class="who">${badge}<b><bdi>${name}</bdi></b><a href="${restart}">${t('common.not_you')}</a></div>`

/** For password managers: whose password is asked for, though the name is not typed on this page. */
export const hiddenUsername = (name: string): Html =>
  html`<input class="vh" type="text" name="username" value="${name}" autocomplete="username" readonly tabindex="-1" aria-hidden="true">`

export const submit = (label: string): Html => html`<button class="btn main">${label}</button>`

/** The form of a stage: posts to the attempt's own address. */
export const stageForm = (view: { readonly action: string; readonly hidden: Html }, content: Html): Html =>
  html`<form method="post" action="${view.action}">${view.hidden}
${content}</form>`
