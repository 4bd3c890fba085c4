/** What came of a run: counted over checks and tests alike, told in the last line. */
export type Failed = { readonly title: string; readonly place: string; readonly words: string }
export type Skipped = { readonly title: string; readonly place: string; readonly reason: string }

export type Tally = {
  readonly passed: number
  readonly failed: readonly Failed[]
  readonly skipped: readonly Skipped[]
  readonly slow: readonly { readonly file: string; readonly milliseconds: number }[]
}

export const EMPTY: Tally = { passed: 0, failed: [], skipped: [], slow: [] }

export const sum = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: [...a.failed, ...b.failed],
  skipped: [...a.skipped, ...b.skipped],
  slow: [...a.slow, ...b.slow],
})

// Slower than this, a file is worth a look.
const SLOW = 5_000

const indent = (text: string): string => text.replace(/^(?=.)/gm, '    ')

/** The closing page: each failure, what was skipped and why, the slowest files, and the sum as the last line. */
export const summary = (tally: Tally): string => {
  const lines: string[] = ['']
  for (const { title, place, words } of tally.failed) lines.push(`FAILED ${title}`, `  ${place}`, indent(words), '')
  for (const { title, place, reason } of tally.skipped) lines.push(`skipped: ${title} (${place}): ${reason}`)
  const slow = tally.slow.filter(({ milliseconds }) => milliseconds > SLOW)
  for (const { file, milliseconds } of slow.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 8)) {
    lines.push(`slow: ${file} ${(milliseconds / 1000).toFixed(1)} s`)
  }
  if (tally.skipped.length + slow.length > 0) lines.push('')
  lines.push(`${tally.passed} passed, ${tally.failed.length} failed`)
  return lines.join('\n')
}
