/**
 * The log: one JSON line an entry on standard output, by pino. What a stranger typed is a JSON string in it, so no
 * line break or quote of theirs can forge a line (M06); secrets print as `[secret]` by their type.
 */
import pino from 'pino'
import type { EventDraft } from '../events/event.ts'
import type { Config } from './config.ts'

export type Log = {
  debug(message: string, detail?: object): void
  info(message: string, detail?: object): void
  warn(message: string, detail?: object): void
  error(message: string, error: unknown, detail?: object): void
  /** The line that fail2ban reads (deploy/fail2ban): who, from where, why. */
  failedLogin(event: EventDraft): void
}

export const createLog = (
  level: Config['logLevel'],
  destination: pino.DestinationStream = pino.destination({ fd: 1, sync: true }),
  /** Which of several processes writes it. */
  worker: number | null = null,
): Log => {
  const plain = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  const out = worker === null ? plain : plain.child({ worker })
  return {
    debug: (message, detail) => out.debug(detail ?? {}, message),
    info: (message, detail) => out.info(detail ?? {}, message),
    warn: (message, detail) => out.warn(detail ?? {}, message),
    error: (message, error, detail) => out.error({ ...detail, err: describe(error) }, message),
    failedLogin: (event) => {
      const name = String(event.detail?.username ?? '')
      const why = String(event.detail?.reason ?? 'password').replace(/[^a-z_]/g, '')
      // To the letter what the filter looks for, whichever process wrote it.
      plain.warn(`login failed: user=${JSON.stringify(name.slice(0, 150))} ip=${event.client?.ip ?? '-'} reason=${why}`)
    },
  }
}

// Of an error that came from outside our code only what is ours to show: its kind, its words, where it was thrown.
const describe = (error: unknown): object =>
  error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : { message: String(error) }
