/**
 * The outbox. A mail is a job, written in the transaction of its cause: what was answered to is sent, also after a crash,
 * and once more rather than not at all. It waits sealed, since it may hold a link, and no longer than it is good for.
 */
import type { JsonObject } from '../../base/json.ts'
import { fail, type Result } from '../../base/result.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { Mail, MailFailure, SendMail, Told } from '../../domain/mail/mail.ts'
import type { MailSettings } from '../../domain/mail/mail-settings.ts'
import type { MailContent } from '../../pages/mail/mail-content.ts'
import { type MailWords, mailPage } from '../../pages/mail/mail-page.ts'
import { chooseLocale, translator } from '../../pages/texts.ts'
import type { Tx } from '../../store/store.ts'

export const MAIL_JOB = 'mail.send'

/** A mail to be. */
export type Outgoing = {
  /** Null for nobody: the same is written and no mail is sent (G01). */
  readonly to: string | null
  readonly content: MailContent
  /** The language that the person chose; null where none. */
  readonly locale: string | null
  /** The address of ours that it is about. */
  readonly origin: string
  /** A mail that is late is none. */
  readonly until: number
  /** Not before; at once unless said otherwise. */
  readonly dueAt?: number
}

/** What becomes of a try. `dead`: never to be tried again. */
export type Delivery =
  | { readonly outcome: 'sent' | 'nobody' }
  | { readonly outcome: 'later' | 'dead'; readonly why: string }

export type Outbox = {
  /** Whether a mail server is set up. Who would send asks first: nothing is queued for ever. */
  ready(): boolean
  put(tx: Tx, outgoing: Outgoing): Promise<void>
  /** One try at a mail from a job's payload. `id` is the same for every try. */
  deliver(payload: JsonObject, id: string, now: number): Promise<Delivery>
  /** A mail about nothing, sent at once, with the dialogue told. */
  test(to: string, origin: string, id: string, told: Told): Promise<Result<{ readonly answer: string }, MailFailure>>
  /** A mail's words as they would be sent. */
  words(content: MailContent, locale: string | null, origin: string): MailWords & { readonly language: string }
}

export type OutboxDeps = {
  readonly ring: Pick<KeyRing, 'sealValue' | 'unsealValue'>
  readonly settings: () => MailSettings | null
  readonly brand: (origin: string) => { readonly title: string; readonly locale: string | null } | undefined
  readonly enqueue: (tx: Tx, job: { kind: string; payload: JsonObject; dueAt?: number }) => Promise<void>
  readonly send: SendMail
}

const UNAVAILABLE = fail('mail_unavailable', 'No mail server is set up.') satisfies Result<never, MailFailure>

export const createOutbox = ({ ring, settings, brand, enqueue, send }: OutboxDeps): Outbox => {
  const words: Outbox['words'] = (content, locale, origin) => {
    const at = brand(origin)
    const language = chooseLocale({
      chosen: undefined,
      asked: locale === null ? [] : [locale],
      acceptLanguage: undefined,
      fallback: at?.locale ?? null,
    })
    const frame = { t: translator(language), title: at?.title ?? 'Gatehouse', host: new URL(origin).host }
    return { ...mailPage(frame, content), language }
  }
  const mailOf = (to: string, id: string, content: MailContent, locale: string | null, origin: string): Mail => ({
    id,
    to,
    ...words(content, locale, origin),
  })
  return {
    ready: () => settings() !== null,
    put: (tx, { to, content, locale, origin, until, dueAt }) =>
      enqueue(tx, {
        ...(dueAt === undefined ? {} : { dueAt }),
        kind: MAIL_JOB,
        payload: { mail: content.mail, to, sealed: ring.sealValue('mail', { ...content, locale, origin }, until) },
      }),
    deliver: async ({ to, sealed }, id, now) => {
      if (typeof to !== 'string') return { outcome: 'nobody' }
      const opened = typeof sealed === 'string' ? ring.unsealValue('mail', sealed, now) : null
      if (!opened) return { outcome: 'dead', why: 'it could not be sent while it was good for something' }
      const server = settings()
      if (!server) return { outcome: 'dead', why: UNAVAILABLE.error.message }
      // Sealed by `put` and by nobody else.
      const { locale, origin, ...content } = opened as unknown as MailContent & Pick<Outgoing, 'locale' | 'origin'>
      const sent = await send(server, mailOf(to, id, content as MailContent, locale, origin))
      if (sent.ok) return { outcome: 'sent' }
      const why = [sent.error.message, sent.error.detail].filter(Boolean).join(' ')
      return { outcome: sent.error.code === 'mail_refused' ? 'dead' : 'later', why }
    },
    test: async (to, origin, id, told) => {
      const server = settings()
      return server ? send(server, mailOf(to, id, { mail: 'test' }, null, origin), told) : UNAVAILABLE
    },
    words,
  }
}
