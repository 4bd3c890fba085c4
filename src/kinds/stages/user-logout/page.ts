/** Who is signed in, and two buttons: out, or stay. */
import type { JsonObject } from '../../../base/json.ts'
import { check } from '../../../pages/fields.ts'
import { buttonPair, stageForm, whoBox } from '../../../pages/parts.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t } = view
  return {
    title: t('user_logout.title'),
    body: stageForm(
      view,
      whoBox(t, String(ask.username ?? ''), null),
      ask.everywhere === true && check({ name: 'everywhere', label: t('user_logout.everywhere') }),
      buttonPair(
        { label: t('user_logout.submit'), name: 'confirm' },
        { label: t('user_logout.stay'), name: 'stay', anyhow: true },
      ),
    ),
  }
}
