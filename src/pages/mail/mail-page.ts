/**
 * A mail's words: plain text, and the same as HTML. No picture, no font, nothing that is loaded from anywhere: a mail
 * that fetches tells its sender when and where it was read. Styles are inline, since mail readers drop the rest.
 */
import { type Html, html, trusted } from '../../base/html.ts'
import type { Translate } from '../../base/texts.ts'
import { name, say } from '../say.ts'
import type { MailContent } from './mail-content.ts'

export type MailFrame = {
  readonly t: Translate
  /** The brand's title and the host that people sign in at. */
  readonly title: string
  readonly host: string
}

export type MailWords = { readonly subject: string; readonly text: string; readonly html: string }

type Fact = { readonly label: string; readonly value: string }
/** The same words twice: as they are, and with names set off so that none turns the sentence around it (L01). */
type Said = { readonly text: string; readonly markup: Html }
type Body = {
  readonly lead: Said
  readonly link?: { readonly label: string; readonly href: string }
  readonly code?: string
  /** There is no link beside it. */
  readonly onlyCode?: string
  readonly facts?: readonly Fact[]
  /** For whoever did not do what is told of. */
  readonly lock?: { readonly label: string; readonly href: string }
  /** What to do, or not to. */
  readonly advice: readonly Said[]
}

export const mailPage = (frame: MailFrame, content: MailContent): MailWords => {
  const { t, title } = frame
  const subject = t(`mail.${content.mail}.subject`, { title })
  const body = bodyOf(frame, content)
  const greeting =
    // Of whom it tells an administrator is not whom it is for.
    'name' in content && content.mail !== 'approval_asked'
      ? {
          text: t('mail.greeting', { name: content.name }),
          markup: say(t, 'mail.greeting', { name: html`<bdi>${content.name}</bdi>` }),
        }
      : null
  return { subject, text: plain(frame, greeting, body), html: markup(frame, subject, greeting, body) }
}

const bodyOf = (frame: MailFrame, content: MailContent): Body => {
  const { t, title, host } = frame
  const lead = (values: Readonly<Record<string, string>>): Body['lead'] => {
    const marked = Object.fromEntries(Object.entries(values).map(([of, value]) => [of, name(value)]))
    return { text: t(`mail.${content.mail}.lead`, values), markup: say(t, `mail.${content.mail}.lead`, marked) }
  }
  const notYou = (mail: Exclude<MailContent['mail'], 'test'>): Said => ({
    text: t(`mail.${mail}.not_you`, { host }),
    markup: say(t, `mail.${mail}.not_you`, { host: html`<bdi>${host}</bdi>` }),
  })
  switch (content.mail) {
    case 'code': {
      const words = t('mail.code_lasts', { count: Math.round(content.lasts / 60_000) })
      return {
        lead: lead({ title, username: content.username }),
        onlyCode: spaced(content.code),
        advice: [{ text: words, markup: html`${words}` }, notYou(content.mail)],
      }
    }
    case 'recovery':
    case 'magic_link':
    case 'confirm':
    case 'verification': {
      const words = t('mail.lasts', { count: Math.round(content.lasts / 60_000) })
      return {
        lead: lead({ title, username: 'username' in content ? content.username : '' }),
        link: { label: t(`mail.${content.mail}.link`), href: content.link },
        code: spaced(content.code),
        advice: [{ text: words, markup: html`${words}` }, notYou(content.mail)],
      }
    }
    case 'approval_asked':
      return {
        lead: lead({ title, username: content.username }),
        facts: [
          { label: t('mail.fact.name'), value: content.name },
          { label: t('mail.fact.email'), value: content.email },
          { label: t('mail.fact.time'), value: moment(t, content.at) },
        ],
        advice: [notYou(content.mail)],
      }
    case 'approved':
      return {
        lead: lead({ title, username: content.username }),
        link: { label: t('mail.approved.link'), href: content.link },
        advice: [],
      }
    case 'refused':
    case 'deleted':
      return { lead: lead({ title, username: content.username }), advice: [] }
    case 'invited': {
      const words = t('mail.invited.lasts', { count: Math.ceil(content.lasts / 3_600_000) })
      return {
        lead: lead({ title, inviter: content.inviter }),
        link: { label: t('mail.invited.link'), href: content.link },
        advice: [{ text: words, markup: html`${words}` }, notYou(content.mail)],
      }
    }
    case 'locked_alert':
      return {
        lead: lead({ title, username: content.username }),
        facts: [
          { label: t('mail.fact.time'), value: moment(t, content.at) },
          { label: t('mail.fact.address'), value: content.ip },
        ],
        advice: [notYou(content.mail)],
      }
    case 'password_changed':
    case 'email_changed':
    case 'locked':
    case 'new_device':
      return {
        ...(content.link === undefined ? {} : { lock: { label: t('mail.lock'), href: content.link } }),
        lead: lead({ title, username: content.username }),
        facts: [
          { label: t('mail.fact.time'), value: moment(t, content.at) },
          ...(content.mail === 'new_device'
            ? [
                { label: t('mail.fact.browser'), value: content.browser ?? t('devices.unknown') },
                { label: t('mail.fact.address'), value: content.ip },
              ]
            : []),
        ],
        advice: [notYou(content.mail)],
      }
    case 'test':
      return { lead: lead({ title }), advice: [] }
  }
}

/** Two halves are read out and typed with fewer slips. */
const spaced = (code: string): string => `${code.slice(0, 4)} ${code.slice(4)}`

const moment = (t: Translate, at: number): string =>
  new Intl.DateTimeFormat(t.locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
    .format(at)
    .concat(' UTC')

const plain = ({ t, title, host }: MailFrame, greeting: Said | null, body: Body): string => {
  const parts = [
    ...(greeting === null ? [] : [greeting.text]),
    body.lead.text,
    ...(body.link ? [`${body.link.label}:\n${body.link.href}`] : []),
    ...(body.code === undefined ? [] : [`${t('mail.or_code')}\n${body.code}`]),
    ...(body.onlyCode === undefined ? [] : [body.onlyCode]),
    ...(body.facts ? [body.facts.map(({ label, value }) => `${label}: ${value}`).join('\n')] : []),
    ...body.advice.map((said) => said.text),
    ...(body.lock ? [`${body.lock.label}:\n${body.lock.href}`] : []),
    `-- \n${title}\n${host}`,
  ]
  return `${parts.join('\n\n')}\n`
}

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

// Readers that know dark mode take these; the others keep the light colours, which are inline.
const DARK = trusted(`<style>
@media (prefers-color-scheme: dark) {
  .wall { background: #091011 !important; }
  .card { background: #0f1718 !important; border-color: #253031 !important; }
  .text { color: #ebeff0 !important; }
  .soft { color: #c6cecf !important; }
  .act { background: #57b6b7 !important; color: #052021 !important; }
  .code { background: #151e1f !important; color: #ebeff0 !important; border-color: #253031 !important; }
}
</style>`)

const paragraph = (content: Html | string): Html =>
  html`<p class="text" style="margin:0 0 16px;color:#151e1f;font-size:16px;line-height:1.5">${content}</p>`

const codeBox = (code: string): Html =>
  html`<p class="code" dir="ltr" style="margin:0 0 24px;padding:12px 16px;border:1px solid #d9dfe0;border-radius:8px;background:#f3f7f7;color:#151e1f;font:600 24px/1.3 ui-monospace,'Cascadia Mono',Menlo,Consolas,monospace;letter-spacing:2px;text-align:center">${code}</p>`

const markup = ({ t, title, host }: MailFrame, subject: string, greeting: Said | null, body: Body): string => {
  const start = t.dir === 'rtl' ? 'right' : 'left'
  return `<!doctype html>\n${
    html`<html lang="${t.locale}" dir="${t.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${subject}</title>
${DARK}
</head>
<body class="wall" style="margin:0;padding:0;background:#ebeff0;${FONT}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="wall" style="background:#ebeff0"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="card" style="max-width:520px;background:#ffffff;border:1px solid #d9dfe0;border-radius:12px"><tr><td align="${start}" style="padding:28px 24px;text-align:${start}">
<p class="soft" style="margin:0 0 20px;color:#3b4647;font-size:14px;font-weight:600"><bdi>${title}</bdi></p>
${greeting !== null && paragraph(greeting.markup)}
${paragraph(body.lead.markup)}
${body.link && html`<p style="margin:24px 0"><a class="act" href="${body.link.href}" style="display:inline-block;padding:13px 22px;border-radius:8px;background:#005f60;color:#ffffff;font-size:16px;font-weight:600;text-decoration:none">${body.link.label}</a></p>`}
${body.code !== undefined && html`${paragraph(t('mail.or_code'))}${codeBox(body.code)}`}${body.onlyCode !== undefined && codeBox(body.onlyCode)}
${
  body.facts &&
  html`<table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 16px">${body.facts.map(
    ({ label, value }) =>
      html`<tr><td class="soft" style="padding:3px 0;padding-inline-end:16px;color:#3b4647;font-size:14px;vertical-align:top">${label}</td><td class="text" style="padding:3px 0;color:#151e1f;font-size:14px"><bdi>${value}</bdi></td></tr>`,
  )}</table>`
}
${body.advice.map((said) => html`<p class="soft" style="margin:0 0 12px;color:#3b4647;font-size:14px;line-height:1.5">${said.markup}</p>`)}
${body.lock && html`<p style="margin:20px 0 8px"><a class="text" href="${body.lock.href}" style="display:inline-block;padding:12px 20px;border:1px solid #8a9697;border-radius:8px;color:#151e1f;font-size:16px;font-weight:600;text-decoration:none">${body.lock.label}</a></p>`}
</td></tr></table>
<p class="soft" style="margin:16px 0 0;color:#3b4647;font-size:13px"><bdi>${host}</bdi></p>
</td></tr></table>
</body>
</html>`.markup
  }\n`
}
