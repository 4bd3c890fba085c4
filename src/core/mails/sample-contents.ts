/** For previews: a mail of each sort, about nobody. */
import { DAY, MINUTE } from '../../base/clock.ts'
import type { MailContent } from '../../pages/mail/mail-content.ts'

/** By name, with values that are nobody’s. */
export const sampleContents = (at: number): Readonly<Record<MailContent['mail'], MailContent>> => {
  const link = 'https://auth.example.com/if/flow/link/EXAMPLE/'
  const lock = 'https://auth.example.com/if/not-me/EXAMPLE/'
  return {
    recovery: { mail: 'recovery', username: 'ana', name: 'Ana Example', link, code: '12345678', lasts: 30 * MINUTE },
    confirm: { mail: 'confirm', username: 'ana', name: 'Ana Example', link, code: '12345678', lasts: 30 * MINUTE },
    deleted: { mail: 'deleted', username: 'ana', name: 'Ana Example' },
    magic_link: {
      mail: 'magic_link',
      username: 'ana',
      name: 'Ana Example',
      link,
      code: '12345678',
      lasts: 15 * MINUTE,
    },
    code: { mail: 'code', username: 'ana', name: 'Ana Example', code: '12345678', lasts: 10 * MINUTE },
    verification: { mail: 'verification', link, code: '12345678', lasts: 30 * MINUTE },
    password_changed: { mail: 'password_changed', username: 'ana', name: 'Ana Example', at, link: lock },
    new_device: {
      mail: 'new_device',
      username: 'ana',
      name: 'Ana Example',
      at,
      ip: '192.0.2.7',
      browser: 'Firefox · Linux',
      link: lock,
    },
    email_changed: { mail: 'email_changed', username: 'ana', name: 'Ana Example', at, link: lock },
    locked: { mail: 'locked', username: 'ana', name: 'Ana Example', at },
    locked_alert: { mail: 'locked_alert', username: 'ana', at, ip: '192.0.2.7' },
    approval_asked: { mail: 'approval_asked', username: 'ana', name: 'Ana Example', email: 'ana@example.com', at },
    approved: { mail: 'approved', username: 'ana', name: 'Ana Example', link: 'https://auth.example.com/if/user/' },
    refused: { mail: 'refused', username: 'ana', name: 'Ana Example' },
    invited: {
      mail: 'invited',
      inviter: 'Bea Example',
      link: 'https://auth.example.com/if/flow/enrol-invited/?invitation=EXAMPLE',
      lasts: 3 * DAY,
    },
    test: { mail: 'test' },
  }
}
