/** What the house mails: links that were asked for, and notices of what was done to somebody's account. */
import { DAY, SECOND } from '../../base/clock.ts'
import type { UserId } from '../../base/ids.ts'
import { reveal } from '../../base/secret.ts'
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { User } from '../../domain/users/user.ts'
import { nobody } from '../../kinds/contract/fact.ts'
import type { Effect } from '../../kinds/contract/stage.ts'
import { browserName } from '../../pages/browser-name.ts'
import type { MailContent } from '../../pages/mail/mail-content.ts'
import type { Store, Tx } from '../../store/store.ts'
import type { Guesses } from '../guesses.ts'
import { sealNotMe } from '../not-me/not-me-link.ts'
import type { MailLinks } from './mail-links.ts'
import type { Outbox } from './outbox.ts'

type SendLink = Extract<Effect, { do: 'send_link' }>
type SendCode = Extract<Effect, { do: 'send_code' }>
type Notice = 'password_changed' | 'new_device' | 'email_changed' | 'locked'

export type Mails = {
  readonly outbox: Outbox
  readonly links: MailLinks
  /** Keeps the link and mails it; where nobody is to get it, the same is done for nobody. */
  sendLink(tx: Tx, effect: SendLink, request: RequestFacts): Promise<void>
  /** Mails a code to somebody who proved who they are. */
  sendCode(tx: Tx, effect: SendCode, request: RequestFacts): Promise<void>
  /**
   * Tells a person of what was done to their account, at their verified primary address or the one given. Nothing where
   * no mail server is set up, and no more of them than a mailbox bears (E18).
   */
  notify(tx: Tx, notice: Notice, user: UserId, request: RequestFacts, to?: string): Promise<void>
  /** Tells whoever the settings name; `about` keeps one person's doings from being told without end (E18). */
  tellAdministrators(tx: Tx, content: MailContent, about: string, request: RequestFacts): Promise<void>
  /** One mail to one address, where any can be sent. Bounding how many is for whoever asks. */
  tell(
    tx: Tx,
    content: MailContent,
    to: string,
    about: { readonly locale: string | null; readonly origin: string; readonly now: number; readonly until?: number },
  ): Promise<void>
  /** The address that a link leads to. */
  linkAddress(origin: string, link: string): string
}

type Deps = {
  readonly store: Pick<Store, 'users' | 'emails'>
  readonly outbox: Outbox
  readonly links: MailLinks
  readonly guesses: Pick<Guesses, 'takeIn'>
  readonly ring: Pick<KeyRing, 'sealValue'>
  /** Addresses of administrators who want to be told. */
  readonly adminMails: () => readonly string[]
  /** `/` or `/auth/`. */
  readonly webPath: string
}

/** What is told after three days frightens more than it helps. */
const NOTICE_UNTIL = 3 * DAY

export const createMails = ({ store, outbox, links, guesses, ring, adminMails, webPath }: Deps): Mails => {
  const linkAddress: Mails['linkAddress'] = (origin, link) => `${origin}${webPath}if/flow/link/${link}/`
  return {
    outbox,
    links,
    linkAddress,
    sendLink: async (tx, effect, request) => {
      await links.keep(tx, effect)
      const user = await store.users.byId(tx, effect.user ?? nobody)
      const content = linkMail(
        effect,
        user,
        linkAddress(request.origin, reveal(effect.link.link, 'put it into its mail')),
        request.at,
      )
      const { address: to, expiresAt: until } = effect
      // Once the answer is out: a mail server spoken to meanwhile would slow it down, for somebody and not for nobody (G01).
      const dueAt = request.at + SECOND
      await outbox.put(tx, { to, content, locale: user?.locale ?? null, origin: request.origin, until, dueAt })
    },
    sendCode: async (tx, { user, address: to, code, expiresAt: until }, request) => {
      const row = await store.users.byId(tx, user)
      const content = {
        mail: 'code',
        username: row?.username ?? '',
        name: row?.name ?? '',
        code: reveal(code, 'put it into its mail'),
        lasts: until - request.at,
      } as const
      await outbox.put(tx, { to, content, locale: row?.locale ?? null, origin: request.origin, until })
    },
    notify: async (tx, notice, user, request, to) => {
      if (!outbox.ready()) return
      const row = await store.users.byId(tx, user)
      const address = to ?? (await primaryOf(store, tx, user))
      if (!row || address === null) return
      const taken = await guesses.takeIn(tx, {
        what: 'mail_to',
        account: `${notice} ${user}`,
        ip: request.ip,
        device: null,
      })
      if ('wait' in taken) return
      // Whoever is locked already has nothing to lock.
      const lock = notice === 'locked' ? null : sealNotMe(ring, { user, at: request.at, notice })
      const link = lock === null ? {} : { link: `${request.origin}${webPath}if/not-me/?link=${lock}` }
      const content = noticeMail(notice, row, request, link)
      await outbox.put(tx, {
        to: address,
        content,
        locale: row.locale,
        origin: request.origin,
        until: request.at + NOTICE_UNTIL,
      })
    },
    tell: async (tx, content, to, { locale, origin, now, until = now + NOTICE_UNTIL }) => {
      if (outbox.ready()) await outbox.put(tx, { to, content, locale, origin, until })
    },
    tellAdministrators: async (tx, content, about, request) => {
      if (!outbox.ready()) return
      for (const to of adminMails()) {
        const account = `${content.mail} ${to} ${about}`
        const taken = await guesses.takeIn(tx, { what: 'mail_to', account, ip: request.ip, device: null })
        if ('wait' in taken) continue
        const until = request.at + NOTICE_UNTIL
        await outbox.put(tx, { to, content, locale: null, origin: request.origin, until })
      }
    },
  }
}

const LINK_MAILS = { recover: 'recovery', sign_in: 'magic_link', confirm: 'confirm' } as const

const linkMail = (effect: SendLink, user: User | undefined, link: string, now: number): MailContent => {
  const oneTime = { link, code: reveal(effect.link.code, 'put it into its mail'), lasts: effect.expiresAt - now }
  if (effect.purpose === 'verify') return { mail: 'verification', ...oneTime }
  const mail = LINK_MAILS[effect.purpose]
  return { mail, username: user?.username ?? '', name: user?.name ?? '', ...oneTime }
}

const noticeMail = (
  mail: Notice,
  { username, name }: User,
  request: RequestFacts,
  link: { readonly link?: string },
): MailContent => {
  const told = { username, name, at: request.at, ...link }
  if (mail !== 'new_device') return { mail, ...told }
  // What a browser says of itself is a stranger's text; only names that we know get into a mail.
  return { mail, ...told, ip: request.ip, browser: browserName(request.userAgent) }
}

const primaryOf = async (store: Pick<Store, 'emails'>, tx: Tx, user: UserId): Promise<string | null> => {
  const emails = await store.emails.of(tx, user)
  return emails.find((email) => email.primary && email.verifiedAt !== null)?.address ?? null
}
