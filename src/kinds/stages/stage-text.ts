/** What every stage's page says in the same way: what went wrong, and where the journey leads. */
import { type Html, html } from '../../base/html.ts'
import type { Problem } from '../../pages/fields.ts'
import type { StageView } from '../contract/stage.ts'

export const problemsOf = (view: StageView): Problem[] =>
  view.errors.map((error) => ({ field: error.field, text: view.t(error.text, error.values ?? {}) }))

/** "to go to Grafana": the name stands apart, wherever the language puts it. */
export const leadTo = ({ t, destination }: StageView): { lead?: Html } => {
  if (!destination) return {}
  const [before = '', after = ''] = t('common.to_go_to', { application: '\u0000' }).split('\u0000')
  return { lead: html`${before}<b><bdi>${destination.applicationName}</bdi></b>${after}` }
}
