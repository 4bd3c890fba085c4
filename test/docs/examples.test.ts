/** What the documents show is what the server takes: their YAML and their request, as they are printed there. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fetchJson } from '../support/fetch-json.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

const yamlOf = (file: string): string[] =>
  [...read(file).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
    .map(([, text = '']) => text)
    .filter((text) => /^applications:/m.test(text))

/** Starts a server that keeps to this YAML, with the secrets it names. The guides speak of groups that people have. */
const startWith = (context: TestContext, yaml: string): Promise<Gatehouse> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'docs-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const config = path.join(folder, 'config')
  mkdirSync(config)
  const secret = path.join(config, 'secret')
  writeFileSync(secret, 'a secret of the example')
  const groups = ['staff', 'developers'].filter((group) => yaml.includes(group) && !yaml.includes(`${group}: {`))
  if (groups.length > 0) {
    writeFileSync(
      path.join(config, 'groups.yaml'),
      `groups:\n${groups.map((group) => `  ${group}: { name: ${group} }\n`).join('')}`,
    )
  }
  writeFileSync(path.join(config, 'example.yaml'), yaml.replaceAll(/\/run\/secrets\/\w+/g, secret))
  const named = [...yaml.matchAll(/\{ env: (\w+) \}/g)].map(([, name = '']) => [name, `value of ${name}`])
  return startGatehouse(context, {
    environment: {
      ...Object.fromEntries(named),
      GATEHOUSE_CONFIG: config,
      GATEHOUSE_BOOTSTRAP_TOKEN: 'a-token-for-the-examples-of-the-docs',
    },
  })
}

for (const file of [
  'README.md',
  'docs/guides/first-run.md',
  'docs/guides/nextcloud.md',
  'docs/guides/gitlab.md',
  'docs/guides/jupyterhub.md',
]) {
  for (const yaml of yamlOf(file)) {
    const slug = /^applications:\n {2}([a-z-]+):/m.exec(yaml)?.[1] ?? ''
    test(`the YAML for ${slug} in ${file} is taken as it is`, async (context) => {
      const gatehouse = await startWith(context, yaml)
      const issuer = `${gatehouse.url}/application/o/${slug}/`
      const discovery = await fetchJson<{ issuer: string }>(`${issuer}.well-known/openid-configuration`)
      assert.equal(discovery.body.issuer, issuer, gatehouse.output())
    })
  }
}

test('the request in README.md makes its application', async (context) => {
  const gatehouse = await startWith(context, 'groups:\n  staff: { name: Staff }\n')
  const [, method = '', address = ''] = /curl -X (\w+) https:\/\/auth\.example\.com(\S+)/.exec(read('README.md')) ?? []
  const [, body = ''] = /^ {2}-d '([\s\S]*?)'$/m.exec(read('README.md')) ?? []
  const headers = { authorization: 'Bearer a-token-for-the-examples-of-the-docs', 'content-type': 'application/json' }
  const put = await fetch(`${gatehouse.url}${address}`, { method, headers, body })
  assert.equal(put.status, 201, await put.text())
  const { status } = await fetch(`${gatehouse.url}/application/o/nextcloud/.well-known/openid-configuration`)
  assert.equal(status, 200)
})
