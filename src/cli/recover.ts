/** `gatehouse recover <user>`: a one-time link that signs in past every flow and policy, server up or down. */
import type { House } from '../ops/open-house.ts'
import type { Command } from './command.ts'
import { withHouse } from './with-house.ts'

export const recover: Command = {
  name: 'recover',
  usage: '<user>',
  summary: 'print a one-time link that signs this person in, past every flow and policy',
  run: async ([login, ...rest], out) => {
    if (!login || rest.length > 0) {
      out.error('usage: gatehouse recover <user>')
      return 2
    }
    return withHouse(out, async (house) => {
      const person = await house.people.byLogin(login)
      if (!person) {
        out.error(`Nobody is called "${login}".`)
        return 1
      }
      if (person.user.held?.why === 'locked') {
        out.error(`${person.user.username} locked the account; gatehouse unlock ${person.user.username} lets go of it.`)
        return 1
      }
      if (!person.user.active) {
        out.error(`${person.user.username} is switched off; switch the account on first.`)
        return 1
      }
      const link = await house.firstRun.newRecovery(person.user.id)
      out.line(`${await addressOf(house)}recovery/use-token/${link}/`)
      out.line('It works once, within an hour, and is in the audit log.')
      return 0
    })
  },
}

/** The public address with the web path. */
export const addressOf = async (house: House): Promise<string> => `${await originOf(house)}${house.config.webPath}`

/** The public address without it. */
export const originOf = async (house: House): Promise<string> => {
  const { publicUrl } = await house.instance.current()
  return house.config.publicUrl ?? publicUrl ?? `http://localhost:${house.config.listen.http?.port ?? 9000}`
}
