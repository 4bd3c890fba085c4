/** The terms as plain text, a box to tick, and two ways on. What an administrator wrote is shown as text (L05). */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { check } from '../../../pages/fields.ts'
import { buttonPair, paragraphs, problemNote, problemsOf, stageForm } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const problems = problemsOf(t, view.errors)
  const { url } = ask
  return {
    title: String(ask.title || t('terms.title')),
    body: stageForm(
      view,
      problemNote(t, problems),
      html`<div class="said">${paragraphs(String(ask.text ?? ''))}${
        typeof url === 'string' &&
        html`<p><a href="${url}" target="_blank" rel="noopener noreferrer">${t('terms.whole')}</a></p>`
      }</div>`,
      check({ name: 'agree', label: t('terms.agree'), required: true }, problems),
      buttonPair({ label: t('common.continue') }, { label: t('terms.refuse'), name: 'refuse', anyhow: true }),
    ),
  }
}
