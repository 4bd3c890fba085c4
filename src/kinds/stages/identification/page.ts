/** The page that asks for a name. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { check, field } from '../../../pages/fields.ts'
import { otherFlow } from '../../../pages/other-flow.ts'
import { mainButton, problemNote, problemsOf, stageForm, ways } from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t, destination } = view
  const problems = problemsOf(t, view.errors)
  const recovers = ask.purpose === 'recover'
  return {
    title: t(recovers ? 'identification.recover_title' : 'identification.title'),
    ...(recovers
      ? { lead: html`${t('identification.recover_lead')}` }
      : destination
        ? { lead: say(t, 'common.to_go_to', { application: name(destination.applicationName) }) }
        : {}),
    body: html`${stageForm(
      view,
      problemNote(t, problems),
      field(
        {
          name: 'username',
          label: t(labelOf(ask.fields)),
          value: view.values.username ?? String(ask.username ?? ''),
          // A passkey may answer in the place of a name (WebAuthn Level 3, conditional mediation).
          autocomplete: 'username webauthn',
          autofocus: true,
        },
        problems,
      ),
      // Without script there is nothing that could keep the name: the offer is not made.
      ask.remember === true &&
        html`<div data-remember hidden>${check({ name: 'remember', label: t('identification.remember') })}</div>`,
      mainButton({ label: t('common.continue') }),
    )}${ways([
      ...(typeof ask.enrollment === 'string'
        ? [{ label: t('identification.enrol'), href: otherFlow(view.restart, ask.enrollment) }]
        : []),
      ...(typeof ask.recovery === 'string'
        ? [{ label: t('identification.recover'), href: otherFlow(view.restart, ask.recovery) }]
        : []),
    ])}`,
  }
}

const labelOf = (fields: JsonObject[string]): string => {
  if (!Array.isArray(fields) || fields.length !== 1) return 'identification.name'
  return fields[0] === 'email' ? 'identification.email' : 'identification.username'
}
