/** The first administrator's five fields, and what this server sees of the connection. */
import { type Html, html } from '../../../base/html.ts'
import type { JsonObject } from '../../../base/json.ts'
import { check, field, passwordField } from '../../../pages/fields.ts'
import {
  linkButton,
  mainButton,
  problemNote,
  problemsOf,
  type Row,
  rows,
  setupHelp,
  stageForm,
} from '../../../pages/parts.ts'
import { name, say } from '../../../pages/say.ts'
import type { StagePage, StageView } from '../../contract/stage.ts'

export const page = (ask: JsonObject, view: StageView): StagePage => {
  const { t, values } = view
  if (ask.open !== true) {
    return {
      title: t('setup.link_invalid.title'),
      lead: html`${t('setup.link_invalid.text')}`,
      body: html`<div class="body">${setupHelp(t)}${linkButton(t('common.begin_again'), view.restart, true)}</div>`,
    }
  }
  const problems = problemsOf(t, view.errors)
  return {
    title: t('first_run.title'),
    lead: html`${t('first_run.lead')}`,
    body: stageForm(
      view,
      problemNote(t, problems),
      field(
        {
          name: 'username',
          label: t('field.username'),
          value: values.username ?? String(ask.username ?? ''),
          autocomplete: 'username',
          autofocus: true,
        },
        problems,
      ),
      field(
        {
          name: 'name',
          label: t('first_run.name'),
          value: values.name,
          autocomplete: 'name',
          required: false,
        },
        problems,
      ),
      field(
        { name: 'email', label: t('field.email'), type: 'email', value: values.email, autocomplete: 'email' },
        problems,
      ),
      passwordField(
        t,
        { name: 'password', label: t('field.password'), autocomplete: 'new-password', hint: t('password.advice') },
        problems,
      ),
      passwordField(
        t,
        { name: 'password_repeat', label: t('password.repeat'), autocomplete: 'new-password' },
        problems,
      ),
      html`<h2>${t('first_run.connection')}</h2>`,
      connection(ask, view),
      mainButton({ label: t('first_run.submit') }),
    ),
  }
}

type Proxy = { readonly peer: string; readonly scheme: string | null; readonly host: string | null }

const connection = (ask: JsonObject, { t, values }: StageView): Html => {
  // What the stage itself asked with.
  const proxy = ask.proxy as Proxy | null
  const origin = String(ask.origin ?? '')
  const seen: Row[] = [
    { icon: 'globe', title: origin, detail: t('first_run.address_hint') },
    proxy
      ? { icon: 'apps', title: proxy.peer, detail: say(t, 'first_run.proxy_hint', { says: name(saidBy(proxy)) }) }
      : { icon: 'device', title: String(ask.ip ?? ''), detail: t('first_run.peer_hint') },
  ]
  const posted = values.username !== undefined
  return html`${rows(seen)}${
    proxy &&
    check({
      name: 'trust_proxy',
      label: t('first_run.trust_proxy', { proxy: proxy.peer }),
      checked: posted ? values.trust_proxy === 'yes' : proxy.scheme === 'https',
    })
  }`
}

const saidBy = ({ scheme, host }: Proxy): string => [scheme, host].filter((part) => part !== null).join('://') || '?'
