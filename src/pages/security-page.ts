/** What one proves oneself with besides the password: each with its name, how old it is, and how to be rid of it. */
import { type Html, html } from '../base/html.ts'
import { type DeskFrame, deskPage, timeOf } from './desk-page.ts'
import { openGate } from './icons.ts'
import { note } from './parts.ts'
import { say } from './say.ts'

export type SecurityItem = {
  readonly id: string
  /** The part of text keys that stands for the kind. */
  readonly text: string
  readonly icon: Html
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly usable: boolean
  /** Of what there is but one of, a name says nothing. */
  readonly nameable: boolean
  readonly detail: Readonly<Record<string, string>>
}

export type SecurityContent = {
  readonly items: readonly SecurityItem[]
  readonly addable: readonly { readonly text: string; readonly icon: Html; readonly href: string }[]
  /** What cannot be added at this address, with why, as the last part of a text's key. */
  readonly blocked: readonly { readonly text: string; readonly why: string }[]
  /** What else one may do with one's account here. */
  readonly ways?: readonly { readonly label: string; readonly href: string }[]
  readonly csrf: string
}

export const securityPage = (
  frame: DeskFrame,
  { items, addable, blocked, ways = [], csrf }: SecurityContent,
): string => {
  const { t } = frame
  const hidden = html`<input type="hidden" name="csrf" value="${csrf}">`
  const list =
    items.length > 0
      ? html`<ul class="panel">${items.map((item) => listItem(frame, item, hidden))}</ul>`
      : html`<div class="empty panel">${openGate}<p>${t('security.empty')}</p></div>`
  const add =
    addable.length > 0 &&
    html`<h2>${t('security.add')}</h2><div class="acts near">${addable.map(
      (one) => html`<a class="btn" href="${one.href}">${one.icon}${t(`authenticator.${one.text}.title`)}</a>`,
    )}</div>`
  const why = blocked.map((one) =>
    note(t(`authenticator.${one.text}.title`), html`<p>${t(`authenticator.${one.text}.blocked.${one.why}`)}</p>`),
  )
  const account =
    ways.length > 0 &&
    html`<h2>${t('security.account')}</h2><div class="acts near">${ways.map(
      (one) => html`<a class="btn" href="${one.href}">${t(one.label)}</a>`,
    )}</div>`
  const content = html`<p class="lead">${t('security.lead')}</p>${list}${add}${why}${account}`
  return deskPage(frame, 'security', t('security.title'), content)
}

const detailText = (text: string, { variant }: SecurityItem['detail']): string =>
  `authenticator.${text}.detail${variant === undefined ? '' : `_${variant}`}`

const listItem = (frame: DeskFrame, item: SecurityItem, hidden: Html): Html => {
  const { t, webPath } = frame
  const { id, text, name, createdAt, lastUsedAt, usable, nameable, detail } = item
  const kind = t(`authenticator.${text}.title`)
  const which = html`${hidden}<input type="hidden" name="authenticator" value="${id}">`
  const facts = [
    ...(name === '' ? [] : [html`${kind}`]),
    say(t, 'security.added', { time: timeOf(t, createdAt) }),
    lastUsedAt === null
      ? html`${t('security.never_used')}`
      : say(t, 'security.last_used', { time: timeOf(t, lastUsedAt) }),
    ...(usable && Object.keys(detail).length > 0 ? [html`${t(detailText(text, detail), detail)}`] : []),
  ]
  const renaming = html`<details class="edit"><summary class="btn" aria-describedby="a-${id}">${t('security.rename')}</summary>
<form method="post" action="${webPath}if/user/security/rename/">${which}<label>${t('security.name')}<input type="text" name="name" value="${name}" maxlength="64" dir="auto" autocomplete="off"></label><button class="btn">${t('security.save')}</button></form></details>`
  return html`<li class="item">${item.icon}<div class="grow"><b id="a-${id}"><bdi>${name === '' ? kind : name}</bdi></b>
<ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>${!usable && html`<p class="bad">${t('security.used_up')}</p>`}</div>
${nameable && renaming}
<form method="post" action="${webPath}if/user/security/remove/">${which}<button class="btn danger" aria-describedby="a-${id}">${t('security.remove')}</button></form></li>`
}
