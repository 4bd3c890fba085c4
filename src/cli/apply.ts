/** `gatehouse apply [path] [--yes]`: makes the configuration what the files say, all of it or nothing (DESIGN §10). */
import { spellPlan } from '../resources/file/plan.ts'
import type { Output } from './command.ts'
import { type ConfigurationContext, complainOf, type ExitCode, pathFor, readWords } from './configuration-command.ts'

const USAGE = 'Usage: gatehouse apply [file or folder] [--yes] [--skip-tests] [--why "reason"]'
const OPTIONS = { yes: { type: 'boolean' }, 'skip-tests': { type: 'boolean' }, why: { type: 'string' } } as const

export const apply = async (context: ConfigurationContext, args: readonly string[], out: Output): Promise<ExitCode> => {
  const words = readWords(args, OPTIONS, USAGE, out)
  const path = words && pathFor(context, words.positionals, USAGE, out)
  if (path === null) return 2
  const { yes = false, 'skip-tests': skipTests = false, why } = words?.values ?? {}
  const read = context.files.read(path)
  const options = { actor: context.actor, yes, skipTests, ...(why === undefined ? {} : { why }) }
  const applied = read.ok ? await context.files.apply(read.value, options) : read
  if (!applied.ok) {
    if (applied.error.plan) out.line(spellPlan(applied.error.plan))
    complainOf(applied.error, out)
    if (applied.error.code === 'needs_yes') out.error('Look at the plan; then run it again with --yes.')
    if (applied.error.code === 'tests_failed')
      out.error('Mend the rules or the tests; --skip-tests applies it all the same.')
    return 1
  }
  out.line(spellPlan(applied.value))
  return 0
}
