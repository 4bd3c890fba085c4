/** `gatehouse simulate <flow>`: walks a flow as somebody would, and says how each condition on the way was judged. */
import { parseArgs } from 'node:util'
import { type SimulatedStep, type SimulationEnd, simulateFlow } from '../flow/simulate-flow.ts'
import type { Command, Output } from './command.ts'
import { withHouse } from './with-house.ts'

const USAGE =
  'usage: gatehouse simulate <flow> [--user name] [--application slug] [--ip address] [--choose node=outcome]'

type Words = {
  readonly flow: string
  readonly user: string | undefined
  readonly application: string | undefined
  readonly ip: string
  readonly choices: Readonly<Record<string, string>>
}

const readWords = (args: readonly string[]): Words | null => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        user: { type: 'string' },
        application: { type: 'string' },
        ip: { type: 'string', default: '127.0.0.1' },
        choose: { type: 'string', multiple: true, default: [] },
      },
    })
    const [flow, ...rest] = positionals
    const choices = values.choose.map((one) => /^([^=]+)=([^=]+)$/.exec(one))
    if (!flow || rest.length > 0 || choices.includes(null)) return null
    const pairs = choices.map((one) => [one?.[1] ?? '', one?.[2] ?? ''])
    return { ...values, user: values.user, application: values.application, flow, choices: Object.fromEntries(pairs) }
  } catch {
    return null
  }
}

export const simulate: Command = {
  name: 'simulate',
  usage: '<flow> [--user name] …',
  summary: 'walk a flow as somebody would, and tell how each condition was judged',
  run: async (args, out) => {
    const words = readWords(args)
    if (!words) {
      out.error(USAGE)
      return 2
    }
    const refuse = (line: string): number => {
      out.error(line)
      return 1
    }
    return withHouse(out, async (house) => {
      const flow = await house.flow(words.flow)
      if (!flow) return refuse(`There is no flow "${words.flow}".`)
      const person = words.user === undefined ? null : await house.people.byLogin(words.user)
      if (words.user !== undefined && !person) return refuse(`Nobody is called "${words.user}".`)
      const destination = words.application === undefined ? null : house.flows.destination(words.application)
      if (words.application !== undefined && !destination)
        return refuse(`There is no application "${words.application}".`)
      const at = house.clock.now()
      const { path, end, signsIn } = simulateFlow({
        flow,
        situation: {
          facts: {},
          person,
          session: null,
          destination,
          request: { ip: words.ip, userAgent: 'gatehouse simulate', origin: 'http://localhost', at, id: 'simulate' },
        },
        choices: words.choices,
      })
      for (const step of path) tell(out, step)
      out.line(`${ENDS[end]}${signsIn ? ' They are signed in.' : ''}`)
      return end === 'end' ? 0 : 1
    })
  },
}

const ENDS: Readonly<Record<SimulationEnd, string>> = {
  end: 'The flow ends and leads on.',
  stays: 'The flow ends on this page.',
  refused: 'A condition cannot be judged: the attempt is refused.',
  no_such_outcome: 'The stage does not end so here.',
  circle: 'It goes round in a circle.',
}

const tell = (out: Output, { node, stage, needsPerson, outcomes, outcome, edges }: SimulatedStep): void => {
  const kind = node === stage ? '' : ` (${stage})`
  const how = outcome === null ? 'stays' : `${outcome}${outcomes.length > 1 ? ` of ${outcomes.join(', ')}` : ''}`
  out.line(`${node}${kind}${needsPerson ? ', asks' : ''}: ${how}`)
  for (const { to, when, value, saw, error } of edges) {
    if (when === null) {
      if (value) out.line(`  to ${to}`)
      continue
    }
    const judged = error ?? (value === null ? 'not looked at' : value ? 'yes' : 'no')
    const inputs = Object.entries(saw).map(([name, found]) => `${name} = ${JSON.stringify(found)}`)
    out.line(`  to ${to} if ${when}: ${judged}${inputs.length > 0 ? ` [${inputs.join(', ')}]` : ''}`)
  }
}
