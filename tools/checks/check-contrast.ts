/**
 * Every pair of colours that carries text or marks a control meets WCAG 2.2 (SC 1.4.3: 4.5 for text; SC 1.4.11: 3 for
 * what is not text), in light and dark and with more contrast asked for. Computed from the tokens, not looked at.
 */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Check } from './check.ts'

type Tokens = Readonly<Record<string, string>>
type Block = { readonly selector: string; readonly tokens: Tokens }

const TEXT = 4.5
const MARK = 3

const surfaces = 'bg surface sunken hover selected raised'
const softs = 'accent-soft ok-soft warn-soft bad-soft info-soft'
const statuses = ['ok', 'warn', 'bad', 'info']

/** Foreground, the backgrounds it stands on, and the ratio it needs. */
const PAIRS: readonly (readonly [foreground: string, backgrounds: string, needs: number])[] = [
  ['text', `${surfaces} ${softs}`, TEXT],
  ['text-2', `${surfaces} ${softs}`, TEXT],
  ['text-3', surfaces, TEXT],
  ['accent-text', `${surfaces} accent-soft`, TEXT],
  ['on-accent', 'accent accent-hover accent-press', TEXT],
  ['on-danger', 'danger danger-hover', TEXT],
  ['on-strong', 'strong', TEXT],
  ...statuses.map((status) => [`${status}-text`, `bg surface sunken raised selected ${status}-soft`, TEXT] as const),
  ...statuses.map((status) => [status, `bg surface sunken selected ${status}-soft`, MARK] as const),
  ['line-control', 'bg surface raised sunken', MARK],
  ['focus', 'bg surface sunken selected raised accent-soft', MARK],
  ['accent', 'bg surface sunken selected', MARK],
  ['on-tile', 'tile-1 tile-2 tile-3 tile-4 tile-5 tile-6 tile-7 tile-8', TEXT],
]

/** The `:root…` blocks outside of any @media: those inside repeat the attribute blocks' values. */
const blocksOf = (css: string): Block[] => {
  const plain = css.replace(/\/\*[\s\S]*?\*\//g, '')
  const blocks: Block[] = []
  for (const found of plain.matchAll(/(:root[^{@]*)\{([^{}]*)\}/g)) {
    const before = plain.slice(0, found.index)
    const depth = before.split('{').length - before.split('}').length
    if (depth > 0) continue
    const declared = (found[2] ?? '').matchAll(/(--[\w-]+):\s*([^;]+);/g)
    const tokens = Object.fromEntries([...declared].map(([, name = '', value = '']) => [name, value.trim()]))
    blocks.push({ selector: found[1] ?? '', tokens })
  }
  return blocks
}

/** The tokens as they stand in one theme: later blocks win, and those of another theme stay out. */
const themeOf = (blocks: readonly Block[], dark: boolean, more: boolean): Tokens =>
  Object.assign(
    {},
    ...blocks
      .filter(({ selector }) => !selector.includes('density'))
      .filter(({ selector }) => more || !selector.includes('contrast'))
      .filter(({ selector }) => dark || !selector.includes('dark'))
      .map(({ tokens }) => tokens),
  )

const colourOf = (tokens: Tokens, name: string): string | undefined => {
  const value = tokens[`--${name}`]
  const reference = /^var\(--([\w-]+)\)$/.exec(value ?? '')
  return reference?.[1] ? colourOf(tokens, reference[1]) : value
}

/** Relative luminance of `#rgb` or `#rrggbb` (WCAG 2.2, "relative luminance"). */
const luminance = (hex: string): number => {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1)
  const [red = 0, green = 0, blue = 0] = [0, 2, 4]
    .map((at) => Number.parseInt(digits.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const ratio = (one: string, other: string): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** The pairs that fall short, a line each; a token that is missing or no plain hex colour is one too. */
export const contrastFailures = (css: string): string[] => {
  const blocks = blocksOf(css)
  const themes = [
    ['light', themeOf(blocks, false, false)],
    ['dark', themeOf(blocks, true, false)],
    ['light, more contrast', themeOf(blocks, false, true)],
    ['dark, more contrast', themeOf(blocks, true, true)],
  ] as const
  return themes.flatMap(([theme, tokens]) =>
    PAIRS.flatMap(([foreground, backgrounds, needs]) =>
      backgrounds.split(' ').flatMap((background) => {
        const [front, back] = [colourOf(tokens, foreground), colourOf(tokens, background)]
        const unknown = [front, back].some((colour) => !/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(colour ?? ''))
        if (!front || !back || unknown)
          return [`${theme}: ${foreground} (${front}) on ${background} (${back}) cannot be computed`]
        const has = ratio(front, back)
        return has < needs ? [`${theme}: ${foreground} on ${background} is ${has.toFixed(2)}, needs ${needs}`] : []
      }),
    ),
  )
}

export const checkContrast: Check = {
  name: 'contrast',
  run: async (root) => {
    const files = globSync('{src,web}/**/tokens.css', { cwd: root })
    if (files.length === 0) return ['no tokens.css in src or web']
    return files.flatMap((file) =>
      contrastFailures(readFileSync(path.join(root, file), 'utf8')).map((line) => `${file}: ${line}`),
    )
  },
}
