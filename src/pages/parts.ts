/** What else stands in the doorway beside fields: notes, buttons, who it is about, lists. */
import { type Html, html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { idOf, type Problem } from './fields.ts'
import { type Icon, icon } from './icons.ts'
import { name, say } from './say.ts'
import { tile } from './tile.ts'

/** Errors as keys of the texts, in words. */
export const problemsOf = (
  t: Translate,
  errors: readonly {
    readonly field: string | null
    readonly text: string
    readonly values?: Readonly<Record<string, string>>
  }[],
): Problem[] => errors.map(({ field, text, values }) => ({ field, text: t(text, values) }))

/** What went wrong, at the head of the form: read out first, each with a link to its field. */
export const problemNote = (t: Translate, problems: readonly Problem[]): Html | false =>
  problems.length > 0 &&
  html`<div class="note bad" role="alert" tabindex="-1">${icon('warning')}<div><b>${t('form.problem', { count: problems.length })}</b>${problems.map(
    ({ field, text }) => (field === null ? html`<p>${text}</p>` : html`<p><a href="#${idOf(field)}">${text}</a></p>`),
  )}</div></div>`

/** Asks for attention without being an error. */
export const note = (title: string, text: Html | string, kind: 'info' | 'warn' = 'info'): Html =>
  html`<div class="note ${kind}">${icon(kind === 'warn' ? 'warning' : 'info')}<div><b>${title}</b>${text}</div></div>`

/** Who the form is about, with the way back to being somebody else where there is one. */
export const whoBox = (t: Translate, name: string, restart: string | null): Html =>
  html`<div class="who">${tile(name, name)}<b><bdi>${name}</bdi></b>${restart !== null && html`<a href="${restart}">${t('common.not_you')}</a>`}</div>`

/** For password managers: whose password is asked for, though the name is not typed on this page. */
export const hiddenUsername = (name: string): Html =>
  html`<input class="vh" type="text" name="username" value="${name}" autocomplete="username" readonly tabindex="-1" aria-hidden="true">`

export type Button = {
  readonly label: string
  /** What the press says: a form sent without its button changes nothing (H01). */
  readonly name?: string
  readonly value?: string
  /** Takes the form as it is, empty fields too: to leave it. */
  readonly anyhow?: boolean
}

const button = ({ label, name, value = 'yes', anyhow }: Button, main: boolean): Html =>
  html`<button class="btn${main && html` main`}"${name !== undefined && html` name="${name}" value="${value}"`}${anyhow && html` formnovalidate`}>${label}</button>`

/** The one main act of a page. */
export const mainButton = (settings: Button): Html => button(settings, true)

/**
 * The main act with another beside it. The main one comes first in the source: Enter in a field presses the first
 * button of a form. The eye sees the other one first.
 */
export const buttonPair = (main: Button, other: Button): Html =>
  html`<div class="pair turned">${button(main, true)}${button(other, false)}</div>`

/** A link that looks like a button. Never to an address that somebody else gave (L03), unless it was judged. */
export const linkButton = (label: string, href: string, main = false): Html =>
  html`<a class="btn${main && html` main`}" href="${href}">${label}</a>`

export type Row = {
  readonly icon: Icon
  readonly title: string
  readonly detail?: Html | string | undefined
  readonly warn?: boolean
}

/** A list of what is asked for, or of what can be done. */
export const rows = (list: readonly Row[]): Html =>
  html`<ul class="rows">${list.map(
    (row) =>
      html`<li${row.warn && html` class="warn"`}>${icon(row.icon)}<div><b>${row.title}</b>${row.detail !== undefined && html`<small>${row.detail}</small>`}</div></li>`,
  )}</ul>`

/** A code to pass on, with what it is good for. */
export const slip = (label: string, code: string, text: string): Html =>
  html`<div class="slip"><span>${label}</span><code class="ltr">${code}</code><p>${text}</p></div>`

/** Ways off the main path, under the form. */
export const ways = (links: readonly { readonly label: string; readonly href: string }[]): Html | false =>
  links.length > 0 &&
  html`<ul class="off">${links.map((link) => html`<li><a href="${link.href}">${link.label}</a></li>`)}</ul>`

type Way = { readonly icon: Html | undefined; readonly label: string; readonly name: string; readonly value: string }

/** Other ways to do the same, each a button of the form; under a title they are folded away until they are asked for. */
export const wayButtons = (title: string | null, list: readonly Way[]): Html | false => {
  if (list.length === 0) return false
  const buttons = html`<ul class="ways">${list.map(
    (way) =>
      html`<li><button name="${way.name}" value="${way.value}" formnovalidate>${way.icon}<span>${way.label}</span></button></li>`,
  )}</ul>`
  return title === null ? buttons : html`<details class="others"><summary>${title}</summary>${buttons}</details>`
}

type FormView = {
  readonly t: Translate
  readonly action: string
  readonly hidden: Html
  readonly signedIn?: SignedInAs | null
}

/** Filled in by script: what the browser can do. */
export const whatBrowserCan: Html = html`<input type="hidden" name="can">`

/** The form of a stage: posts to the attempt's own address, bound to it by `hidden`; names whom the flow is about. */
export const stageForm = (view: FormView, ...content: readonly (Html | false | null)[]): Html =>
  html`<form method="post" action="${view.action}">${view.hidden}
${content}${signedInLine(view.t, view.signedIn)}</form>`

type SignedInAs = { readonly username: string; readonly otherAccount: string | null }

/** Who is signed in while a flow about them asks, with the way to be somebody else where there is one. */
export const signedInLine = (t: Translate, signedIn: SignedInAs | null | undefined): Html | false => {
  if (!signedIn) return false
  const { username, otherAccount } = signedIn
  return html`<p class="under">${say(t, 'common.signed_in_as', { username: name(username) })}${
    otherAccount !== null && html` <a href="${otherAccount}">${t('common.not_you')}</a>`
  }</p>`
}

/** What helps whoever holds a set-up link that opens nothing. */
export const setupHelp = (t: Translate): Html =>
  rows([
    { icon: 'person', title: t('setup.help_done'), detail: t('setup.help_done_hint') },
    { icon: 'clock', title: t('setup.help_open'), detail: t('setup.help_open_hint') },
  ])

/** Plain text of several paragraphs, in whatever direction it was written; markup in it is text. */
export const paragraphs = (text: string): Html =>
  html`${text
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== '')
    .map((part) => html`<p dir="auto">${part.trim()}</p>`)}`
