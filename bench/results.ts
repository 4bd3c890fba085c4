/** What was measured, as one table: each figure beside its baseline and what is aimed at, misses marked and explained. */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { reasons } from './reasons.ts'

export type Row = {
  readonly what: string
  readonly baseline: string
  readonly ours: string
  readonly ratio: string
  readonly target: string
  /** Null where nothing is aimed at. */
  readonly met: boolean | null
  /** Said below the table. */
  readonly note?: string
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Rounded down, so that what reads as met was met. */
export const percent = (part: number): string => `${Math.floor(part * 100)} %`

const verdict = (met: boolean | null): string => (met === null ? '' : met ? 'met' : '**missed**')

const line = ({ what, baseline, ours, ratio, target, met }: Row): string =>
  `| ${[what, baseline, ours, ratio, target, verdict(met)].join(' | ')} |`

const notesOf = ({ what, met, note }: Row): string[] => {
  const reason = met === false ? reasons[what] : undefined
  return [...(note ? [`- **${what}**: ${note}`] : []), ...(reason ? [`- **${what}**, missed: ${reason}`] : [])]
}

export const printRow = ({ what, baseline, ours, ratio, target, met }: Row): void =>
  console.log(`${what.padEnd(28)} ${[baseline, ours, ratio, target, verdict(met)].filter(Boolean).join('  ·  ')}`)

export const writeResults = (
  rows: readonly Row[],
  about: { pinned: boolean; rounds: number; signInRounds: number; seconds: number },
): void => {
  const missed = rows.filter((row) => row.met === false)
  const cores = about.pinned
    ? 'Server and baseline run on one core, the load on the others; for password sign-ins and start, on all.'
    : 'Server, baseline and load share the cores.'
  const page = `# Bench

\`npm run bench\` on ${cpus()[0]?.model ?? 'an unknown CPU'}, ${cpus().length} cores, Node ${process.version}, SQLite, ${process.platform} ${process.arch},
${new Date().toISOString().slice(0, 10)}; ${about.seconds.toFixed(0)} s in all. Ours and the baseline take turns, ${about.rounds} rounds (sign-ins ${about.signInRounds}); ratios are medians of the rounds' ratios.
What counts for a request is the CPU time of the server alone, so that the load's own speed is not measured.
${cores} Read the figures as ratios: the machine is shared, and another has other numbers.

| measured | baseline | ours | ratio | aimed at | |
|---|---|---|---|---|---|
${rows.map(line).join('\n')}

${missed.length === 0 ? 'Nothing that is aimed at was missed.' : `Missed: ${missed.map((row) => row.what).join('; ')}.`}

## Notes

${rows.flatMap(notesOf).join('\n')}
`
  writeFileSync(path.join(import.meta.dirname, 'results.md'), page)
}
