/** Pages of one's own: the applications one may open, and the browsers one is signed in with. */
import { type Html, html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { browserName } from './browser-name.ts'
import type { DoorFrame } from './door-page.ts'
import { type Icon, icon, mark, openGate } from './icons.ts'
import { languageLinks } from './language-links.ts'
import { say } from './say.ts'
import { deskStyle, favicon } from './style.ts'
import { tile } from './tile.ts'

export type DeskFrame = DoorFrame & {
  readonly person: { readonly name: string; readonly username: string; readonly email: string | null }
}

type Area = 'applications' | 'security' | 'devices'

const AREAS: readonly { readonly area: Area; readonly path: string; readonly icon: Icon }[] = [
  { area: 'applications', path: 'if/user/', icon: 'apps' },
  { area: 'security', path: 'if/user/security/', icon: 'lock' },
  { area: 'devices', path: 'if/user/devices/', icon: 'device' },
]

/** The frame of every page of one's own. */
export const deskPage = (frame: DeskFrame, area: Area, title: string, content: Html): string => {
  const { t, webPath, brand } = frame
  const logo = brand.logo === null ? mark() : html`<img src="${brand.logo}" alt="" referrerpolicy="no-referrer">`
  return `<!doctype html>\n${
    html`<html lang="${t.locale}" dir="${t.dir}"${frame.theme && html` data-theme="${frame.theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${brand.title}</title>
<link rel="icon" href="${webPath}static/${favicon.name}">
<link rel="stylesheet" href="${webPath}static/${deskStyle.name}">
</head>
<body>
<a class="skip" href="#main">${t('desk.skip')}</a>
<header class="top">
<a class="name" href="${webPath}if/user/">${logo}<span>${brand.title}</span></a>
<nav class="tabs" aria-label="${t('desk.areas')}">${AREAS.map((one) => html`<a href="${`${webPath}${one.path}`}"${one.area === area && html` aria-current="page"`}>${icon(one.icon)}${t(`desk.${one.area}`)}</a>`)}</nav>
${accountMenu(frame)}
</header>
<main class="main" id="main">
<h1>${title}</h1>
${content}
</main>
<footer class="foot"><bdi>${frame.host}</bdi><nav aria-label="${t('desk.languages')}">${languageLinks(frame)}</nav></footer>
</body>
</html>`.markup
  }\n`
}

/** Opens without script. On a phone it is the person's letter alone, so that the head stays one row. */
const accountMenu = ({ t, webPath, person }: DeskFrame): Html => {
  const shown = person.name || person.username
  const below = person.email ?? person.username
  return html`<details class="me"><summary aria-label="${t('desk.account', { name: shown })}">${tile(shown, person.username)}<bdi class="whose">${shown}</bdi></summary>
<div class="menu"><p><b><bdi>${shown}</bdi></b>${below !== shown && html`<small><bdi>${below}</bdi></small>`}</p><a href="${webPath}flows/-/default/invalidation/">${t('desk.sign_out')}</a></div></details>`
}

export type AppTile = { readonly slug: string; readonly name: string; readonly href: string }

export const applicationsPage = (frame: DeskFrame, applications: readonly AppTile[]): string => {
  const { t } = frame
  const content =
    applications.length === 0
      ? html`<div class="empty">${openGate}<p>${t('applications.empty')}</p></div>`
      : html`<div class="grid">${applications.map((one) => html`<a class="app" href="${one.href}">${tile(one.name, one.slug)}<span><b>${one.name}</b></span></a>`)}</div>`
  return deskPage(frame, 'applications', t('applications.title'), content)
}

export type Device = {
  readonly id: string
  readonly userAgent: string
  readonly ip: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly here: boolean
}

export type TrustedBrowser = {
  readonly id: string
  readonly userAgent: string
  readonly ip: string
  readonly createdAt: number
  readonly until: number
}

export const devicesPage = (
  frame: DeskFrame,
  devices: readonly Device[],
  csrf: string,
  trusted: readonly TrustedBrowser[] = [],
): string => {
  const { t, webPath } = frame
  const hidden = html`<input type="hidden" name="csrf" value="${csrf}">`
  const content = html`<p class="lead">${t('devices.lead')}</p>
<ul class="panel">${hereFirst(devices).map((device) => deviceItem(frame, device, hidden))}</ul>
<form class="acts" method="post" action="${webPath}if/user/devices/end-all/">${hidden}<button class="btn danger">${t('devices.end_all')}</button></form>${trusted.length > 0 && trustedList(frame, trusted, hidden)}`
  return deskPage(frame, 'devices', t('devices.title'), content)
}

const trustedList = (frame: DeskFrame, trusted: readonly TrustedBrowser[], hidden: Html): Html => {
  const { t } = frame
  return html`<h2 id="trusted">${t('devices.trusted')}</h2>
<p class="lead">${t('devices.trusted_lead')}</p>
<ul class="panel" aria-labelledby="trusted">${trusted.map((one) => trustedItem(frame, one, hidden))}</ul>`
}

const trustedItem = ({ t, webPath }: DeskFrame, one: TrustedBrowser, hidden: Html): Html => {
  const at = (moment: number): Html => timeOf(t, moment)
  return html`<li class="item">${icon(isPhone(one.userAgent) ? 'phone' : 'device')}<div class="grow"><b id="t-${one.id}"><bdi>${nameOf(t, one.userAgent)}</bdi></b>
<ul class="facts"><li><bdi>${one.ip}</bdi></li><li>${say(t, 'devices.since', { time: at(one.createdAt) })}</li><li>${say(t, 'devices.trusted_until', { time: at(one.until) })}</li></ul></div>
<form method="post" action="${webPath}if/user/devices/forget/">${hidden}<input type="hidden" name="device" value="${one.id}"><button class="btn" aria-describedby="t-${one.id}">${t('devices.forget')}</button></form></li>`
}

const nameOf = (t: Translate, userAgent: string): string =>
  browserName(userAgent) ?? (userAgent.slice(0, 60) || t('devices.unknown'))

/** The one that is looked from, then the others by when they were last used. */
const hereFirst = (devices: readonly Device[]): Device[] =>
  devices.toSorted((a, b) => Number(b.here) - Number(a.here) || b.lastSeenAt - a.lastSeenAt)

const deviceItem = ({ t, webPath }: DeskFrame, device: Device, hidden: Html): Html => {
  const at = (moment: number): Html => timeOf(t, moment)
  const name = nameOf(t, device.userAgent)
  const end = html`<form method="post" action="${webPath}if/user/devices/end/">${hidden}<input type="hidden" name="session" value="${device.id}"><button class="btn" aria-describedby="d-${device.id}">${t('devices.end')}</button></form>`
  return html`<li class="item">${icon(isPhone(device.userAgent) ? 'phone' : 'device')}<div class="grow"><b id="d-${device.id}"><bdi>${name}</bdi></b>
<ul class="facts"><li><bdi>${device.ip}</bdi></li><li>${say(t, 'devices.since', { time: at(device.createdAt) })}</li><li>${say(t, 'devices.last_seen', { time: at(device.lastSeenAt) })}</li></ul></div>
${device.here ? html`<span class="here">${t('devices.here')}</span>` : end}</li>`
}

/** The server does not know the person's time zone: a time without one would be read as theirs. */
export const timeOf = (t: Translate, moment: number): Html => {
  const time = new Intl.DateTimeFormat(t.locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  })
  // In a direction of its own: "UTC" would break a line of Arabic in two otherwise.
  return html`<time datetime="${new Date(moment).toISOString()}"><bdi>${time.format(moment)}</bdi></time>`
}

const isPhone = (userAgent: string): boolean => /Mobi|iPhone|Android/.test(userAgent)
