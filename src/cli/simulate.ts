/** `gatehouse simulate <flow>`: walks a flow as somebody would, and says how each condition on the way was judged. */
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../base/result.ts'
import type { CompiledFlow } from '../flow/compiled-flow.ts'
import { type SimulatedStep, type SimulationEnd, simulateFlow } from '../flow/simulate-flow.ts'
import type { House } from '../ops/open-house.ts'
import type { Command, Output } from './command.ts'
import { withHouse } from './with-house.ts'

const USAGE =
  'usage: gatehouse simulate <flow> [--draft] [--user name] [--application slug] [--ip address] [--choose node=outcome]'

type Words = {
  readonly flow: string
  /** The draft that is kept, instead of what serves. */
  readonly draft: boolean
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
        draft: { type: 'boolean', default: false },
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
      const flow = await flowOf(house, words)
      if (!flow.ok) return refuse(flow.error)
      const person = words.user === undefined ? null : await house.people.byLogin(words.user)
      if (words.user !== undefined && !person) return refuse(`Nobody is called "${words.user}".`)
      const destination = words.application === undefined ? null : house.flows.destination(words.application)
      if (words.application !== undefined && !destination)
        return refuse(`There is no application "${words.application}".`)
      const at = house.clock.now()
      const { path, end, signsIn } = simulateFlow({
        flow: flow.value,
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

const flowOf = async (house: House, { flow: slug, draft: wanted }: Words): Promise<Result<CompiledFlow, string>> => {
  if (!wanted) {
    const flow = await house.flow(slug)
    return flow ? ok(flow) : err(`There is no flow "${slug}".`)
  }
  const draft = await house.configuration.drafts.get({ type: 'flows', slug })
  if (!draft) return err(`There is no draft of a flow "${slug}".`)
  const compiled = house.flows.draft(slug, draft.spec)
  if (compiled.ok) return compiled
  return err(compiled.error.map(({ path, message }) => `${path}: ${message}`).join('\n'))
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
  for (const { to, when, policy, value, saw, error } of edges) {
    const asked = [...(when === null ? [] : [when]), ...(policy === null ? [] : [`policy ${policy}`])]
    if (asked.length === 0) {
      if (value) out.line(`  to ${to}`)
      continue
    }
    const judged = error ?? (value === null ? 'not looked at' : value ? 'yes' : 'no')
    const inputs = Object.entries(saw).map(([name, found]) => `${name} = ${JSON.stringify(found)}`)
    out.line(`  to ${to} if ${asked.join(' and ')}: ${judged}${inputs.length > 0 ? ` [${inputs.join(', ')}]` : ''}`)
  }
}
