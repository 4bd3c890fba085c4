/**
 * `gatehouse why <user> <application>`: may they, and why; each rule with what it saw. `gatehouse why GH-7K2Q`: why
 * somebody was turned away, by the code that their page showed (DESIGN §12).
 */
import { findDenial } from '../core/denials.ts'
import type { House } from '../ops/open-house.ts'
import { readDenialCode } from '../policy/denial-code.ts'
import { explainDecision } from '../policy/explain.ts'
import type { Command, Output } from './command.ts'
import { withHouse } from './with-house.ts'

export const why: Command = {
  name: 'why',
  usage: '<user> <application> | <code>',
  summary: 'tell whether somebody may open an application, or why they were turned away',
  run: async ([first, second, ...rest], out) => {
    if (!first || rest.length > 0) return misused(out)
    if (second) return withHouse(out, (house) => whyWould(house, first, second, out))
    const code = readDenialCode(first)
    return code === null ? misused(out) : withHouse(out, (house) => whyDid(house, code, out))
  },
}

const misused = (out: Output): number => {
  out.error('usage: gatehouse why <user> <application> | <code such as GH-7K2Q>')
  return 2
}

const whyWould = async (house: House, login: string, slug: string, out: Output): Promise<number> => {
  const person = await house.people.byLogin(login)
  if (!person) return refuse(out, `Nobody is called "${login}".`)
  const application = (await house.providers()).applications.get(slug)
  if (!application) return refuse(out, `There is no application "${slug}".`)
  const now = house.clock.now()
  const decision = await house.decide({
    person,
    // As if they had just signed in with a password: what is asked beyond it shows as a demand.
    session: { proofs: [{ method: 'pwd', at: now }], authTime: now, persistent: false },
    channel: 'oidc',
    application: slug,
    request: { ip: '127.0.0.1', userAgent: 'gatehouse why', origin: 'http://localhost', at: now },
    device: () => null,
  })
  tell(out, explainDecision(decision, { person: person.user.username, application: application.name }))
  return decision.outcome === 'deny' ? 1 : 0
}

const whyDid = async ({ store }: House, code: string, out: Output): Promise<number> => {
  const found = await findDenial(store.events, store.read, { code, organisation: 'main' })
  if (!found) return refuse(out, `No denial of the code ${code} is kept.`)
  const { application, decision } = found
  const person = found.person?.username ?? 'Somebody'
  out.line(`${code}: ${new Date(found.at).toISOString()}, ${person} at ${application}, from ${found.ip ?? 'nowhere'}.`)
  tell(out, explainDecision(decision, { person, application }))
  return 0
}

const refuse = (out: Output, line: string): number => {
  out.error(line)
  return 1
}

const tell = (out: Output, lines: readonly string[]): void => {
  for (const line of lines) out.line(line)
}
