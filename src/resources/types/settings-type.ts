/** The settings of the instance: one resource, `settings/instance`, that always stands. */
import { BlockList, isIP } from 'node:net'
import { DAY } from '../../base/clock.ts'
import { parseDuration } from '../../base/duration.ts'
import { sameJson } from '../../base/json.ts'
import { err, ok } from '../../base/result.ts'
import { Closed, Duration, type Issue, Line, type Static, Type } from '../../base/schema.ts'
import { Assurance, type Demands } from '../../domain/assurance/assurance.ts'
import type { PasswordRules } from '../../domain/credentials/password-rules.ts'
import type { MailSettings } from '../../domain/mail/mail-settings.ts'
import type { SessionLifetimes } from '../../domain/sessions/session.ts'
import { isEmailAddress } from '../../domain/users/user.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import { compileAssurance } from '../../policy/compile-assurance.ts'
import { FlowSlugs } from './flow-slugs.ts'
import { compileMail, MailSpec } from './mail-spec.ts'

const MIB = 1024 * 1024

const Amount = (what: string) =>
  Type.Integer({ default: 0, minimum: 0, maximum: 64, description: `So many ${what} at least.` })

export const SettingsSpec = Closed({
  sessions: Closed(
    {
      idle: Duration({ default: '12h', description: 'Without use, a session ends after this.' }),
      absolute: Duration({ default: '7d', description: 'A session ends after this, used or not.' }),
      persistent_idle: Duration({ default: '14d', description: 'As idle, where somebody chose to stay signed in.' }),
      persistent_absolute: Duration({ default: '90d', description: 'As absolute, where somebody chose to stay.' }),
    },
    { default: {} },
  ),
  flows: Type.Object(FlowSlugs.properties, { additionalProperties: false, default: {} }),
  events: Closed(
    {
      retention: Duration({ default: '365d', description: 'Older events are taken away.' }),
      max_bytes: Type.Integer({
        default: 1024 * MIB,
        minimum: MIB,
        description: 'Beyond it, the oldest events are taken away.',
      }),
    },
    { default: {} },
  ),
  password: Closed(
    {
      min_length: Type.Integer({ default: 10, minimum: 8, maximum: 128, description: 'NIST SP 800-63B §5.1.1.2.' }),
      amount_digits: Amount('digits'),
      amount_uppercase: Amount('capital letters'),
      amount_lowercase: Amount('small letters'),
      amount_symbols: Amount('characters that are neither letter nor digit'),
      check_zxcvbn: Type.Boolean({
        default: true,
        description: 'Refuse what is easy to guess: common passwords, names, keyboard walks, repeats.',
      }),
      zxcvbn_score_threshold: Type.Integer({
        default: 2,
        minimum: 0,
        maximum: 3,
        description: 'A password must score above this, of 0 to 4.',
      }),
      check_breached: Type.Boolean({
        default: false,
        description:
          'Refuse what leaked elsewhere, by the filter that `gatehouse passwords build-filter` makes. Where it is missing or damaged, no new password is taken.',
      }),
      history: Type.Integer({
        default: 1,
        minimum: 1,
        maximum: 24,
        description: 'So many of the last passwords must not come back, the present one counted.',
      }),
      max_age: Type.Optional(
        Duration({ description: 'Older ones are to be changed at the next sign-in. Left out, none is too old.' }),
      ),
      change_ends_grants: Type.Boolean({
        default: true,
        description:
          'Whoever changes their own password ends what applications were given, and their tokens, too. Their other sessions end in any case.',
      }),
      forbidden_words: Type.Array(Line({ minLength: 3 }), {
        default: [],
        description:
          'Words that no password may hold, such as the name of the company; whatever their case and accents. Passwords that stand are not affected.',
      }),
    },
    { default: {} },
  ),
  administration: Closed(
    {
      assurance: Type.Object(Assurance.properties, {
        additionalProperties: false,
        default: {},
        description: 'What the console and the API ask of whoever administers by a session. Left out, two factors.',
      }),
      fresh: Duration({
        default: '1h',
        description:
          'How long ago the last proof may be where access is handed out: tokens, passwords, recovery links, groups, roles, keys, settings.',
      }),
    },
    { default: {} },
  ),
  mail: Type.Optional(MailSpec),
  admin_mails: Type.Optional(
    Type.Array(Line({ minLength: 3 }), {
      maxItems: 20,
      description: 'Addresses that are told of accounts that were locked, and of people who wait for a yes.',
    }),
  ),
  trusted_proxies: Type.Array(Type.String({ maxLength: 64 }), {
    default: [],
    description: 'Addresses and networks whose forwarded headers are believed, beside those of the environment.',
    examples: [['10.0.0.2', '172.16.0.0/12']],
  }),
})
export type SettingsSpec = Static<typeof SettingsSpec>

/** Times in milliseconds. */
export type Settings = {
  readonly sessions: SessionLifetimes
  readonly flows: FlowSlugs
  readonly events: { readonly retention: number; readonly maxBytes: number }
  readonly password: PasswordRules
  /** What is asked of administrators; `fresh` in milliseconds. */
  readonly administration: { readonly assurance: Demands; readonly fresh: number }
  readonly trustedProxies: readonly string[]
  /** Null where none is set up here; the environment may still name one. */
  readonly mail: MailSettings | null
  readonly adminMails: readonly string[]
}

export const settingsType: ResourceType<SettingsSpec, Settings> = {
  type: 'settings',
  singular: 'settings',
  schema: SettingsSpec,
  version: 2,
  // Version 1 had `outgoing.allow`, which nothing read. Its default goes unseen; a list that somebody wrote is refused,
  // so that nobody believes it does something.
  upgrade: ({ outgoing, ...spec }) =>
    outgoing === undefined || sameJson(outgoing, { allow: [] }) ? spec : { ...spec, outgoing },
  read: 'settings.read',
  write: 'settings.write',
  single: 'instance',
  compile: (spec, _identity, { secret }) => {
    const sessions = lifetimes(spec)
    const mail = spec.mail === undefined ? ok(null) : compileMail(spec.mail, secret)
    const demanded: Issue[] = []
    // Two factors unless the settings say otherwise (DESIGN §13).
    const asked = { mfa: 'required' as const, ...spec.administration.assurance }
    const assurance = { ...compileAssurance(asked, 'administration.assurance', demanded), takesTrust: false }
    const fresh = milliseconds(spec.administration.fresh)
    const issues = [
      ...sessionIssues(sessions),
      ...passwordIssues(spec.password),
      ...demanded,
      // What takes longer to do than the proof of it lasts could never be done.
      ...(fresh < 60_000 ? [{ path: 'administration.fresh', message: 'must be a minute at least' }] : []),
      ...spec.trusted_proxies.flatMap(networkIssue),
      ...(mail.ok ? [] : mail.error),
      ...(spec.admin_mails ?? []).flatMap((address, index) =>
        isEmailAddress(address) ? [] : [{ path: `admin_mails[${index}]`, message: 'must be an e-mail address' }],
      ),
    ]
    if (issues.length > 0 || !mail.ok) return err(issues)
    return ok({
      sessions,
      flows: spec.flows,
      events: { retention: milliseconds(spec.events.retention), maxBytes: spec.events.max_bytes },
      password: passwordRules(spec.password),
      administration: { assurance, fresh },
      trustedProxies: spec.trusted_proxies,
      mail: mail.value,
      adminMails: spec.admin_mails ?? [],
    })
  },
}

// The schema has checked the spelling.
const milliseconds = (duration: string): number => parseDuration(duration) ?? 0

const lifetimes = ({ sessions }: SettingsSpec): SessionLifetimes => ({
  idle: milliseconds(sessions.idle),
  absolute: milliseconds(sessions.absolute),
  persistentIdle: milliseconds(sessions.persistent_idle),
  persistentAbsolute: milliseconds(sessions.persistent_absolute),
})

const passwordRules = (spec: SettingsSpec['password']): PasswordRules => ({
  minLength: spec.min_length,
  digits: spec.amount_digits,
  uppercase: spec.amount_uppercase,
  lowercase: spec.amount_lowercase,
  symbols: spec.amount_symbols,
  forbiddenWords: spec.forbidden_words,
  scoreAbove: spec.check_zxcvbn ? spec.zxcvbn_score_threshold : null,
  checkBreached: spec.check_breached,
  history: spec.history,
  maxAge: spec.max_age === undefined ? null : milliseconds(spec.max_age),
  endsGrants: spec.change_ends_grants,
})

const passwordIssues = ({ max_age }: SettingsSpec['password']): Issue[] =>
  // Whoever sets one and is asked for the next at once would never get in.
  max_age !== undefined && milliseconds(max_age) < DAY
    ? [{ path: 'password.max_age', message: 'must be a day at least' }]
    : []

const sessionIssues = (sessions: SessionLifetimes): Issue[] => {
  const issues: Issue[] = []
  // A session of nothing would let nobody in again, administrators included.
  if (sessions.idle < 60_000) issues.push({ path: 'sessions.idle', message: 'must be a minute at least' })
  if (sessions.absolute < sessions.idle)
    issues.push({ path: 'sessions.absolute', message: 'must not be less than idle' })
  if (sessions.persistentIdle < sessions.idle) {
    issues.push({ path: 'sessions.persistent_idle', message: 'must not be less than idle' })
  }
  if (sessions.persistentAbsolute < sessions.persistentIdle) {
    issues.push({ path: 'sessions.persistent_absolute', message: 'must not be less than persistent_idle' })
  }
  return issues
}

const networkIssue = (text: string, index: number): Issue[] => {
  const path = `trusted_proxies[${index}]`
  if (!isNetwork(text)) return [{ path, message: 'must be an address or a network such as 10.0.0.0/8' }]
  // Everybody would be a proxy, and every forwarded header believed (D05).
  return /\/0+$/.test(text) ? [{ path, message: 'must not be every address there is' }] : []
}

const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return false
  const length = bits === undefined ? 0 : Number(bits)
  if (length > (family === 6 ? 128 : 32)) return false
  new BlockList().addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4')
  return true
}
