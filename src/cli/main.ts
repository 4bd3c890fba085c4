/** The command line: `gatehouse <command>`. Each command is loaded when it is asked for, so that `serve` starts fast. */
import type { Command, Output } from './command.ts'

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  recover: async () => (await import('./recover.ts')).recover,
  why: async () => (await import('./why.ts')).why,
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
