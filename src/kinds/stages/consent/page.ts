/** What is asked for, a line each, in words; yes and no weigh the same. */
import { html } from '../../../base/html.ts'
import type { Json, JsonObject } from '../../../base/json.ts'
import type { Translate } from '../../../base/texts.ts'
import { type Icon, icon, mark } from '../../../pages/icons.ts'
import { buttonPair, type Row, rows, signedInLine, stageForm } from '../../../pages/parts.ts'
import { tile } from '../../../pages/tile.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  const client = String(ask.client ?? '')
  const scopes = Array.isArray(ask.scopes) ? ask.scopes : []
  return {
    title: t('consent.title', { application: client }),
    lead: html`<bdi>${String(ask.host ?? '')}</bdi>`,
    head: html`<div class="duo">${mark()}${icon('arrow', true)}${tile(client, client, true)}</div>`,
    body: stageForm(
      view,
      rows(
        scopes.length > 0
          ? scopes.map((scope) => scopeRow(t, scope))
          : [{ icon: 'person', title: t('consent.scope.openid') }],
      ),
      buttonPair(
        { label: t('consent.allow'), name: 'decision', value: 'allow' },
        { label: t('consent.refuse'), name: 'decision', value: 'refuse' },
      ),
      // A flow that signs in and asks at once has no other account to go back to.
      !view.signedIn && signedInLine(t, { username: String(ask.username ?? ''), otherAccount: null }),
    ),
  }
}

const ICONS: Readonly<Record<string, Icon>> = {
  email: 'mail',
  profile: 'person',
  groups: 'group',
  offline_access: 'clock',
}

// The words that the shipped scopes come with. An administrator's own words are shown as they are.
const SHIPPED: Readonly<Record<string, string>> = {
  email: 'Email address',
  profile: 'General Profile Information',
  groups: 'Group memberships',
  entitlements: 'Application entitlements',
  offline_access: 'Access to request new tokens without interaction',
}

const scopeRow = (t: Translate, scope: Json): Row => {
  // What the stage itself asked with.
  const { name: id, description, value } = scope as { name: string; description: string; value: string | null }
  const shipped = Object.hasOwn(SHIPPED, id) && SHIPPED[id] === description
  const icons = Object.hasOwn(ICONS, id) ? ICONS[id] : undefined
  return {
    icon: icons ?? 'check',
    title: shipped ? t(`consent.scope.${id}`) : description,
    ...(value === null ? {} : { detail: html`<bdi>${value}</bdi>` }),
    ...(id === 'offline_access' ? { warn: true, detail: t('consent.scope.offline_access_hint') } : {}),
  }
}
