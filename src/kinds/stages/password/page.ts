/** The page that asks for a password. A password manager finds the name beside it, also where it is not asked for. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { check, field, passwordField } from '../../../pages/fields.ts'
import { otherFlow } from '../../../pages/other-flow.ts'
import {
  buttonPair,
  hiddenUsername,
  mainButton,
  problemNote,
  problemsOf,
  stageForm,
  whatBrowserCan,
  whoBox,
} from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t, destination } = view
  const problems = problemsOf(t, view.errors)
  const both = ask.ask_username === true
  const username = String(ask.username ?? '')
  const submit = { label: t('password.submit') }
  const forgotten =
    typeof ask.recovery === 'string' &&
    html`<a href="${otherFlow(view.restart, ask.recovery)}">${t('password.forgotten')}</a>`
  return {
    title: both ? t('identification.title') : t('password.title'),
    ...(destination ? { lead: say(t, 'common.to_go_to', { application: name(destination.applicationName) }) } : {}),
    body: stageForm(
      view,
      problemNote(t, problems),
      both
        ? field(
            {
              name: 'username',
              label: t('identification.name'),
              value: view.values.username,
              autocomplete: 'username webauthn',
              autofocus: true,
            },
            problems,
          )
        : html`${username !== '' && whoBox(t, username, ask.may_cancel === true ? null : view.restart)}${hiddenUsername(username)}`,
      passwordField(
        t,
        {
          name: 'password',
          label: t('field.password'),
          autocomplete: 'current-password',
          autofocus: !both,
          show: ask.show === true,
          ...(forgotten ? { aside: forgotten } : {}),
        },
        problems,
      ),
      ask.persistent === true &&
        check({ name: 'persistent', label: t('password.stay'), checked: view.values.persistent === 'yes' }),
      ask.may_cancel === true
        ? buttonPair(submit, { label: t('common.cancel'), name: 'cancel', anyhow: true })
        : mainButton(submit),
      whatBrowserCan,
    ),
  }
}
