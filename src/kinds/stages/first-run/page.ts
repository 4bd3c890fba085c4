/** Four fields, and what this server sees of the connection. */
import { html } from '../../../base/html.ts'
import { check, field, passwordField } from '../../../pages/fields.ts'
import { icon } from '../../../pages/icons.ts'
import { mainButton, problemNote, stageForm } from '../../../pages/parts.ts'
import type { StageKind } from '../../contract/stage.ts'
import { problemsOf } from '../stage-text.ts'

export const firstRunPage: NonNullable<StageKind['page']> = (ask, view) => {
  const { t, values } = view
  const problems = problemsOf(view)
  const proxy = typeof ask.proxy === 'string' ? ask.proxy : null
  return {
    title: t('setup.title'),
    lead: html`${t('setup.lead')}`,
    body: stageForm(
      view,
      html`${problemNote(t, problems)}
${field({ name: 'username', label: t('setup.username'), value: values.username ?? String(ask.username ?? ''), autocomplete: 'username' }, problems)}
${field({ name: 'email', label: t('setup.email'), type: 'email', value: values.email ?? '', autocomplete: 'email', autofocus: problems.length === 0 }, problems)}
${passwordField(t, { name: 'password', label: t('setup.password'), autocomplete: 'new-password' }, problems)}
${passwordField(t, { name: 'password_repeat', label: t('setup.password_repeat'), autocomplete: 'new-password' }, problems)}
<ul class="rows"><li>${icon('globe')}<div><b><bdi>${String(ask.origin ?? '')}</bdi></b><small>${t('setup.address_hint')}</small></div></li>
<li>${icon('device')}<div><b><bdi>${String(ask.peer ?? '')}</bdi></b><small>${t('setup.peer_hint')}</small></div></li></ul>
${proxy !== null && check({ name: 'trust_proxy', label: t('setup.trust_proxy', { proxy }), checked: values.trust_proxy === 'yes' })}
${mainButton({ label: t('setup.submit') })}`,
    ),
  }
}
