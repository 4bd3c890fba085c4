/** The settings of the instance: one resource, `settings/instance`, that always stands. */
import { BlockList, isIP } from 'node:net'
import { parseDuration } from '../../base/duration.ts'
import { sameJson } from '../../base/json.ts'
import { err, ok } from '../../base/result.ts'
import { Closed, Duration, type Issue, Line, type Static, Type } from '../../base/schema.ts'
import type { MailSettings } from '../../domain/mail/mail-settings.ts'
import type { SessionLifetimes } from '../../domain/sessions/session.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import { FlowSlugs } from './flow-slugs.ts'
import { compileMail, MailSpec } from './mail-spec.ts'

const MIB = 1024 * 1024

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
      forbidden_words: Type.Array(Line({ minLength: 3 }), {
        default: [],
        description:
          'Words that no password may hold, such as the name of the company; whatever their case and accents. Passwords that stand are not affected.',
      }),
    },
    { default: {} },
  ),
  mail: Type.Optional(MailSpec),
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
  readonly password: { readonly minLength: number; readonly forbiddenWords: readonly string[] }
  readonly trustedProxies: readonly string[]
  /** Null where none is set up here; the environment may still name one. */
  readonly mail: MailSettings | null
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
    const issues = [
      ...sessionIssues(sessions),
      ...spec.trusted_proxies.flatMap(networkIssue),
      ...(mail.ok ? [] : mail.error),
    ]
    if (issues.length > 0 || !mail.ok) return err(issues)
    return ok({
      sessions,
      flows: spec.flows,
      events: { retention: milliseconds(spec.events.retention), maxBytes: spec.events.max_bytes },
      password: { minLength: spec.password.min_length, forbiddenWords: spec.password.forbidden_words },
      trustedProxies: spec.trusted_proxies,
      mail: mail.value,
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
