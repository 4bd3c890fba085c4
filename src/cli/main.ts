/** The command line: `gatehouse <command>`. Each command is loaded when it is asked for, so that `serve` starts fast. */
import type { Command, Output } from './command.ts'
import type { ConfigurationContext } from './configuration-command.ts'

type ConfigurationVerb = (context: ConfigurationContext, args: readonly string[], out: Output) => Promise<number>

/** A command over the configuration files of this house. */
const configurationCommand =
  (name: string, words: string, summary: string, load: () => Promise<ConfigurationVerb>) =>
  async (): Promise<Command> => ({
    name,
    usage: words,
    summary,
    run: async (args, out) => {
      const { withConfiguration } = await import('./with-configuration.ts')
      return withConfiguration(out, async (context) => (await load())(context, args, out))
    },
  })

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  recover: async () => (await import('./recover.ts')).recover,
  invite: async () => (await import('./invite.ts')).invite,
  approvals: async () => (await import('./approvals.ts')).approvals,
  unlock: async () => (await import('./unlock.ts')).unlock,
  token: async () => (await import('./token.ts')).token,
  mail: async () => (await import('./mail.ts')).mail,
  why: async () => (await import('./why.ts')).why,
  flow: async () => (await import('./flow.ts')).flow,
  simulate: async () => (await import('./simulate.ts')).simulate,
  plan: configurationCommand(
    'plan',
    '[file or folder]',
    'tell what applying configuration files would change',
    async () => (await import('./plan.ts')).plan,
  ),
  apply: configurationCommand(
    'apply',
    '[file or folder] [--yes]',
    'apply configuration files',
    async () => (await import('./apply.ts')).apply,
  ),
  test: async () => (await import('./test.ts')).test,
  export: configurationCommand(
    'export',
    '[--secrets sealed]',
    'write the configuration as YAML',
    async () => (await import('./export.ts')).exportTo,
  ),
  import: async () => (await import('./import.ts')).importFrom,
  passwords: async () => (await import('./passwords.ts')).passwords,
  healthcheck: async () => (await import('./healthcheck.ts')).healthcheck,
}

const out: Output = { line: (text) => console.log(text), error: (text) => console.error(text) }

const usage = async (): Promise<void> => {
  out.line('usage: gatehouse <command>\n')
  for (const load of Object.values(COMMANDS)) {
    const command = await load()
    out.line(`  ${`${command.name} ${command.usage}`.padEnd(32)} ${command.summary}`)
  }
}

const [name = '', ...args] = process.argv.slice(2)
const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
if (load) {
  process.exitCode = await (await load()).run(args, out)
} else {
  await usage()
  process.exitCode = ['', 'help', '--help', '-h'].includes(name) ? 0 : 2
}
