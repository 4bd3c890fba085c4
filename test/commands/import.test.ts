/** `gatehouse import authentik`, beside a running server: what it loads is there at once, and what it cannot read it says. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fetchJson } from '../support/fetch-json.ts'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'

const run = (gatehouse: Gatehouse, ...args: string[]) =>
  spawnSync(process.execPath, ['src/cli/main.ts', ...args], { cwd: root, env: gatehouse.environment, encoding: 'utf8' })

test('loads authentik’s authenticators for the people who are here', async (context) => {
  const gatehouse = await startGatehouse(context, {
    environment: { GATEHOUSE_BOOTSTRAP_PASSWORD: 'a quiet long passphrase' },
  })
  const file = path.join(gatehouse.environment.GATEHOUSE_DATA_DIR ?? assert.fail(), 'rows.json')
  const device = { user_id: 1, confirmed: true, key: '3132333435363738393031323334353637383930' }
  writeFileSync(
    file,
    JSON.stringify({
      authentik_install_id: [{ id: 'there' }],
      authentik_core_user: [{ id: 1, uuid: '8f14e45f-ceea-467f-a9f5-6b1d2c3d4e5f', username: 'akadmin' }],
      authentik_stages_authenticator_totp_totpdevice: [
        { ...device, id: 3, name: 'Phone' },
        { ...device, id: 4, user_id: 2, name: 'Nobody' },
      ],
      authentik_stages_authenticator_webauthn_webauthndevice: null,
    }),
  )
  const ran = run(gatehouse, 'import', 'authentik', file)
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(ran.stdout, /akadmin: totp "Phone"/)
  assert.match(ran.stdout, /totpdevice 4: nobody here is user 2\n1 loaded, 1 left behind/)

  const headers = { authorization: `Bearer ${run(gatehouse, 'token', 'akadmin').stdout.trim()}` }
  const listed = await fetchJson<{ items: { kind: string; name: string }[] }>(
    `${gatehouse.url}/api/v1/users/akadmin/authenticators`,
    { headers },
  )
  assert.deepEqual(
    listed.body.items.map(({ kind, name }) => [kind, name]),
    [['totp', 'Phone']],
  )
})

test('refuses what is no file of rows, in one line', async (context) => {
  const gatehouse = await startGatehouse(context, {})
  const folder = gatehouse.environment.GATEHOUSE_DATA_DIR ?? assert.fail()
  const write = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text)
    return path.join(folder, name)
  }
  for (const [args, code, says] of [
    [['authentik'], 2, /^usage: /],
    [['keycloak', 'rows.json'], 2, /^usage: /],
    [['authentik', path.join(folder, 'none.json')], 1, /ENOENT/],
    [['authentik', write('half.json', '{"a":')], 1, /JSON/],
    [['authentik', write('list.json', '[]')], 1, /an object of tables/],
    [['authentik', write('flat.json', '{"authentik_core_user": "ana"}')], 1, /an object of tables/],
    [['authentik', write('poison.json', '{"__proto__": []}')], 1, /an object of tables/],
  ] as const) {
    const ran = run(gatehouse, 'import', ...args)
    assert.equal(ran.status, code, ran.stderr)
    assert.match(ran.stderr, says)
    assert.equal(ran.stdout, '')
  }
})
