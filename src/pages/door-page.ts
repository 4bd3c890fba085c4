/** The doorway: a quiet wall with one lit opening in which a single thing is asked. Every flow's page is one. */
import { type Html, html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { icon, mark, ring } from './icons.ts'
import { languageLinks } from './language-links.ts'
import { languageName } from './locale-names.ts'
import { doorScript, doorStyle, favicon, passkeyScript } from './style.ts'

export type DoorFrame = {
  readonly t: Translate
  readonly brand: { readonly title: string; readonly logo: string | null }
  /** The host that the page is served from, shown so that it can be checked. */
  readonly host: string
  readonly theme: 'light' | 'dark' | null
  /** `/` or `/auth/`. */
  readonly webPath: string
  /** The address that shows this page again in another language. */
  readonly here: string
}

export type DoorContent = {
  readonly title: string
  readonly lead?: Html | undefined
  readonly body: Html
  /** Something went wrong: the title says so first. */
  readonly problem?: boolean
  /** In place of the brand's logo. */
  readonly head?: Html
  /** A passkey may be made or used on it. */
  readonly passkeys?: boolean
}

const logo = ({ title, logo: address }: DoorFrame['brand']): Html =>
  address === null ? mark(title) : html`<img src="${address}" alt="${title}" referrerpolicy="no-referrer">`

export const doorPage = (frame: DoorFrame, content: DoorContent): string => {
  const { t, webPath } = frame
  return `<!doctype html>\n${
    html`<html lang="${t.locale}" dir="${t.dir}"${frame.theme && html` data-theme="${frame.theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${content.problem && `${t('page.error_prefix')} `}${content.title} &#183; ${frame.brand.title}</title>
<link rel="icon" href="${webPath}static/${favicon.name}">
<link rel="stylesheet" href="${webPath}static/${doorStyle.name}">
${content.passkeys && html`<script src="${webPath}static/${passkeyScript.name}" defer></script>`}<script src="${webPath}static/${doorScript.name}" defer></script>
</head>
<body>
<div class="door">
${ring}
${content.head ?? html`<div class="brand">${logo(frame.brand)}</div>`}
<main>
<h1>${content.title}</h1>
${content.lead && html`<p class="lead">${content.lead}</p>`}
${content.body}
</main>
<footer>
<span>${icon('lock')}<bdi>${frame.host}</bdi></span>
${languageMenu(frame)}
</footer>
</div>
</body>
</html>`.markup
  }\n`
}

/** Opens without script; the links show this page again. */
const languageMenu = (
  frame: DoorFrame,
): Html => html`<details class="lang"><summary aria-label="${frame.t('desk.languages')}: ${languageName(frame.t.locale)}">${icon('globe')}${languageName(frame.t.locale)}</summary>
${languageLinks(frame)}</details>`
