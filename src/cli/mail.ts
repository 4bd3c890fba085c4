/** `gatehouse mail test <address>`: sends a mail at once and prints what the mail server said, without the password. */
import { newId } from '../base/ids.ts'
import { isEmailAddress } from '../domain/users/user.ts'
import type { Command } from './command.ts'
import { addressOf } from './recover.ts'
import { withHouse } from './with-house.ts'

export const mail: Command = {
  name: 'mail',
  usage: 'test <address>',
  summary: 'send a test mail, and print what the mail server says',
  run: async ([verb, to, ...rest], out) => {
    if (verb !== 'test' || !to || rest.length > 0 || !isEmailAddress(to)) {
      out.error('usage: gatehouse mail test <address>')
      return 2
    }
    return withHouse(out, async (house) => {
      const { mails, recorder, clock, random } = house
      const origin = new URL(await addressOf(house)).origin
      await recorder.alone({
        type: 'mail.tested',
        actor: { kind: 'system', name: 'command line' },
        target: 'settings/instance',
        detail: { to },
      })
      const sent = await mails.outbox.test(to, origin, newId(clock.now(), random), out.line)
      if (sent.ok) {
        out.line(`Sent to ${to}: ${sent.value.answer}`)
        return 0
      }
      const { code, message, detail } = sent.error
      out.error(`Not sent (${code}). ${message}${detail === undefined ? '' : ` ${detail}`}`)
      return 1
    })
  },
}
