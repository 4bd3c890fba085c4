/** `gatehouse why <user> <application>`: may they, and why; each rule with what it saw. */
import { explainDecision } from '../policy/explain.ts'
import type { Command } from './command.ts'
import { withHouse } from './with-house.ts'

export const why: Command = {
  name: 'why',
  usage: '<user> <application>',
  summary: 'tell whether somebody may open an application, and why',
  run: async ([login, application, ...rest], out) => {
    if (!login || !application || rest.length > 0) {
      out.error('usage: gatehouse why <user> <application>')
      return 2
    }
    return withHouse(out, async (house) => {
      const person = await house.people.byLogin(login)
      if (!person) {
        out.error(`Nobody is called "${login}".`)
        return 1
      }
      const snapshot = await house.providers()
      const found = snapshot.applications.get(application)
      if (!found) {
        out.error(`There is no application "${application}".`)
        return 1
      }
      const now = house.clock.now()
      const decision = house.decide({
        person,
        // As if they had just signed in with a password: what is asked beyond it shows as a demand.
        session: { proofs: [{ method: 'pwd', at: now }], authTime: now, persistent: false },
        channel: 'oidc',
        application,
        request: { ip: '127.0.0.1', userAgent: 'gatehouse why', origin: 'http://localhost', at: now },
      })
      for (const line of explainDecision(decision, { person: person.user.username, application: found.name }))
        out.line(line)
      return decision.outcome === 'deny' ? 1 : 0
    })
  },
}
