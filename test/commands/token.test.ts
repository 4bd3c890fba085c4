/** `gatehouse token`, beside a running server: what it prints opens the API, and what it refuses it says in words. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fetchJson } from '../support/fetch-json.ts'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'

const run = (gatehouse: Gatehouse, ...args: string[]) =>
  spawnSync(process.execPath, ['src/cli/main.ts', ...args], { cwd: root, env: gatehouse.environment, encoding: 'utf8' })

test('prints a token that opens the API as its owner, and adds an application with it', async (context) => {
  const gatehouse = await startGatehouse(context, {
    environment: { GATEHOUSE_BOOTSTRAP_PASSWORD: 'a quiet long passphrase' },
  })
  const token = run(gatehouse, 'token', 'akadmin').stdout.trim()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const application = {
    name: 'GitLab',
    providers: {
      oidc: {
        client_id: 'gitlab',
        client_secret: { value: 'secret' },
        redirect_uris: ['https://gitlab.example.com/users/auth/openid_connect/callback'],
      },
    },
  }
  const put = await fetchJson(`${gatehouse.url}/api/v1/applications/gitlab`, {
    method: 'PUT',
    headers,
    body: JSON.stringify(application),
  })
  assert.equal(put.status, 201, JSON.stringify(put.body))
  const discovery = await fetchJson<{ issuer: string }>(
    `${gatehouse.url}/application/o/gitlab/.well-known/openid-configuration`,
  )
  assert.equal(discovery.body.issuer, `${gatehouse.url}/application/o/gitlab/`)
})

test('refuses an unknown person, a person switched off by a file, and a lifetime that is none', async (context) => {
  const gatehouse = await startGatehouse(context, { config: 'users:\n  ben: { name: Ben, active: false }\n' })
  for (const [args, code, says] of [
    [['token', 'nobody'], 1, /Nobody is called/],
    [['token', 'ben'], 1, /switched off/],
    [['token', 'ben', '--days', '0'], 2, /usage/],
    [['token'], 2, /usage/],
  ] as const) {
    const ran = run(gatehouse, ...args)
    assert.equal(ran.status, code, ran.stderr)
    assert.match(ran.stderr, says)
    assert.equal(ran.stdout, '')
  }
})
