/** `gatehouse flow`, beside a running server: from a draft to a roll-back, and what it refuses. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'
import { deniedWhere, flowWith } from '../support/sign-in-flows.ts'

const run = (gatehouse: Gatehouse, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/cli/main.ts', ...args], {
    cwd: root,
    env: gatehouse.environment,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

test('a flow goes from a draft to what serves and back again', async (context) => {
  const gatehouse = await startGatehouse(context, { environment: { GATEHOUSE_BOOTSTRAP_PASSWORD: 'of the first one' } })
  const flow = (...args: string[]) => run(gatehouse, 'flow', ...args)
  const write = (spec: object): string => {
    const file = path.join(gatehouse.folder, 'draft.yaml')
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(spec))
    return file
  }
  assert.deepEqual([flow('draft', 'sign-in').status, flow('publish', 'sign-in').status], [1, 1])
  const saved = flow('draft', 'sign-in', write(deniedWhere("user.kind == 'external'")), '--note', 'No guests')
  assert.deepEqual([saved.status, saved.stdout], [0, 'Saved, based on revision 1.\n'], saved.stderr)
  assert.match(flow('draft', 'sign-in').stdout, /^name: Sign in$/m)
  assert.match(
    flow('compare', 'sign-in').stdout,
    /^\+ deny\n~ password\n {4}ok: authenticator-validate -> deny if user\.kind == 'external', else authenticator-validate\n$/,
  )
  const walked = run(gatehouse, 'simulate', 'sign-in', '--draft', '--user', 'akadmin')
  assert.match(walked.stdout, /to deny if user\.kind == 'external': no/)
  assert.deepEqual(flow('publish', 'sign-in').stdout, 'Published as revision 2.\n')
  assert.match(
    flow('revisions', 'sign-in').stdout,
    /^2 {2}\S+ {2}command line \(.*\): No guests\n1 {2}\S+ {2}first start/,
  )
  assert.match(flow('show', 'sign-in', '2').stdout, /deny/)
  assert.equal(flow('roll-back', 'sign-in', '1', '--note', 'Guests again').stdout, 'Rolled back as revision 3.\n')
  assert.equal(flow('compare', 'sign-in', '1', 'published').stdout, 'Nothing differs.\n')

  const locking = flow('draft', 'sign-in', write(deniedWhere('true')))
  assert.equal(locking.status, 1)
  assert.match(
    locking.stderr,
    /^As it is, it would not be published:\nnodes\.deny: akadmin stops in the flow "sign-in"/,
  )
  const refused = flow('publish', 'sign-in')
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /gatehouse recover/)
  assert.equal(flow('draft', 'sign-in', '--discard').stdout, 'The draft is gone.\n')
  const wrong = flow('draft', 'sign-in', write({ ...flowWith('sign-in', {}), nodez: {} }))
  assert.match(wrong.stderr, /nodez/)
  assert.match(flow('draft', 'sign-in', path.join(gatehouse.folder, 'none.yaml')).stderr, /cannot be read/)
  assert.equal(flow('compare', 'sign-in', 'first', 'published').status, 1)
  for (const args of [[], ['draft'], ['publish', 'sign-in', 'more'], ['roll-back', 'sign-in'], ['paint', 'sign-in']])
    assert.equal(flow(...args).status, 2, args.join(' '))
})
