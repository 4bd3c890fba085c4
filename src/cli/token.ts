/** `gatehouse token <user> [--days N]`: an API token of this person, printed once. For whoever has the server's shell. */
import { parseArgs } from 'node:util'
import { DAY } from '../base/clock.ts'
import { newId, type TokenId } from '../base/ids.ts'
import { token as newToken } from '../base/random.ts'
import type { Command } from './command.ts'
import { withHouse } from './with-house.ts'

const USAGE = 'usage: gatehouse token <user> [--days 90]'
const LONGEST_DAYS = 3650

export const token: Command = {
  name: 'token',
  usage: '<user> [--days 90]',
  summary: 'print an API token that acts for this person',
  run: async (args, out) => {
    const words = readWords(args)
    if (!words) {
      out.error(USAGE)
      return 2
    }
    return withHouse(out, async ({ people, store, ring, recorder, clock, random }) => {
      const person = await people.byLogin(words.login)
      if (!person?.user.active) {
        out.error(person ? `${person.user.username} is switched off.` : `Nobody is called "${words.login}".`)
        return 1
      }
      const now = clock.now()
      const key = newToken(random)
      const id = newId<TokenId>(now, random)
      const expiresAt = now + words.days * DAY
      await store.write(async (tx) => {
        const row = {
          id,
          userId: person.user.id,
          kind: 'api',
          name: 'command line',
          permissions: null,
          createdAt: now,
          expiresAt,
          lastUsedAt: null,
        } as const
        await store.tokens.insert(tx, { ...row, keyHash: ring.hash('token', key) })
        await recorder.in(tx, {
          type: 'token.created',
          actor: { kind: 'system', name: 'command line' },
          target: `tokens/${id}`,
          detail: { user: person.user.username, expiresAt },
        })
      })
      out.line(key)
      return 0
    })
  },
}

const readWords = (args: readonly string[]): { login: string; days: number } | null => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { days: { type: 'string', default: '90' } },
      allowPositionals: true,
    })
    const [login, ...rest] = positionals
    const days = Number(values.days)
    if (!login || rest.length > 0 || !Number.isInteger(days) || days < 1 || days > LONGEST_DAYS) return null
    return { login, days }
  } catch {
    return null
  }
}
