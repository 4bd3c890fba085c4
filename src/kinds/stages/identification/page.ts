/** The page that asks for a name. */
import { type Html, html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { check, field } from '../../../pages/fields.ts'
import { otherFlow } from '../../../pages/other-flow.ts'
import { mainButton, note, problemNote, problemsOf, stageForm, ways, whatBrowserCan } from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import { type AuthenticatorKind, textOf } from '../../contract/authenticator.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

type Discoverers = ReadonlyMap<string, Pick<AuthenticatorKind, 'id' | 'discover'>>

export const identificationPage =
  (kinds: Discoverers) =>
  (ask: JsonObject, view: StageView): StagePage =>
    Array.isArray(ask.fields) && ask.fields.length === 0 ? passkeyOnly(kinds, ask, view) : byName(kinds, ask, view)

/** Nothing is asked for but a passkey: where there can be none, the page says why. */
const passkeyOnly = (kinds: Discoverers, ask: JsonObject, view: StageView): StagePage => {
  const { t, destination } = view
  const problems = problemsOf(t, view.errors)
  const parts = discoverParts(kinds, ask, view, true)
  return {
    title: t('identification.passkey_title'),
    passkeys: true,
    lead: destination
      ? say(t, 'common.to_go_to', { application: name(destination.applicationName) })
      : html`${t('identification.passkey_lead')}`,
    body: html`${stageForm(view, problemNote(t, problems), html`${parts}`, blockedNotes(ask, view))}${ways(
      typeof ask.fallback === 'string'
        ? [{ label: t('identification.fallback'), href: otherFlow(view.restart, ask.fallback) }]
        : [],
    )}`,
  }
}

const discoverParts = (kinds: Discoverers, ask: JsonObject, { t, errors }: StageView, main: boolean): Html[] =>
  Object.entries((ask.discover ?? {}) as Record<string, JsonObject>).flatMap(([id, part]) => {
    const page = kinds.get(id)?.discover?.page
    return page ? [page(part, { t, problems: problemsOf(t, errors), main })] : []
  })

const blockedNotes = ({ blocked }: JsonObject, { t }: StageView): Html =>
  html`${(Array.isArray(blocked) ? blocked : []).map((one) => {
    const { kind, why } = one as { readonly kind: string; readonly why: string }
    return note(
      t(`authenticator.${textOf(kind)}.title`),
      html`<p>${t(`authenticator.${textOf(kind)}.blocked.${why}`)}</p>`,
    )
  })}`

const byName = (kinds: Discoverers, ask: JsonObject, view: StageView): StagePage => {
  const { t, destination } = view
  const parts = discoverParts(kinds, ask, view, false)
  const problems = problemsOf(t, view.errors)
  const recovers = ask.purpose === 'recover'
  return {
    passkeys: parts.length > 0,
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
          autocomplete: parts.length > 0 ? 'username webauthn' : 'username',
          autofocus: true,
        },
        problems,
      ),
      // Without script there is nothing that could keep the name: the offer is not made.
      ask.remember === true &&
        html`<div data-remember hidden>${check({ name: 'remember', label: t('identification.remember') })}</div>`,
      mainButton({ label: t('common.continue') }),
      html`${parts}`,
      whatBrowserCan,
    )}${ways([
      ...(typeof ask.magic_link === 'string'
        ? [{ label: t('identification.magic_link'), href: otherFlow(view.restart, ask.magic_link) }]
        : []),
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
