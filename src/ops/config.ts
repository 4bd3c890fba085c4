/**
 * The process's settings, from the environment: `GATEHOUSE_…`, each also as `…_FILE`, and the names of an authentik
 * set-up as aliases, so that its `.env` works as it is. The only place that reads `process.env`.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, type Result } from '../base/result.ts'
import { nearest } from '../base/schema.ts'
import { type Secret, secret } from '../base/secret.ts'
import type { MailSettings } from '../domain/mail/mail-settings.ts'
import { trustedProxies } from '../http/trusted-proxies.ts'
import { mailFromEnvironment } from './mail-from-environment.ts'

export type Listen = { readonly host: string; readonly port: number }

export type Config = {
  readonly dataDir: string
  /** PostgreSQL's address, or null for the embedded SQLite. Holds a password. */
  readonly databaseUrl: Secret | null
  readonly poolSize: number
  readonly publicUrl: string | null
  /** `/` or `/auth/`: begins and ends with a slash. */
  readonly webPath: string
  readonly listen: { readonly http: Listen | null; readonly https: Listen | null; readonly metrics: Listen | null }
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly secretKey: Secret | null
  readonly previousSecretKeys: readonly Secret[]
  readonly configPath: string | null
  /** What `{ env: NAME }` in configuration files may name. */
  readonly environment: Environment
  readonly bootstrap: { readonly password: Secret | null; readonly email: string | null; readonly token: Secret | null }
  /** CIDRs whose forwarded headers are believed; nobody's unless named. */
  readonly trustedProxies: readonly string[]
  readonly allowHttp: boolean
  /** Serves where the settings of the instance name no mail server. */
  readonly mail: MailSettings | null
  /** The filter of leaked passwords. A path of the server is named by the environment alone. */
  readonly breachedFilter: string
  /** Processes that serve; 1 is this one alone. */
  readonly workers: number
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error'
}

export type ConfigProblem = { readonly code: 'config_invalid'; readonly message: string }

type Environment = Readonly<Record<string, string | undefined>>

const OWN = [
  'DATA_DIR',
  'DATABASE_URL',
  'DATABASE_POOL_SIZE',
  'PUBLIC_URL',
  'WEB__PATH',
  'LISTEN__HTTP',
  'LISTEN__HTTPS',
  'LISTEN__METRICS',
  'LISTEN__LDAP',
  'LISTEN__LDAPS',
  'LISTEN__RADIUS',
  'TLS__CERT',
  'TLS__KEY',
  'SECRET_KEY',
  'SECRET_KEY_PREVIOUS',
  'CONFIG',
  'BOOTSTRAP_PASSWORD',
  'BOOTSTRAP_EMAIL',
  'BOOTSTRAP_TOKEN',
  'TRUSTED_PROXIES',
  'ALLOW_HTTP',
  'MAIL__HOST',
  'MAIL__PORT',
  'MAIL__SECURITY',
  'MAIL__ALLOW_PLAIN_TO',
  'MAIL__USERNAME',
  'MAIL__PASSWORD',
  'MAIL__FROM',
  'MAIL__TIMEOUT',
  'PASSWORDS__BREACHED_FILTER',
  'WORKERS',
  'LOG_LEVEL',
] as const
type Own = (typeof OWN)[number]

// What an authentik set-up calls the same thing. The first that is set wins, after our own name.
const ALIASES: Partial<Record<Own, readonly string[]>> = {
  SECRET_KEY: ['AUTHENTIK_SECRET_KEY'],
  WEB__PATH: ['AUTHENTIK_WEB__PATH'],
  LISTEN__HTTP: ['AUTHENTIK_LISTEN__HTTP'],
  LISTEN__HTTPS: ['AUTHENTIK_LISTEN__HTTPS'],
  LISTEN__METRICS: ['AUTHENTIK_LISTEN__METRICS'],
  BOOTSTRAP_PASSWORD: ['AUTHENTIK_BOOTSTRAP_PASSWORD'],
  BOOTSTRAP_EMAIL: ['AUTHENTIK_BOOTSTRAP_EMAIL'],
  BOOTSTRAP_TOKEN: ['AUTHENTIK_BOOTSTRAP_TOKEN'],
  TRUSTED_PROXIES: ['AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS'],
  LOG_LEVEL: ['AUTHENTIK_LOG_LEVEL'],
  MAIL__HOST: ['AUTHENTIK_EMAIL__HOST'],
  MAIL__PORT: ['AUTHENTIK_EMAIL__PORT'],
  MAIL__USERNAME: ['AUTHENTIK_EMAIL__USERNAME'],
  MAIL__PASSWORD: ['AUTHENTIK_EMAIL__PASSWORD'],
  MAIL__FROM: ['AUTHENTIK_EMAIL__FROM'],
  MAIL__TIMEOUT: ['AUTHENTIK_EMAIL__TIMEOUT'],
}

// Set by the launcher or by tests, never by people.
const INTERNAL = new Set(['TEST_ROUNDS', 'TEST_POSTGRES_URL', 'TEST_HOOKS'])

class Unusable extends Error {}

/** Reads every setting, or tells the first that cannot be used, in one plain sentence without its value. */
export const readConfig = (environment: Environment = process.env): Result<Config, ConfigProblem> => {
  try {
    return ok(assemble(environment))
  } catch (error) {
    if (error instanceof Unusable) return fail('config_invalid', error.message)
    throw error
  }
}

const assemble = (environment: Environment): Config => {
  refuseUnknown(environment)
  const read = (name: Own): string | null => lookUp(environment, `GATEHOUSE_${name}`, ALIASES[name] ?? [])
  const dataDir = path.resolve(read('DATA_DIR') ?? 'data')
  return {
    dataDir,
    databaseUrl: databaseUrl(environment, read('DATABASE_URL')),
    poolSize: positive('DATABASE_POOL_SIZE', read('DATABASE_POOL_SIZE') ?? '10', 1000),
    publicUrl: publicUrl(read('PUBLIC_URL')),
    webPath: webPath(read('WEB__PATH')),
    listen: {
      http: listen('LISTEN__HTTP', read('LISTEN__HTTP'), 9000),
      https: listen('LISTEN__HTTPS', read('LISTEN__HTTPS'), 9443),
      metrics: listen('LISTEN__METRICS', read('LISTEN__METRICS'), 9300),
    },
    tls: tls(read('TLS__CERT'), read('TLS__KEY')),
    secretKey: secretOrNull(read('SECRET_KEY')),
    previousSecretKeys: (read('SECRET_KEY_PREVIOUS') ?? '').split('\n').filter(Boolean).map(secret),
    configPath: read('CONFIG'),
    environment,
    bootstrap: {
      password: secretOrNull(read('BOOTSTRAP_PASSWORD')),
      email: read('BOOTSTRAP_EMAIL'),
      token: secretOrNull(read('BOOTSTRAP_TOKEN')),
    },
    trustedProxies: proxies(read('TRUSTED_PROXIES')),
    allowHttp: flag('ALLOW_HTTP', read('ALLOW_HTTP')),
    mail: mail(environment, read),
    breachedFilter: path.resolve(read('PASSWORDS__BREACHED_FILTER') ?? path.join(dataDir, 'breached.filter')),
    workers: positive('WORKERS', read('WORKERS') ?? '1', 64),
    logLevel: logLevel(read('LOG_LEVEL')),
  }
}

/** A mistyped name would silently fall back to a default; so it is an error that names the nearest right one. */
const refuseUnknown = (environment: Environment): void => {
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('GATEHOUSE_')) continue
    const own = name.slice('GATEHOUSE_'.length).replace(/_FILE$/, '')
    if (INTERNAL.has(own) || OWN.includes(own as Own)) continue
    throw new Unusable(
      `${name} is not a setting${nearest(
        name,
        OWN.map((one) => `GATEHOUSE_${one}`),
      )}`,
    )
  }
}

const lookUp = (environment: Environment, name: string, aliases: readonly string[]): string | null => {
  for (const candidate of [name, ...aliases]) {
    const direct = environment[candidate]
    const file = environment[`${candidate}_FILE`]
    if (direct !== undefined && file !== undefined) {
      throw new Unusable(`${candidate} and ${candidate}_FILE are both set; keep one`)
    }
    if (file !== undefined) return readSecretFile(`${candidate}_FILE`, file)
    if (direct !== undefined && direct !== '') return resolveReference(environment, candidate, direct)
  }
  return null
}

/** authentik's values may point elsewhere: `env://NAME?default`, `file://path?default`. */
const resolveReference = (environment: Environment, name: string, value: string): string | null => {
  const found = /^(env|file):\/\/([^?]+)(?:\?(.*))?$/s.exec(value)
  if (!found || !name.startsWith('AUTHENTIK_')) return value
  const [, scheme, target = '', otherwise] = found
  if (scheme === 'env') return environment[target] ?? otherwise ?? null
  try {
    return readSecretFile(name, target)
  } catch (error) {
    if (otherwise !== undefined) return otherwise
    throw error
  }
}

const readSecretFile = (name: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new Unusable(
      `${name} names the file ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
    )
  }
}

const databaseUrl = (environment: Environment, own: string | null): Secret | null => {
  if (own) {
    if (!/^postgres(ql)?:\/\//.test(own))
      throw new Unusable('GATEHOUSE_DATABASE_URL must begin with postgres://; leave it out for the embedded SQLite')
    return secret(own)
  }
  const part = (name: string, ...more: string[]) => lookUp(environment, `AUTHENTIK_POSTGRESQL__${name}`, more)
  const host = part('HOST')
  const password = part('PASSWORD', 'PG_PASS', 'POSTGRES_PASSWORD')
  if (!host && !password) return null
  const url = new URL('postgres://localhost')
  url.hostname = host ?? 'postgresql'
  url.port = part('PORT') ?? '5432'
  url.username = encodeURIComponent(part('USER', 'PG_USER') ?? 'authentik')
  url.password = encodeURIComponent(password ?? '')
  url.pathname = `/${encodeURIComponent(part('NAME', 'PG_DB') ?? 'authentik')}`
  const mode = part('SSLMODE')
  if (mode && mode !== 'disable') url.searchParams.set('sslmode', mode)
  return secret(url.toString())
}

const publicUrl = (text: string | null): string | null => {
  if (!text) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw new Unusable('GATEHOUSE_PUBLIC_URL must be an address such as https://auth.example.com')
  }
  if (url.pathname !== '/')
    throw new Unusable('GATEHOUSE_PUBLIC_URL must have no path; set GATEHOUSE_WEB__PATH for one')
  return url.origin
}

const webPath = (text: string | null): string => {
  const trimmed = (text ?? '/').replace(/^\/+|\/+$/g, '')
  if (!/^[A-Za-z0-9/_-]*$/.test(trimmed))
    throw new Unusable('GATEHOUSE_WEB__PATH may hold letters, digits, - _ and / only')
  return trimmed === '' ? '/' : `/${trimmed}/`
}

const listen = (name: string, text: string | null, port: number): Listen | null => {
  if (text === null) return { host: '::', port }
  if (text.toLowerCase() === 'off') return null
  const found = /^(?:(\[[0-9a-fA-F:]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text.trim())
  const given = Number(found?.[2] ?? -1)
  if (!found || given > 65_535 || given < 0) throw new Unusable(`GATEHOUSE_${name} must be host:port, a port, or off`)
  return { host: (found[1] || '::').replace(/^\[|\]$/g, ''), port: given }
}

const tls = (cert: string | null, key: string | null): Config['tls'] => {
  if (!cert && !key) return null
  if (!cert || !key) throw new Unusable('GATEHOUSE_TLS__CERT and GATEHOUSE_TLS__KEY belong together; one is missing')
  return { cert, key }
}

const list = (text: string | null): string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)

/** Judged at start: a network that cannot be read would fail every request later on. */
const proxies = (text: string | null): string[] => {
  const cidrs = list(text)
  try {
    trustedProxies(cidrs)
  } catch (error) {
    throw new Unusable(`GATEHOUSE_TRUSTED_PROXIES: ${error instanceof Error ? error.message : String(error)}`)
  }
  return cidrs
}

const flag = (name: string, text: string | null): boolean => {
  if (text === null || /^(false|0|no|off)$/i.test(text)) return false
  if (/^(true|1|yes|on)$/i.test(text)) return true
  throw new Unusable(`GATEHOUSE_${name} must be true or false`)
}

const positive = (name: string, text: string, most: number): number => {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : 0
  if (value < 1 || value > most) throw new Unusable(`GATEHOUSE_${name} must be a whole number from 1 to ${most}`)
  return value
}

/** authentik says how to encrypt by two flags; ours is one word. */
const mail = (environment: Environment, read: (name: Own) => string | null): MailSettings | null => {
  const authentik = (name: string): boolean =>
    /^(true|1|yes|on)$/i.test(lookUp(environment, `AUTHENTIK_EMAIL__${name}`, []) ?? '')
  const found = mailFromEnvironment({
    host: read('MAIL__HOST'),
    port: read('MAIL__PORT'),
    security: read('MAIL__SECURITY') ?? (authentik('USE_SSL') ? 'tls' : authentik('USE_TLS') ? 'starttls' : null),
    allowPlainTo: read('MAIL__ALLOW_PLAIN_TO'),
    username: read('MAIL__USERNAME'),
    password: read('MAIL__PASSWORD'),
    from: read('MAIL__FROM'),
    timeout: read('MAIL__TIMEOUT'),
  })
  if (found.ok) return found.value
  throw new Unusable(`GATEHOUSE_MAIL__${found.error}`)
}

const logLevel = (text: string | null): Config['logLevel'] => {
  const level = (text ?? 'info').toLowerCase().replace('warning', 'warn')
  if (level === 'trace' || level === 'debug' || level === 'info' || level === 'warn' || level === 'error') return level
  throw new Unusable('GATEHOUSE_LOG_LEVEL must be trace, debug, info, warn or error')
}

const secretOrNull = (text: string | null): Secret | null => (text ? secret(text) : null)
