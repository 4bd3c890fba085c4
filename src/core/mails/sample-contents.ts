/** For previews: a mail of each sort, about nobody. */
import { MINUTE } from '../../base/clock.ts'
import type { MailContent } from '../../pages/mail/mail-content.ts'

/** By name, with values that are nobody’s. */
export const sampleContents = (at: number): Readonly<Record<MailContent['mail'], MailContent>> => {
  const link = 'https://auth.example.com/if/flow/link/EXAMPLE/'
  return {
    recovery: { mail: 'recovery', username: 'ana', name: 'Ana Example', link, code: '12345678', lasts: 30 * MINUTE },
    verification: { mail: 'verification', link, code: '12345678', lasts: 30 * MINUTE },
    password_changed: { mail: 'password_changed', username: 'ana', name: 'Ana Example', at },
    new_device: {
      mail: 'new_device',
      username: 'ana',
      name: 'Ana Example',
      at,
      ip: '192.0.2.7',
      browser: 'Firefox · Linux',
    },
    email_changed: { mail: 'email_changed', username: 'ana', name: 'Ana Example', at },
    test: { mail: 'test' },
  }
}
