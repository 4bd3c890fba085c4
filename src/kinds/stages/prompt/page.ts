/** The fields of a prompt. What an administrator wrote is shown as text (L05). */
import { type Html, html } from '../../../base/html.ts'
import type { Json, JsonObject } from '../../../base/json.ts'
import { check, choice, field, type Problem, passwordField } from '../../../pages/fields.ts'
import { mainButton, paragraphs, problemNote, problemsOf, stageForm } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'
import { repeatOf } from './read-answers.ts'

/** As the stage asks it. */
type Shown = {
  readonly key: string
  readonly type: string
  readonly label: string
  readonly required: boolean
  readonly placeholder: string
  readonly hint: string
  readonly value: string
  readonly choices: readonly { readonly value: string; readonly label: string }[]
}

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const problems = problemsOf(t, view.errors)
  const fields = (Array.isArray(ask.fields) ? ask.fields : []) as readonly (Json & Shown)[]
  const first = fields.find((one) => !['static', 'separator', 'checkbox', 'choice'].includes(one.type))
  const text = (key: string): string => (typeof ask[key] === 'string' ? ask[key] : '')
  return {
    title: text('title') || t('prompt.title'),
    body: stageForm(
      view,
      problemNote(t, problems),
      text('text') !== '' && html`<div class="said">${paragraphs(text('text'))}</div>`,
      ...fields.map((one) => draw(one, view, problems, one === first)),
      mainButton({ label: text('button') || t('common.continue'), name: 'go', value: 'on' }),
    ),
  }
}

const COMPLETE: Readonly<Record<string, string>> = {
  username: 'username',
  email: 'email',
  name: 'name',
  locale: 'language',
}

const draw = (one: Shown, view: StageView, problems: readonly Problem[], first: boolean): Html => {
  const { t, values } = view
  const { key: name, type, required } = one
  const label = one.label || name
  const hint = one.hint || undefined
  const typed = Object.hasOwn(values, name) ? values[name] : undefined
  switch (type) {
    case 'static':
      return html`<div class="said">${one.label !== '' && html`<b>${one.label}</b>`}${paragraphs(one.hint || one.value)}</div>`
    case 'separator':
      return one.label === '' ? html`<hr>` : html`<hr><h2>${one.label}</h2>`
    case 'checkbox': {
      const posted = Object.hasOwn(values, 'go')
      const checked = posted ? typed === 'yes' : ['yes', 'true'].includes(one.value)
      return check({ name, label, hint, required, checked }, problems)
    }
    case 'choice':
      return choice({ name, label, hint, required, options: one.choices, value: typed ?? one.value }, problems)
    case 'password':
      return html`${passwordField(t, { name, label, hint, required, autocomplete: 'new-password', autofocus: first }, problems)}${passwordField(
        t,
        { name: repeatOf(name), label: t('password.repeat'), required, autocomplete: 'new-password' },
        problems,
      )}`
    default:
      return field(
        {
          name,
          label,
          hint,
          required,
          type: type === 'email' || type === 'number' || type === 'date' ? type : 'text',
          value: typed ?? one.value,
          placeholder: one.placeholder || undefined,
          autocomplete: Object.hasOwn(COMPLETE, name) ? COMPLETE[name] : undefined,
          autofocus: first,
        },
        problems,
      )
  }
}
