/** What the administrator says, or a plain no; and the way back to the beginning. */
import { html } from '../../../base/html.ts'
import type { StageKind } from '../../contract/stage.ts'

export const denyPage: NonNullable<StageKind['page']> = (ask, view) => ({
  title: view.t('deny.title'),
  lead: html`${typeof ask.message === 'string' ? ask.message : view.t('deny.lead')}`,
  body: html`<div class="body"><a class="btn" href="${view.restart}">${view.t('common.begin_again')}</a></div>`,
})
