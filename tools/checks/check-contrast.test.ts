import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contrastFailures } from './check-contrast.ts'

// Every token that a pair names, black as foreground and white as background, so that each case changes one.
const fronts =
  'text text-2 text-3 accent-text on-accent on-danger on-strong ok-text warn-text bad-text info-text ok warn bad info line-control focus accent on-tile'
const backs =
  'bg surface sunken hover selected raised accent-soft ok-soft warn-soft bad-soft info-soft danger danger-hover accent-hover accent-press strong tile-1 tile-2 tile-3 tile-4 tile-5 tile-6 tile-7 tile-8'
const root = (changes: Record<string, string> = {}): string => {
  const tokens = Object.fromEntries([
    ...fronts.split(' ').map((name) => [name, '#000']),
    ...backs.split(' ').map((name) => [name, '#ffffff']),
  ])
  // The accent is a background for one pair and a mark for another.
  const all = { ...tokens, accent: '#767676', 'on-accent': 'var(--accent-ink)', 'accent-ink': '#000', ...changes }
  return `:root {${Object.entries(all)
    .map(([name, value]) => `--${name}: ${value};`)
    .join('')}}`
}

test('passes what is black on white, through a reference too', () => {
  assert.deepEqual(contrastFailures(root()), [])
})

test('fails text below 4.5 and a mark below 3, in every theme it stands in', () => {
  assert.ok(contrastFailures(root({ text: '#777777' })).includes('light: text on bg is 4.48, needs 4.5'))
  assert.ok(
    contrastFailures(root({ focus: '#949494' })).every(
      (line) => line.includes('accent-soft') || !line.includes('focus'),
    ),
  )
  assert.ok(contrastFailures(root({ focus: '#a0a0a0' })).some((line) => line.startsWith('dark: focus on bg is 2.6')))
})

test('reads dark and more contrast from their attribute blocks, and leaves @media alone', () => {
  const dark = `${root()}:root[data-theme="dark"] { --bg: #111; }`
  assert.ok(contrastFailures(dark).every((line) => line.startsWith('dark')))
  assert.ok(contrastFailures(dark).length > 0)
  const more = `${root()}:root[data-contrast="more"] { --bg: #111; }`
  assert.ok(contrastFailures(more).every((line) => line.includes('more contrast')))
  assert.deepEqual(contrastFailures(`${root()}@media (prefers-color-scheme: dark) { :root { --bg: #111; } }`), [])
})

test('fails a token that is missing or that cannot be computed', () => {
  assert.ok(contrastFailures(root({ text: 'rgb(0 0 0)' })).some((line) => line.includes('cannot be computed')))
  assert.ok(contrastFailures(':root {}').length > 0)
})
