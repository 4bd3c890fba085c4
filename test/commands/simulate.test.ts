/** `gatehouse simulate`, beside a running server. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'

const run = (gatehouse: Gatehouse, ...args: string[]) =>
  spawnSync(process.execPath, ['src/cli/main.ts', 'simulate', ...args], {
    cwd: root,
    env: gatehouse.environment,
    encoding: 'utf8',
  })

test('walks a flow, says how each condition was judged, and refuses what there is not', async (context) => {
  const gatehouse = await startGatehouse(context, {
    config: `
users:
  ana: { name: Ana }
applications:
  vault: { name: Vault, access: { assurance: { mfa: required } } }
`,
  })
  const walked = run(
    gatehouse,
    'sign-in',
    '--user',
    'ana',
    '--application',
    'vault',
    '--choose',
    'authenticator-validate=none',
  )
  assert.equal(walked.status, 0, walked.stderr)
  assert.match(walked.stdout, /^password, asks: ok of ok, failed, cancelled$/m)
  assert.match(walked.stdout, /^ {2}to authenticator-setup if application\.mfa: yes \[application\.mfa = true\]$/m)
  assert.match(walked.stdout, /They are signed in\.$/m)
  const stays = run(
    gatehouse,
    'step-up',
    '--user',
    'ana',
    '--choose',
    'passkey=password',
    '--choose',
    'password=cancelled',
  )
  assert.deepEqual([stays.status, /on this page/.test(stays.stdout)], [1, true])
  for (const [args, words] of [
    [['nothing'], /no flow "nothing"/],
    [['sign-in', '--user', 'nobody'], /Nobody is called "nobody"/],
    [['sign-in', '--application', 'none'], /no application "none"/],
  ] as const) {
    const refused = run(gatehouse, ...args)
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, words)
  }
  for (const args of [[], ['sign-in', 'more'], ['sign-in', '--choose', 'x'], ['sign-in', '--wrong']])
    assert.equal(run(gatehouse, ...args).status, 2)
})
