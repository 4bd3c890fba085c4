/** Asks for a second factor: the part of the kind that was chosen, and the other ways there are. */
import { html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { check } from '../../../pages/fields.ts'
import { icon } from '../../../pages/icons.ts'
import { buttonPair, mainButton, problemNote, problemsOf, stageForm, wayButtons, ways } from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import { type AuthenticatorKind, textOf } from '../../contract/authenticator.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const validatePage =
  (kinds: ReadonlyMap<string, AuthenticatorKind>) =>
  (ask: JsonObject, view: StageView): StagePage => {
    if (Array.isArray(ask.elsewhere)) return elsewherePage(ask, view)
    const { t, destination } = view
    const kind = kinds.get(String(ask.kind))
    if (!kind) throw new Error(`no authenticator kind ${String(ask.kind)} to ask for`)
    const problems = problemsOf(t, view.errors)
    const others = Array.isArray(ask.others) ? ask.others.map(String) : []
    const submit = { label: t(kind.needsScript ? `authenticator.${textOf(kind.id)}.use` : 'common.continue') }
    const password =
      ask.password === true
        ? [{ icon: icon('lock'), label: t('authenticator.password_instead'), name: 'password', value: 'yes' }]
        : []
    return {
      title: t(`authenticator.${textOf(kind.id)}.ask`),
      passkeys: kind.needsScript === true,
      ...(destination ? { lead: say(t, 'common.to_go_to', { application: name(destination.applicationName) }) } : {}),
      body: html`${stageForm(
        view,
        problemNote(t, problems),
        kind.challenge.page(partAsk(ask), { t, problems }),
        typeof ask.trust_days === 'number' &&
          check({
            name: 'trust',
            label: t('authenticator.trust', { count: ask.trust_days }),
            checked: view.values.trust === 'yes',
          }),
        ask.may_cancel === true
          ? buttonPair(submit, { label: t('common.cancel'), name: 'cancel', anyhow: true })
          : mainButton(submit),
        wayButtons(t('authenticator.another_way'), [
          ...password,
          ...others.map((one) => ({
            icon: kinds.get(one)?.icon,
            label: t(`authenticator.${textOf(one)}.title`),
            name: 'use',
            value: one,
          })),
        ]),
      )}${ask.may_cancel !== true && ways([{ label: t('common.begin_again'), href: view.restart }])}`,
    }
  }

/** What somebody has answers at another address: where, and a way on. */
const elsewherePage = ({ elsewhere, may_cancel }: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const hosts = (Array.isArray(elsewhere) ? elsewhere : []).map(String)
  const there = html`${hosts.map((host, index) => html`${index > 0 && ', '}${name(host)}`)}`
  const cancel = { label: t('common.cancel'), name: 'cancel', value: 'yes' }
  return {
    title: t('authenticator.elsewhere.title'),
    lead: say(t, 'authenticator.elsewhere.text', { addresses: there }),
    body: html`${
      may_cancel === true
        ? stageForm(view, mainButton(cancel))
        : ways([{ label: t('common.begin_again'), href: view.restart }])
    }`,
  }
}

/** What the stage put there; it asks nothing without. */
const partAsk = (ask: JsonObject): JsonObject => ask.part as JsonObject
