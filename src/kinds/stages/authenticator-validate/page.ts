/** Asks for a second factor: the part of the kind that was chosen, and the other ways there are. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { buttonPair, mainButton, problemNote, problemsOf, stageForm, wayButtons, ways } from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import { type AuthenticatorKind, textOf } from '../../contract/authenticator.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const validatePage =
  (kinds: ReadonlyMap<string, AuthenticatorKind>) =>
  (ask: JsonObject, view: StageView): StagePage => {
    const { t, destination } = view
    const kind = kinds.get(String(ask.kind))
    if (!kind) throw new Error(`no authenticator kind ${String(ask.kind)} to ask for`)
    const problems = problemsOf(t, view.errors)
    const others = Array.isArray(ask.others) ? ask.others.map(String) : []
    const submit = { label: t('common.continue') }
    return {
      title: t(`authenticator.${textOf(kind.id)}.ask`),
      ...(destination ? { lead: say(t, 'common.to_go_to', { application: name(destination.applicationName) }) } : {}),
      body: html`${stageForm(
        view,
        problemNote(t, problems),
        kind.challenge.page(partAsk(ask), { t, problems }),
        ask.may_cancel === true
          ? buttonPair(submit, { label: t('common.cancel'), name: 'cancel', anyhow: true })
          : mainButton(submit),
        wayButtons(
          t('authenticator.another_way'),
          others.map((one) => ({
            icon: kinds.get(one)?.icon,
            label: t(`authenticator.${textOf(one)}.title`),
            name: 'use',
            value: one,
          })),
        ),
      )}${ask.may_cancel !== true && ways([{ label: t('common.begin_again'), href: view.restart }])}`,
    }
  }

/** What the stage put there; it asks nothing without. */
const partAsk = (ask: JsonObject): JsonObject => ask.part as JsonObject
