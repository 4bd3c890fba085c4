/** `gatehouse unlock <user>`: lets somebody in again who locked their account, for whoever has the server's shell. */
import { parseArgs } from 'node:util'
import { releaseLocked } from '../core/not-me/release.ts'
import type { Command } from './command.ts'
import { withHouse } from './with-house.ts'

const USAGE = 'usage: gatehouse unlock <user> [--keep-password]'

export const unlock: Command = {
  name: 'unlock',
  usage: '<user> [--keep-password]',
  summary: 'let somebody in again who locked their account',
  run: async (args, out) => {
    const words = readWords(args)
    if (!words) {
      out.error(USAGE)
      return 2
    }
    return withHouse(out, async ({ people, store, recorder, clock }) => {
      const person = await people.byLogin(words.login)
      if (person?.user.held?.why !== 'locked') {
        out.error(person ? `${person.user.username} is not locked.` : `Nobody is called "${words.login}".`)
        return 1
      }
      const { user } = person
      const { keepPassword } = words
      await store.write(async (tx) => {
        const { passwordRemoved } = await releaseLocked(store, tx, user, { keepPassword, now: clock.now() })
        await recorder.in(tx, {
          type: 'user.unlocked',
          actor: { kind: 'system', name: 'command line' },
          target: `users/${user.id}`,
          detail: { username: user.username, passwordRemoved },
        })
      })
      out.line(`${user.username} may sign in again.`)
      if (!keepPassword) out.line(`Their password is gone: gatehouse recover ${user.username} prints a link to get in.`)
      return 0
    })
  },
}

const readWords = (args: readonly string[]): { login: string; keepPassword: boolean } | null => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { 'keep-password': { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [login, ...rest] = positionals
    return login && rest.length === 0 ? { login, keepPassword: values['keep-password'] } : null
  } catch {
    return null
  }
}
