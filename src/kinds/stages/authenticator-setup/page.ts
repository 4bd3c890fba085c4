/** Which kind, where there are several; then what that kind shows and asks, with a name for it. */
import { type Html, html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { field } from '../../../pages/fields.ts'
import { buttonPair, mainButton, note, problemNote, problemsOf, stageForm, wayButtons } from '../../../pages/parts.ts'
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
    body: stageForm(
      view,
      problemNote(t, problemsOf(t, view.errors)),
      wayButtons(null, ways),
      blockedNotes(ask, view),
      leave(ask, view),
    ),
  }
}

/** What cannot be set up at this address, and why (DESIGN §13). */
const blockedNotes = ({ blocked }: JsonObject, { t }: StageView): Html =>
  html`${(Array.isArray(blocked) ? blocked : []).map((one) => {
    const { kind, why } = one as { readonly kind: string; readonly why: string }
    return note(
      t(`authenticator.${textOf(kind)}.title`),
      html`<p>${t(`authenticator.${textOf(kind)}.blocked.${why}`)}</p>`,
    )
  })}`

const setUpOne = (kind: AuthenticatorKind, ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const problems = problemsOf(t, view.errors)
  const submit = { label: t(kind.needsScript ? `authenticator.${textOf(kind.id)}.create` : 'common.continue') }
  return {
    title: t(`authenticator.${textOf(kind.id)}.${ask.offer === true ? 'offer' : 'set_up'}`),
    passkeys: kind.needsScript === true,
    body: stageForm(
      view,
      problemNote(t, problems),
      // What the stage put there; it shows no kind without.
      kind.setUp.page(ask.part as JsonObject, { t, problems }),
      // Of what there is but one of, a name says nothing; of what is merely offered, it is one question too many.
      kind.single !== true &&
        ask.offer !== true &&
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
        ? buttonPair(submit, { label: t('common.cancel'), name: 'cancel', anyhow: true })
        : mainButton(submit),
      ask.may_skip === true && skip(view, ask.offer === true),
    ),
  }
}

const skip = ({ t }: StageView, forEver = false): Html =>
  html`<ul class="off"><li><button class="as-link" name="skip" value="yes" formnovalidate>${t('authenticator.skip')}</button></li>${forEver && html`<li><button class="as-link" name="skip" value="always" formnovalidate>${t('authenticator.skip_always')}</button></li>`}</ul>`

const leave = (ask: JsonObject, view: StageView): Html =>
  html`${ask.may_cancel === true && html`<p class="off"><button class="as-link" name="cancel" value="yes" formnovalidate>${view.t('common.cancel')}</button></p>`}${ask.may_skip === true && skip(view)}`
