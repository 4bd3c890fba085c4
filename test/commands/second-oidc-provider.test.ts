/** Of two `oidc` providers in one application neither would be the issuer for sure: the second is refused, with its place. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fetchJson } from '../support/fetch-json.ts'
import { root, startGatehouse } from '../support/gatehouse.ts'

const application = (providers: string) => `
applications:
  wiki:
    name: Wiki
    providers:
${providers}`

const TWO_PROVIDERS =
  application(`      oidc: { client_id: web, client_secret: { value: a }, redirect_uris: ['https://wiki.example.com/cb'] }
      command-line: { kind: oidc, client_id: cli, token_endpoint_auth_method: none, signing_key: default-es256 }
`)
const TWO_CLIENTS = application(`      oidc:
        client_id: web
        client_secret: { value: a }
        redirect_uris: ['https://wiki.example.com/cb']
        clients:
          command-line: { client_id: cli, token_endpoint_auth_method: none }
`)

test('refuses a second oidc provider of one application by file, line and path, and takes two clients of one', async (context) => {
  const gatehouse = await startGatehouse(context, { config: TWO_CLIENTS })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const issuer = `${gatehouse.url}/application/o/wiki/`
  const discovery = `${issuer}.well-known/openid-configuration`
  assert.equal((await fetchJson<{ issuer: string }>(discovery)).body.issuer, issuer)
  for (const client of ['web', 'cli']) {
    const asked = new URLSearchParams({ client_id: client, response_type: 'code' })
    const { status } = await fetch(`${gatehouse.url}/application/o/authorize/?${asked}`)
    // Both are known: what lacks is the redirect address.
    assert.equal(status, 400, client)
  }

  gatehouse.writeConfig(TWO_PROVIDERS)
  const ran = spawnSync(process.execPath, ['src/cli/main.ts', 'plan'], {
    cwd: root,
    env: gatehouse.environment,
    encoding: 'utf8',
  })
  assert.equal(ran.status, 1, ran.stdout)
  assert.match(
    ran.stderr,
    /^gatehouse\.yaml:7:7: applications\.wiki\.providers\.command-line: .*"oidc".*providers\.oidc\.clients/m,
  )
})
