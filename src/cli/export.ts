/** `gatehouse export [--secrets named|sealed]`: the whole configuration as one YAML file on standard output. */
import { exportConfiguration } from '../resources/file/export.ts'
import type { Output } from './command.ts'
import { type ConfigurationContext, type ExitCode, readWords } from './configuration-command.ts'

const USAGE = 'Usage: gatehouse export [--secrets named|sealed] > gatehouse.yaml'
const OPTIONS = { secrets: { type: 'string' } } as const

/** Named `exportTo`, since `export` is a word of the language. */
export const exportTo = async (
  context: Pick<ConfigurationContext, 'deps'>,
  args: readonly string[],
  out: Output,
): Promise<ExitCode> => {
  const words = readWords(args, OPTIONS, USAGE, out)
  const secrets = words?.values.secrets ?? 'named'
  if (!words || words.positionals.length > 0 || (secrets !== 'named' && secrets !== 'sealed')) {
    out.error(USAGE)
    return 2
  }
  out.line((await exportConfiguration(context.deps, { secrets })).trimEnd())
  return 0
}
