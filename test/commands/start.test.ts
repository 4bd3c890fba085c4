/** `npm start`, as an administrator types it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startGatehouse } from '../support/gatehouse.ts'

test('`npm start` serves from one bundle of the sources, in the process that was started', async (context) => {
  const gatehouse = await startGatehouse(context, {
    program: ['tools/gatehouse.mjs'],
    environment: { NODE_COMPILE_CACHE: '', GATEHOUSE_PUBLIC_URL: '' },
  })
  const running = readFileSync(`/proc/${gatehouse.pid()}/cmdline`, 'utf8').split('\0')
  assert.ok(
    running.some((word) => word.endsWith('/dist/gatehouse.mjs')) && running.includes('serve'),
    running.join(' '),
  )
  const [link] = await gatehouse.printed(/http:\S+initial-setup\S+/)
  const page = await fetch(link.replace(/^http:\/\/[^/]+/, gatehouse.url), { headers: { 'accept-language': 'de' } })
  assert.equal(page.status, 200)
  // Styles and texts are read from beside the sources.
  const text = await page.text()
  assert.match(text, /lang="de"/)
  assert.match(text, /Passwort/)
})
