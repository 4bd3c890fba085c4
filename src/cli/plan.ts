/** `gatehouse plan [path]`: what an apply would change, without changing anything (DESIGN §10), and what its policy tests come to. */
import { spellPlan } from '../resources/file/plan.ts'
import type { Output } from './command.ts'
import { type ConfigurationContext, complainOf, type ExitCode, pathFor, readWords } from './configuration-command.ts'
import { tellTestResults } from './tell-test-results.ts'

const USAGE = 'Usage: gatehouse plan [file or folder]'

export const plan = async (context: ConfigurationContext, args: readonly string[], out: Output): Promise<ExitCode> => {
  const words = readWords(args, {}, USAGE, out)
  const path = words && pathFor(context, words.positionals, USAGE, out)
  if (path === null) return 2
  const read = context.files.read(path)
  const planned = read.ok ? await context.files.plan(read.value) : read
  if (!planned.ok) {
    complainOf(planned.error, out)
    return 1
  }
  out.line(spellPlan(planned.value))
  const { needsYes, removed, managed } = planned.value
  if (needsYes) out.line(`${removed} of ${managed} managed things would go: an apply needs --yes.`)
  const { tests } = read.ok ? read.value.desired : { tests: [] }
  const tested = read.ok && tests.length > 0 ? await context.files.test(read.value, 'applied') : null
  if (!tested) return 0
  if (tested.ok) return tellTestResults(tested.value, out)
  complainOf(tested.error, out)
  return 1
}
