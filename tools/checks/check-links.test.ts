import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { deadLinks } from './check-links.ts'

test('finds links that lead nowhere, out of the project, or to no heading', (context) => {
  const root = mkdtempSync(path.join(tmpdir(), 'links-'))
  context.after(() => rmSync(root, { recursive: true }))
  writeFileSync(path.join(root, 'b.md'), '# The `first` run: a walk\n```\n# no heading\n```\n')
  writeFileSync(
    path.join(root, 'a.md'),
    '[x](b.md) [x](b.md#the-first-run-a-walk) [x](https://example.com/gone) `[x](code.md)`\n```\n[x](block.md)\n```\n' +
      '[x](gone.md) [x](b.md#no-heading) [x](../out.md) [x](#here)',
  )
  assert.deepEqual(deadLinks(root, 'a.md'), [
    'a.md: gone.md leads nowhere',
    'a.md: b.md#no-heading names no heading there',
    'a.md: ../out.md leads out of the project',
    'a.md: #here names no heading there',
  ])
})
