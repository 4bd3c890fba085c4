/** What is asked for, a line each, in words; yes and no weigh the same. */
import { type Html, html } from '../../../base/html.ts'
import type { Translate } from '../../../base/texts.ts'
import { type Icon, icon, mark } from '../../../pages/icons.ts'
import { stageForm } from '../../../pages/parts.ts'
import { tile } from '../../../pages/tile.ts'
import type { StageKind } from '../../contract/stage.ts'

const ICONS: Readonly<Record<string, Icon>> = {
  email: 'mail',
  profile: 'person',
  groups: 'group',
  offline_access: 'clock',
}
const TRANSLATED = new Set(['openid', 'email', 'profile', 'groups', 'entitlements', 'offline_access'])

const scopeLine = (t: Translate, scope: { name: string; description: string }): Html => {
  const words = TRANSLATED.has(scope.name) ? t(`consent.scope.${scope.name}`) : scope.description
  return html`<li${scope.name === 'offline_access' && html` class="warn"`}>${icon(ICONS[scope.name] ?? 'check')}<div><b>${words}</b></div></li>`
}

export const consentPage: NonNullable<StageKind['page']> = (ask, view) => {
  const { t } = view
  const client = String(ask.client ?? '')
  // What the stage itself asked with, a line above.
  const scopes = (ask.scopes ?? []) as { name: string; description: string }[]
  return {
    title: t('consent.title', { application: client }),
    lead: html`<bdi>${String(ask.host ?? '')}</bdi>`,
    body: stageForm(
      view,
      html`<div class="duo">${mark()}${icon('arrow', true)}${tile(client, client, true)}</div>
<ul class="rows">${scopes.length === 0 ? html`<li>${icon('person')}<div><b>${t('consent.scope.openid')}</b></div></li>` : scopes.map((scope) => scopeLine(t, scope))}</ul>
<div class="pair"><button class="btn" name="action" value="refuse">${t('consent.refuse')}</button><button class="btn main" name="action" value="allow">${t('consent.allow')}</button></div>
<p class="skipjs">${t('logout.signed_in_as')} <b><bdi>${String(ask.name ?? '')}</bdi></b></p>`,
    ),
  }
}
