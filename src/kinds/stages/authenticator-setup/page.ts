/** Which kind, where there are several; then what that kind shows and asks, with a name for it. */
import { type Html, html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { field } from '../../../pages/fields.ts'
import { buttonPair, mainButton, problemNote, problemsOf, stageForm, wayButtons } from '../../../pages/parts.ts'
import { type AuthenticatorKind, textOf } from '../../contract/authenticator.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const setupPage =
  (kinds: ReadonlyMap<string, AuthenticatorKind>) =>
  (ask: JsonObject, view: StageView): StagePage => {
    const { t } = view
    const kind = typeof ask.kind === 'string' ? kinds.get(ask.kind) : undefined
    return kind ? setUpOne(kind, ask, view) : choose(kinds, ask, view, t('authenticator.choose.title'))
  }

const choose = (
  kinds: ReadonlyMap<string, AuthenticatorKind>,
  ask: JsonObject,
  view: StageView,
  title: string,
): StagePage => {
  const { t } = view
  const choices = Array.isArray(ask.choices) ? ask.choices.map(String) : []
  const ways = choices.map((one) => ({
    icon: kinds.get(one)?.icon,
    label: t(`authenticator.${textOf(one)}.title`),
    name: 'use',
    value: one,
  }))
  return {
    title,
    lead: html`${t('authenticator.choose.text')}`,
    body: stageForm(view, problemNote(t, problemsOf(t, view.errors)), wayButtons(null, ways), leave(ask, view)),
  }
}

const setUpOne = (kind: AuthenticatorKind, ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const problems = problemsOf(t, view.errors)
  return {
    title: t(`authenticator.${textOf(kind.id)}.set_up`),
    body: stageForm(
      view,
      problemNote(t, problems),
      // What the stage put there; it shows no kind without.
      kind.setUp.page(ask.part as JsonObject, { t, problems }),
      // Of what there is but one of, a name says nothing.
      kind.single !== true &&
        field(
          {
            name: 'name',
            label: t('authenticator.name'),
            hint: t('authenticator.name_hint'),
            value: view.values.name,
            autocomplete: 'off',
            required: false,
          },
          problems,
        ),
      ask.may_cancel === true
        ? buttonPair({ label: t('common.continue') }, { label: t('common.cancel'), name: 'cancel', anyhow: true })
        : mainButton({ label: t('common.continue') }),
      ask.may_skip === true && skip(view),
    ),
  }
}

const skip = ({ t }: StageView): Html =>
  html`<p class="off"><button class="as-link" name="skip" value="yes" formnovalidate>${t('authenticator.skip')}</button></p>`

const leave = (ask: JsonObject, view: StageView): Html =>
  html`${ask.may_cancel === true && html`<p class="off"><button class="as-link" name="cancel" value="yes" formnovalidate>${view.t('common.cancel')}</button></p>`}${ask.may_skip === true && skip(view)}`
