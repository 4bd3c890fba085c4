/** What stands in the way of starting: said in one plain sentence, with exit code 1, and nothing left running. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { root } from '../support/gatehouse.ts'

const ENDS_WITHIN = 30_000

const serve = (context: TestContext, environment: (folder: string) => Record<string, string>) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-start-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = {
    PATH: process.env.PATH ?? '',
    GATEHOUSE_DATA_DIR: path.join(folder, 'data'),
    GATEHOUSE_LISTEN__HTTP: '127.0.0.1:0',
    GATEHOUSE_LISTEN__HTTPS: 'off',
    GATEHOUSE_LISTEN__METRICS: 'off',
    ...environment(folder),
  }
  return spawnSync(process.execPath, ['src/cli/main.ts', 'serve'], {
    cwd: root,
    env,
    encoding: 'utf8',
    timeout: ENDS_WITHIN,
  })
}

const saysPlainly = (ran: ReturnType<typeof serve>, sentence: RegExp) => {
  assert.equal(ran.signal, null, 'it never ended by itself')
  assert.equal(ran.status, 1)
  assert.match(ran.stderr, sentence)
  assert.doesNotMatch(ran.stderr, /^\s+at /m)
}

const listening = (server: Server) =>
  new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(address && typeof address === 'object' ? address.port : 0)
    })
  })

test('says which port is taken, and ends', async (context) => {
  const other = createServer()
  context.after(() => other.close())
  const port = await listening(other)
  const ran = serve(context, () => ({ GATEHOUSE_LISTEN__METRICS: `127.0.0.1:${port}` }))
  saysPlainly(ran, new RegExp(`127\\.0\\.0\\.1:${port}.*(in use|EADDRINUSE)`))
})

test('says that a certificate file is none, and ends', (context) => {
  const ran = serve(context, (folder) => {
    const file = path.join(folder, 'tls.pem')
    writeFileSync(file, 'this is no certificate')
    // A watched folder must not keep the process either.
    writeFileSync(path.join(folder, 'house.yaml'), 'groups: { staff: { name: Staff } }\n')
    return {
      GATEHOUSE_CONFIG: path.join(folder, 'house.yaml'),
      GATEHOUSE_LISTEN__HTTPS: '127.0.0.1:0',
      GATEHOUSE_TLS__CERT: file,
      GATEHOUSE_TLS__KEY: file,
    }
  })
  saysPlainly(ran, /tls\.pem/)
})

test('says that the data folder cannot be made, and ends', (context) => {
  const ran = serve(context, (folder) => {
    const file = path.join(folder, 'taken')
    writeFileSync(file, '')
    return { GATEHOUSE_DATA_DIR: path.join(file, 'data') }
  })
  saysPlainly(ran, /taken/)
})

test('says that the database file is none, and ends', (context) => {
  const ran = serve(context, (folder) => {
    writeFileSync(path.join(folder, 'gatehouse.db'), 'this is no database '.repeat(500))
    return { GATEHOUSE_DATA_DIR: folder }
  })
  saysPlainly(ran, /gatehouse\.db/)
})
