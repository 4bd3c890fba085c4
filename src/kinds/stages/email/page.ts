/** The page that waits for a code, while a mail is on its way; the same for somebody and nobody. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { codeField } from '../../../pages/fields.ts'
import { buttonPair, mainButton, problemNote, problemsOf, stageForm, ways } from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

const LEADS: Readonly<Record<string, string>> = {
  verify: 'email.lead_verify',
  sign_in: 'email.lead_sign_in',
  confirm: 'email.lead_confirm',
}

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const problems = problemsOf(t, view.errors)
  const sent = ask.sent === true
  const again = { label: t(sent ? 'email.again' : 'email.send'), name: 'again', value: 'yes', anyhow: true }
  const lead = sent ? (LEADS[String(ask.purpose)] ?? 'email.lead_recover') : 'email.lead_unsent'
  return {
    title: t('email.title'),
    lead: say(t, lead, { name: name(String(ask.name ?? '')) }),
    body: html`${stageForm(
      view,
      problemNote(t, problems),
      sent &&
        codeField({ name: 'code', label: t('email.code'), hint: t('email.code_hint'), autofocus: true }, problems),
      sent ? buttonPair({ label: t('common.continue') }, again) : mainButton(again),
    )}${ways([{ label: t('email.other_name'), href: view.restart }])}`,
  }
}
