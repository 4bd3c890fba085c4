/** What goes, what stays, the name to type, and the way back. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { field } from '../../../pages/fields.ts'
import { buttonPair, note, problemNote, problemsOf, stageForm } from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const problems = problemsOf(t, view.errors)
  return {
    title: t('user_delete.title'),
    body: stageForm(
      view,
      problemNote(t, problems),
      note(
        t('user_delete.goes'),
        html`<p>${say(t, 'user_delete.lead', { username: name(String(ask.username ?? '')) })}</p><p>${t('user_delete.stays')}</p>`,
        'warn',
      ),
      field(
        {
          name: 'username',
          label: t('user_delete.type'),
          value: view.values.username,
          autocomplete: 'off',
          autofocus: true,
        },
        problems,
      ),
      buttonPair({ label: t('user_delete.submit') }, { label: t('common.cancel'), name: 'cancel', anyhow: true }),
    ),
  }
}
