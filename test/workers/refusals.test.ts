/** What stands in the way of a start is one sentence, however many workers were to be started. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePort, root } from '../support/gatehouse.ts'

const STARTS_WITHIN = 60_000

/** Starts it in a folder of its own, and waits for its end. */
const refusal = async (context: TestContext, given: Record<string, string>) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'refusal-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const local = async () => `127.0.0.1:${await freePort()}`
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    GATEHOUSE_DATA_DIR: path.join(folder, 'data'),
    GATEHOUSE_WORKERS: '3',
    GATEHOUSE_LISTEN__HTTP: await local(),
    GATEHOUSE_LISTEN__HTTPS: await local(),
    GATEHOUSE_LISTEN__METRICS: await local(),
    ...given,
  }
  const ended = spawnSync(process.execPath, ['src/cli/main.ts', 'serve'], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    timeout: STARTS_WITHIN,
  })
  return { code: ended.status, said: `${ended.stdout}${ended.stderr}`.trim() }
}

/** A port of this machine that somebody else has. */
const takenPort = async (context: TestContext): Promise<number> => {
  const port = await freePort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  context.after(() => server.close())
  return port
}

test('a number of workers that is none is refused', async (context) => {
  for (const value of ['0', '65', '-1', 'two', '1.5']) {
    const { code, said } = await refusal(context, { GATEHOUSE_WORKERS: value })
    assert.equal(said, 'GATEHOUSE_WORKERS must be a whole number from 1 to 64')
    assert.equal(code, 1)
  }
})

test('a database that does not answer is told once', async (context) => {
  const url = `postgres://gatehouse:s3cret@127.0.0.1:${await freePort()}/gatehouse`
  const { code, said } = await refusal(context, { GATEHOUSE_DATABASE_URL: url })
  assert.equal(said, 'The database does not answer (ECONNREFUSED). Check GATEHOUSE_DATABASE_URL.')
  assert.equal(code, 1)
})

test('a port that is taken is told once, be it that of people or that of figures', async (context) => {
  for (const listener of ['HTTP', 'HTTPS', 'METRICS']) {
    const at = `127.0.0.1:${await takenPort(context)}`
    const { code, said } = await refusal(context, { [`GATEHOUSE_LISTEN__${listener}`]: at })
    assert.equal(said, `Gatehouse cannot listen on ${at}: the port is in use.`)
    assert.equal(code, 1)
  }
})
