/** Every link between the project's own documents leads to a file that is there, and to a heading that is in it. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Check } from './check.ts'

const withoutCode = (markdown: string): string =>
  markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '')

/** A heading's anchor, as the usual renderers make it. */
const anchor = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[`*]/g, '')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

const anchorsOf = (markdown: string): Set<string> =>
  new Set(
    [...markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, text = '']) =>
      anchor(text),
    ),
  )

/** The links of one document that lead nowhere. */
export const deadLinks = (root: string, file: string): string[] => {
  const text = readFileSync(path.join(root, file), 'utf8')
  const links = [...withoutCode(text).matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map(([, target = '']) => target)
  return links.flatMap((link) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return []
    const [to = '', fragment] = link.split('#')
    const target = to === '' ? path.join(root, file) : path.resolve(root, path.dirname(file), decodeURIComponent(to))
    if (!target.startsWith(root)) return [`${file}: ${link} leads out of the project`]
    if (!existsSync(target)) return [`${file}: ${link} leads nowhere`]
    if (!fragment || statSync(target).isDirectory() || !target.endsWith('.md')) return []
    return anchorsOf(readFileSync(target, 'utf8')).has(fragment) ? [] : [`${file}: ${link} names no heading there`]
  })
}

export const checkLinks: Check = {
  name: 'links',
  run: async (root) =>
    globSync('**/*.md', { cwd: root, exclude: (name) => name === 'node_modules' || name === '.git' || name === 'data' })
      .sort()
      .flatMap((file) => deadLinks(path.resolve(root), file)),
}
