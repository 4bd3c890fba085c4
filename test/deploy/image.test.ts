/** The image's command as a container runs it: uid 1000, no capability, a root that cannot be written. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { ENVIRONMENT, FLAGS } from '../../tools/launch/run-settings.mjs'
import { freePort, root } from '../support/gatehouse.ts'
import { type Image, layOutImage } from './image.ts'

const canCage =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0
if (!canCage && process.env.CI) throw new Error('this machine lets nobody mount, so the image cannot be tried')
const skip = canCage ? false : 'needs root and mount namespaces'

let image: Image
before((context) => {
  if (canCage) image = layOutImage(context as TestContext)
})

const dataFolder = (context: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'image-data-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const finished = async (child: ChildProcess): Promise<{ code: number | null; output: string }> => {
  let output = ''
  child.stdout?.on('data', (text) => (output += text))
  child.stderr?.on('data', (text) => (output += text))
  const [code] = await once(child, 'close')
  return { code, output }
}

test('the build sees what it takes, and of the rest of the folder nothing', { skip }, () => {
  const lines = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n')
  assert.deepEqual(
    lines
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
      .sort(),
    [...new Set(image.taken)].filter((one) => !image.taken.some((other) => one.startsWith(`${other}/`))).sort(),
  )
  assert.ok(lines.includes('*') && lines.indexOf('*') < lines.findIndex((line) => line.startsWith('!')))
})

test('the cage holds: nothing but /data and /tmp can be written, by uid 1000 without capabilities', {
  skip,
}, async (context) => {
  const data = dataFolder(context)
  const probe =
    'for f in /x /app/x /app/src/x /usr/x /usr/local/bin/x /etc/x; do ! touch $f 2>/dev/null || exit 9; done; touch /data/x /tmp/x; id -u; grep CapEff /proc/self/status'
  const { code, output } = await finished(image.run(['sh', '-c', probe], data))
  assert.equal(code, 0, output)
  assert.match(output, /^1000$/m)
  assert.match(output, /^CapEff:\s+0000000000000000$/m)
  assert.ok(existsSync(path.join(data, 'x')))
})

test('the image runs Node as `npm start` does', { skip }, () => {
  const script = readFileSync(path.join(root, 'deploy/docker/gatehouse'), 'utf8')
  assert.ok(script.includes(`exec node ${FLAGS.join(' ')} /app/`), script)
  for (const [name, value] of Object.entries(ENVIRONMENT)) assert.equal(image.environment[name], value, name)
})

test('the image serves, tells that it is healthy, keeps its secret to itself and ends when told', {
  skip,
}, async (context) => {
  const data = dataFolder(context)
  const [http, https, metrics] = [await freePort(), await freePort(), await freePort()]
  const ports = {
    GATEHOUSE_LISTEN__HTTP: `127.0.0.1:${http}`,
    GATEHOUSE_LISTEN__HTTPS: `127.0.0.1:${https}`,
    GATEHOUSE_LISTEN__METRICS: `127.0.0.1:${metrics}`,
    // Hashed at the start: the image must have the binary for it.
    GATEHOUSE_BOOTSTRAP_PASSWORD: 'a quiet long passphrase',
  }
  const server = image.run([...image.entrypoint, ...image.command], data, ports)
  context.after(() => server.kill('SIGKILL'))
  const end = finished(server)
  const deadline = AbortSignal.timeout(60_000)
  for (;;) {
    const health = await finished(image.run(image.healthcheck, data, ports))
    if (health.code === 0) break
    if (server.exitCode !== null || deadline.aborted) assert.fail(`${health.output}\n${(await end).output}`)
  }
  assert.equal((await fetch(`http://127.0.0.1:${http}/-/health/ready/`)).status, 200)
  const { mode } = statSync(path.join(data, 'secret.key'))
  assert.equal(mode & 0o077, 0)
  assert.equal(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/^Uid:\s+(\d+)/m)?.[1], '1000')
  server.kill('SIGTERM')
  assert.equal((await end).code, 0)
})
