/** The fields of a prompt. What an administrator wrote is shown as text (L05). */
import { type Html, html } from '../../../base/html.ts'
import type { Json, JsonObject } from '../../../base/json.ts'
import { check, choice, dropdown, field, type Problem, passwordField, textArea } from '../../../pages/fields.ts'
import { LOCALES, languageName } from '../../../pages/locale-names.ts'
import { matchLocale } from '../../../pages/match-locale.ts'
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
  readonly max_length?: number
  readonly choices: readonly { readonly value: string; readonly label: string }[]
}

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const problems = problemsOf(t, view.errors)
  const fields = (Array.isArray(ask.fields) ? ask.fields : []) as readonly (Json & Shown)[]
  const first = fields.find((one) => !UNFOCUSED.has(one.type))
  const text = (key: string): string => (typeof ask[key] === 'string' ? ask[key] : '')
  const says = text('says')
  return {
    title: says === '' ? text('title') || t('prompt.title') : t(`prompt.${says}.title`),
    ...(says === '' ? {} : { lead: html`${t(`prompt.${says}.text`)}` }),
    body: stageForm(
      view,
      problemNote(t, problems),
      text('text') !== '' && html`<div class="said">${paragraphs(text('text'))}</div>`,
      ...fields.map((one) => draw(one, view, problems, one === first)),
      mainButton({ label: text('button') || t('common.continue'), name: 'go', value: 'on' }),
    ),
  }
}

const UNFOCUSED: ReadonlySet<string> = new Set([
  'static',
  'separator',
  'checkbox',
  'choice',
  'dropdown',
  'locale',
  'text_read_only',
  'text_area_read_only',
])

/** Words of the house for fields that a flow gives none. */
const LABELS: Readonly<Record<string, string>> = {
  email: 'field.email',
  username: 'field.username',
  name: 'prompt.name',
  password: 'field.password',
  locale: 'prompt.locale',
}

const COMPLETE: Readonly<Record<string, string>> = {
  username: 'username',
  email: 'email',
  name: 'name',
  locale: 'language',
}

const INPUTS: Readonly<Record<string, 'email' | 'number' | 'date' | 'datetime-local'>> = {
  email: 'email',
  number: 'number',
  date: 'date',
  date_time: 'datetime-local',
}

const draw = (one: Shown, view: StageView, problems: readonly Problem[], first: boolean): Html => {
  const { t, values } = view
  const { key: name, type, required } = one
  const label = one.label || (Object.hasOwn(LABELS, name) ? t(LABELS[name] ?? name) : name)
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
    case 'dropdown':
    case 'locale': {
      const options = type === 'locale' ? LOCALES.map((value) => ({ value, label: languageName(value) })) : one.choices
      // What a directory holds of a person is often a language with its country: `de-AT`.
      const held = type === 'locale' ? matchLocale([one.value]) : one.value
      return dropdown(
        { name, label, hint, required, options, value: typed ?? held, none: t('prompt.choose') },
        problems,
      )
    }
    case 'text_area':
    case 'text_area_read_only': {
      const fixed = type === 'text_area_read_only'
      return textArea(
        {
          name,
          label,
          hint,
          required: required && !fixed,
          value: fixed ? one.value : (typed ?? one.value),
          placeholder: one.placeholder || undefined,
          most: one.max_length ?? 4000,
          readonly: fixed,
          autofocus: first,
        },
        problems,
      )
    }
    case 'text_read_only':
      return field({ name, label, hint, required: false, value: one.value, readonly: true }, problems)
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
          type: INPUTS[type] ?? 'text',
          value: typed ?? one.value,
          placeholder: one.placeholder || undefined,
          autocomplete: Object.hasOwn(COMPLETE, name) ? COMPLETE[name] : undefined,
          autofocus: first,
        },
        problems,
      )
  }
}
