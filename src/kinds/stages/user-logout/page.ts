/** Two buttons: out here, or out everywhere. */
import { html } from '../../../base/html.ts'
import { stageForm } from '../../../pages/parts.ts'
import type { StageKind } from '../../contract/stage.ts'

export const userLogoutPage: NonNullable<StageKind['page']> = (ask, view) => {
  const { t } = view
  const name = String(ask.name ?? '')
  return {
    title: t('logout.title'),
    ...(name === '' ? {} : { lead: html`${t('logout.signed_in_as')} <b><bdi>${name}</bdi></b>` }),
    body: stageForm(
      view,
      html`<button class="btn main" name="action" value="sign-out">${t('logout.here')}</button>
<button class="btn" name="action" value="everywhere">${t('logout.everywhere')}</button>`,
    ),
  }
}
