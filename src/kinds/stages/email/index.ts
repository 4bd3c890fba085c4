/**
 * Mails a one-time link and a code, and proves by either that somebody reads the mailbox. Who has an account is not told:
 * nobody's name gets the same page, the same rows and no mail (G01).
 */

import { DAY, MINUTE } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/duration.ts'
import type { GuessTicket } from '../../../domain/guess-limits/guess-limit.ts'
import type { Person } from '../../../domain/people/person.ts'
import { emailKey, isEmailAddress, usernameKey } from '../../../domain/users/user.ts'
import { isChosen } from '../../../pages/read-field.ts'
import {
  answers,
  fact,
  know,
  madeHere,
  nobody,
  pendingUser,
  proofs,
  typedName,
  verifiedAddress,
} from '../../contract/fact.ts'
import type {
  Effect,
  FieldError,
  LinkPurpose,
  LiveLink,
  StageAsk,
  StageContext,
  StageEnd,
  StageKind,
} from '../../contract/stage.ts'
import { EmailConfig } from './config.ts'
import { page } from './page.ts'

type Outcome = 'ok' | 'failed' | 'unavailable'
type Context = StageContext<EmailConfig>
type Result = StageAsk | StageEnd<Outcome>

/** The link that was sent last, by which node and for which name. Its keyed hash, which opens nothing. */
const sent = fact<{ readonly node: string; readonly name: string; readonly link: string }>('email.sent')
/** What was counted for it: taken back where it was used, since whoever reads their mailbox may ask again tomorrow. */
const counted = fact<readonly GuessTicket[]>('email.counted')
/** Wrong codes since. */
const tries = fact<number>('email.tries')

const MOST_TRIES = 5

export const email = {
  id: 'email',
  config: EmailConfig,
  version: 1,
  outcomes: ['ok', 'failed', 'unavailable'],
  proves: true,
  needs: 'mail',
  predict: () => ({ outcomes: ['ok', 'failed', 'unavailable'], needsPerson: true, reads: [] }),
  foresee: ({ sendsMail }) =>
    sendsMail
      ? { ends: [], because: 'would wait for a mail, and none is counted on' }
      : { ends: [{ outcome: 'unavailable' }], because: 'gets no mail, since none can be sent' },
  open: async (context) => {
    const { config, facts, ports } = context
    if (!ports.mail.ready()) return { end: 'unavailable', effects: [refusedEvent(context, 'mail_unavailable')] }
    if (config.send_to === 'answer') {
      const verified = facts.get(verifiedAddress)
      if (verified !== undefined && sameAddress(verified, givenAddress(context))) return { end: 'ok' }
    }
    // Where no mail went so far, there is no mailbox to ask.
    if (purposeOf(context) === 'confirm' && !context.person?.emails.some((one) => one.verifiedAt !== null)) {
      return { end: 'ok' }
    }
    return sentLink(context) === null ? send(context) : ask(context)
  },
  answer: async (context, input) => {
    const link = Object.hasOwn(input, 'mail_link') ? (input.mail_link ?? '') : ''
    if (link !== '') return byLink(context, link)
    if (isChosen(input, 'again')) return send(context)
    const code = (Object.hasOwn(input, 'code') ? (input.code ?? '') : '').replace(/[\s-]/g, '')
    if (code === '') return ask(context, [{ field: 'code', text: 'email.code_empty' }])
    return byCode(context, code)
  },
  page,
} satisfies StageKind<EmailConfig, Outcome>

const purposeOf = ({ config, purpose }: Context): LinkPurpose => {
  if (config.send_to === 'answer') return 'verify'
  // Whoever is signed in shows that they still read what mails went to so far.
  if (purpose === 'settings') return 'confirm'
  return purpose === 'sign_in' ? 'sign_in' : 'recover'
}

const sentLink = (context: Context): string | null => {
  const last = context.facts.get(sent)
  // One that was sent for a name before this one proves nothing about it.
  if (last?.node !== context.place.node || last.name !== namedIn(context)) return null
  return last.link === '' ? null : last.link
}

/** What the mail was asked for by: a name, or an address. */
const namedIn = (context: Context): string => usernameKey(shownName(context))

const ask = (context: Context, errors: readonly FieldError[] = []): StageAsk => ({
  ask: {
    purpose: purposeOf(context),
    // What was typed, and never what is known of whoever it belongs to.
    name: shownName(context),
    sent: sentLink(context) !== null,
  },
  errors,
})

const shownName = (context: Context): string => {
  const { config, facts, signedIn } = context
  if (config.send_to === 'answer') return givenAddress(context)
  return facts.get(typedName) ?? (purposeOf(context) === 'confirm' ? (signedIn?.person.user.username ?? '') : '')
}

const givenAddress = ({ facts }: Context): string => {
  const given = facts.get(answers)
  const value = given && Object.hasOwn(given, 'email') ? given.email : undefined
  return typeof value === 'string' ? value.trim() : ''
}

const sameAddress = (one: string, other: string): boolean => emailKey(one) === emailKey(other)

type Recipient = { readonly address: string } | { readonly none: string }

/** Only an address as it is stored, and shown to be theirs: one that merely looks alike gets nothing (G06). */
const recipientOf = async (context: Context): Promise<Recipient> => {
  const { config, person, facts, ports } = context
  if (config.send_to === 'answer') {
    const address = givenAddress(context)
    return isEmailAddress(address) ? { address } : { none: 'no_address' }
  }
  // Asked of nobody too: what it costs would tell (G01).
  const onlyByMail = await ports.authenticators.onlyByMail(person?.user.id ?? nobody)
  if (!person?.user.active || person.user.kind === 'service_account') return { none: 'nobody' }
  // G11: the mailbox is their second factor already, and would be both.
  if (onlyByMail && purposeOf(context) !== 'confirm') return { none: 'only_mailbox' }
  const verified = person.emails.filter((one) => one.verifiedAt !== null)
  const typed = facts.get(typedName) ?? ''
  const found =
    verified.find((one) => sameAddress(one.address, typed)) ?? verified.find((one) => one.primary) ?? verified[0]
  return found ? { address: found.address } : { none: 'no_verified_address' }
}

const send = async (context: Context): Promise<Result> => {
  const { config, person, place, ports, request } = context
  const named = namedIn(context)
  // Told to whoever asks: it rests on what was typed and where from, not on whether anybody has that name.
  const asked = await ports.guesses.take('mail', named)
  if ('wait' in asked) return ask(context, [tooSoon(asked.wait)])
  const recipient = await recipientOf(context)
  // Told to nobody: two names that share this limit would show that they are one person.
  const mailbox = await ports.guesses.take(
    'mail_to',
    'address' in recipient ? mailboxOf(person, recipient.address) : named,
  )
  const to = 'wait' in mailbox && 'address' in recipient ? { none: 'too_many' } : recipient
  const link = ports.mail.newLink()
  const address = 'address' in to ? to.address : null
  const effects: Effect[] = [
    {
      do: 'send_link',
      purpose: purposeOf(context),
      user: address === null || config.send_to === 'answer' ? null : (person?.user.id ?? null),
      address,
      link,
      expiresAt: request.at + lasts(config),
      place,
    },
    'none' in to ? refusedEvent(context, to.none) : linkEvent(context, 'mail.link_sent'),
  ]
  const waiting = ask(context)
  return {
    ask: { ...waiting.ask, sent: true },
    know: [
      know(sent, { node: place.node, name: named, link: link.linkHash }),
      know(
        counted,
        [asked, mailbox].flatMap((one) => ('ticket' in one ? [plain(one.ticket)] : [])),
      ),
      know(tries, 0),
    ],
    effects,
  }
}

const plain = (ticket: GuessTicket) => ticket.map(([scope, key]) => [scope, key] as const)

const mailboxOf = (person: Person | null, address: string): string => person?.user.id ?? emailKey(address)

const lasts = ({ token_expiry }: EmailConfig): number =>
  Math.min(DAY, Math.max(MINUTE, parseDuration(token_expiry) ?? 0))

const tooSoon = (wait: number): FieldError => ({
  field: null,
  text: 'guesses.wait',
  values: { count: String(Math.ceil(wait / 1000)) },
})

const linkEvent = (
  context: Context,
  type: 'mail.link_sent' | 'mail.link_used' | 'mail.link_refused',
  detail: { readonly reason?: string; readonly by?: string } = {},
  person: Person | null = context.person,
): Effect => ({
  do: 'record',
  event: {
    type,
    ...(person ? { user: person.user.id } : {}),
    detail: {
      purpose: purposeOf(context),
      username: person?.user.username ?? context.facts.get(typedName) ?? '',
      ...detail,
    },
  },
})

const refusedEvent = (context: Context, reason: string): Effect => linkEvent(context, 'mail.link_refused', { reason })

const byCode = async (context: Context, code: string): Promise<Result> => {
  const { facts, person, ports } = context
  const link = sentLink(context)
  if (link === null) return ask(context, [{ field: 'code', text: 'email.code_wrong' }])
  const account = person?.user.id ?? namedIn(context)
  const taken = await ports.guesses.take('mail_code', account)
  if ('wait' in taken) return { ...ask(context, [tooSoon(taken.wait)]), effects: [refusedEvent(context, 'too_soon')] }
  const live = await ports.mail.byCode(link, code)
  if (live && isOurs(context, live)) {
    await ports.guesses.forgive(taken.ticket)
    return prove(context, live, 'code')
  }
  const count = (facts.get(tries) ?? 0) + 1
  const effects = [refusedEvent(context, 'code')]
  if (count >= MOST_TRIES) {
    return { end: 'failed', know: [know(sent, { node: '', name: '', link: '' }), know(tries, 0)], effects }
  }
  return { ...ask(context, [{ field: 'code', text: 'email.code_wrong' }]), know: [know(tries, count)], effects }
}

const byLink = async (context: Context, link: string): Promise<Result> => {
  const live = await context.ports.mail.byLink(link)
  if (live && isOurs(context, live)) return prove(context, live, 'link')
  return { ...ask(context, [{ field: null, text: 'email.link_invalid' }]), effects: [refusedEvent(context, 'link')] }
}

/** Made by this very stage, for the purpose it has now; and about nobody else than the attempt is (G04, H04). */
const isOurs = (context: Context, { place, purpose, person }: LiveLink): boolean => {
  const { facts } = context
  if (place.flow !== context.place.flow || place.node !== context.place.node || purpose !== purposeOf(context))
    return false
  if (purpose === 'verify') return true
  const about = facts.get(pendingUser)
  return person !== null && (about === undefined || about === person.user.id)
}

const prove = (context: Context, live: LiveLink, by: 'link' | 'code'): Result => {
  const { facts, request } = context
  const others = (facts.get(proofs) ?? []).filter((proof) => proof.method !== 'email')
  const proven = know(proofs, [...others, { method: 'email', at: request.at }])
  const effects: Effect[] = [
    { do: 'spend_link', linkHash: live.linkHash },
    ...(facts.get(counted) ?? []).map((ticket) => ({ do: 'forgive_guess', ticket }) as const),
    linkEvent(context, 'mail.link_used', { by }, live.person),
  ]
  if (live.person) {
    const { user } = live.person
    const named = facts.get(typedName) === undefined ? [know(typedName, user.username)] : []
    return { end: 'ok', know: [know(pendingUser, user.id), ...named, proven], effects }
  }
  const address = live.address ?? ''
  // In another browser what was asked before is not known: all of it is asked again, but for this.
  const again = !sameAddress(address, givenAddress(context))
  const shown = [know(verifiedAddress, address), ...(isNobodysYet(context) ? [proven] : [])]
  return { end: 'ok', ...(again ? { again } : {}), know: shown, effects }
}

/**
 * An address is a proof of whoever comes to be made with it, and of nobody who was there before: anybody has an address to
 * read, whomever they named (G04).
 */
const isNobodysYet = ({ facts }: Context): boolean => {
  const about = facts.get(pendingUser)
  return about === undefined || about === facts.get(madeHere)
}
