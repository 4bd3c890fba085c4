/** The page that asks for a new password, twice. */

import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { passwordField } from '../../../pages/fields.ts'
import { hiddenUsername, mainButton, problemNote, problemsOf, stageForm, whoBox } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const problems = problemsOf(t, view.errors)
  const username = String(ask.username ?? '')
  return {
    title: t('new_password.title'),
    ...(ask.due === true ? { lead: html`${t('new_password.due')}` } : {}),
    body: stageForm(
      view,
      problemNote(t, problems),
      html`${whoBox(t, username, null)}${hiddenUsername(username)}`,
      passwordField(
        t,
        {
          name: 'password',
          label: t('new_password.field'),
          hint: t('password.advice'),
          autocomplete: 'new-password',
          autofocus: true,
        },
        problems,
      ),
      passwordField(
        t,
        { name: 'password_repeat', label: t('password.repeat'), autocomplete: 'new-password' },
        problems,
      ),
      mainButton({ label: t('new_password.submit') }),
    ),
  }
}
