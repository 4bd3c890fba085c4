import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsPageFaults } from './check-settings-page.ts'

const source =
  "const OWN = ['DATA_DIR', 'SECRET_KEY'] as const\nconst ALIASES = { SECRET_KEY: ['AUTHENTIK_SECRET_KEY'] }\n"
const page = '`GATEHOUSE_DATA_DIR` `GATEHOUSE_SECRET_KEY` `GATEHOUSE_SECRET_KEY_FILE` `AUTHENTIK_SECRET_KEY`'

test('accepts a page that explains every setting and alias', () => {
  assert.deepEqual(settingsPageFaults(page, source), [])
})

test('tells a setting or alias that the page lacks, and one that nothing reads', () => {
  assert.match(
    settingsPageFaults(page.replace('`GATEHOUSE_DATA_DIR`', ''), source).join(),
    /explain GATEHOUSE_DATA_DIR/,
  )
  assert.match(
    settingsPageFaults(page.replace('`AUTHENTIK_SECRET_KEY`', ''), source).join(),
    /explain AUTHENTIK_SECRET_KEY/,
  )
  assert.match(
    settingsPageFaults(`${page} \`GATEHOUSE_REDIS_URL\``, source).join(),
    /GATEHOUSE_REDIS_URL, which nothing reads/,
  )
})

test('fails when the list of settings is not where it was', () => {
  assert.match(settingsPageFaults(page, 'const SETTINGS = []').join(), /no list OWN/)
})
