/** What policy tests came to, a line each; the exit code of whoever ran them. */
import type { PolicyTestResult } from '../domain/policies/policy-test.ts'
import { printable } from '../resources/file/file-issue.ts'
import type { Output } from './command.ts'

/** Each with why, where it failed; 1 where one did, or there was none to run. */
export const tellTestResults = (results: readonly PolicyTestResult[], out: Output): 0 | 1 => {
  for (const { test: one, passed, says } of results) {
    out.line(
      printable(`${passed ? 'ok  ' : 'FAIL'} ${one.text}${one.because === null ? '' : `, because of ${one.because}`}`),
    )
    if (!passed) for (const line of says) out.line(printable(`       ${line}`))
  }
  const failed = results.filter(({ passed }) => !passed).length
  out.line(results.length === 0 ? 'There are no tests.' : `${results.length} run, ${failed} failed.`)
  return failed > 0 || results.length === 0 ? 1 : 0
}
