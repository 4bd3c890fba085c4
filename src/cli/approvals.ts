/** `gatehouse approvals [approve|refuse <user>]`: who waits for a yes, and saying it, for whoever has the server's shell. */
import { isWaiting, settleApproval } from '../core/enrolment/settle-approval.ts'
import type { Command } from './command.ts'
import { originOf } from './recover.ts'
import { withHouse } from './with-house.ts'

const MOST = 500

export const approvals: Command = {
  name: 'approvals',
  usage: '[approve|refuse <user>]',
  summary: 'list who waits for a yes, and say yes or no',
  run: async ([verb, login, ...rest], out) => {
    const settles = (verb === 'approve' || verb === 'refuse') && login !== undefined
    if (rest.length > 0 || (verb !== undefined && !settles)) {
      out.error('usage: gatehouse approvals [approve|refuse <user>]')
      return 2
    }
    return withHouse(out, async (house) => {
      const { store, people, clock } = house
      if (!settles) {
        for (const user of await store.users.held(store.read, 'main', 'approval', MOST)) {
          const since = new Date(user.held?.since ?? 0).toISOString()
          out.line(`${since}  ${user.username}  ${user.name}`)
        }
        return 0
      }
      const person = await people.byLogin(login)
      if (!person || !isWaiting(person.user)) {
        out.error(person ? `${person.user.username} does not wait for a yes.` : `Nobody is called "${login}".`)
        return 1
      }
      const origin = await originOf(house)
      const actor = { kind: 'system', name: 'command line' } as const
      const deps = { ...house, webPath: house.config.webPath }
      await store.write((tx) =>
        settleApproval(deps, tx, person.user, verb === 'approve', { actor, origin, now: clock.now() }),
      )
      out.line(verb === 'approve' ? `${person.user.username} may sign in.` : `${person.user.username} is deleted.`)
      return 0
    })
  },
}
