/**
 * The compose files that we ship: valid by the Compose Specification's own schema (compose-spec.schema.json, from
 * compose-spec/compose-go v2.16.2, Apache-2.0), and with an authentik .env as it is they give the settings one expects.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { reveal } from '../../src/base/secret.ts'
import { type Config, readConfig } from '../../src/ops/config.ts'

const deploy = path.resolve(import.meta.dirname, '../../deploy')
const schema = JSON.parse(readFileSync(path.join(import.meta.dirname, 'compose-spec.schema.json'), 'utf8'))
const validate = new Ajv2020({ strict: false, formats: { duration: true } }).compile(schema)

type Service = {
  readonly environment: Record<string, string>
  readonly ports?: readonly string[]
  readonly user?: string
  readonly read_only?: boolean
  readonly extends?: { readonly service: string }
}
type Compose = { readonly services: Record<string, Service> }

const read = (file: string): Compose => parse(readFileSync(path.join(deploy, file), 'utf8'))

// What the installer of an authentik set-up writes, and what people add to it.
const authentikEnv = {
  PG_PASS: 'p@ss/w:rd',
  PG_USER: 'sso',
  PG_DB: 'sso',
  AUTHENTIK_SECRET_KEY: 'k'.repeat(60),
  AUTHENTIK_ERROR_REPORTING__ENABLED: 'true',
  AUTHENTIK_BOOTSTRAP_PASSWORD: 'first',
  AUTHENTIK_BOOTSTRAP_EMAIL: 'root@example.com',
  AUTHENTIK_LISTEN__HTTP: '0.0.0.0:8000',
  COMPOSE_PORT_HTTP: '80',
  COMPOSE_PORT_HTTPS: '443',
}

/** `${NAME:-default}` and `${NAME:?words}` as Compose fills them in. */
const fill = (text: string, env: Record<string, string>): string =>
  text.replaceAll(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, sign: string, rest: string) => {
    if (env[name]) return env[name]
    if (sign === '?') throw new Error(rest)
    return rest
  })

/** The settings of the process in the container: .env below what the file sets. */
const settings = (file: string, env: Record<string, string>): Config => {
  const own = read(file).services.gatehouse?.environment ?? {}
  const below = read('compose.yaml').services.gatehouse?.environment ?? {}
  const filled = Object.entries({ ...below, ...own }).map(([name, value]) => [name, fill(value, env)])
  const config = readConfig({ ...env, ...Object.fromEntries(filled) })
  if (!config.ok) throw new Error(config.error.message)
  return config.value
}

for (const file of ['compose.yaml', 'compose.postgres.yaml']) {
  test(`${file} is valid by the Compose Specification`, () => {
    validate(read(file))
    assert.deepEqual(validate.errors ?? [], [])
  })
}

test('the schema bites: an unknown key and a wrong type are refused', () => {
  assert.equal(validate({ services: { a: { imagee: 'x' } } }), false)
  assert.equal(validate({ services: { a: { read_only: [] } } }), false)
})

test('the container runs as nobody special, on a root that cannot be written', () => {
  const service = read('compose.yaml').services.gatehouse
  assert.equal(service?.user, '1000:1000')
  assert.equal(service?.read_only, true)
  assert.equal(read('compose.postgres.yaml').services.gatehouse?.extends?.service, 'gatehouse')
})

test('without a .env it serves from SQLite in the volume', () => {
  const config = settings('compose.yaml', {})
  assert.equal(config.databaseUrl, null)
  assert.equal(config.dataDir, '/data')
  assert.deepEqual(config.listen.http, { host: '::', port: 9000 })
  assert.deepEqual(
    read('compose.yaml').services.gatehouse?.ports?.map((port) => fill(port, {})),
    ['9000:9000', '9443:9443'],
  )
})

test('with an authentik .env SQLite stays SQLite, and the rest of the names are taken as they are', () => {
  const config = settings('compose.yaml', authentikEnv)
  assert.equal(config.databaseUrl, null)
  assert.equal(config.secretKey && reveal(config.secretKey, 'test'), 'k'.repeat(60))
  assert.equal(config.bootstrap.email, 'root@example.com')
  assert.deepEqual(config.listen.http, { host: '::', port: 9000 })
  assert.deepEqual(
    read('compose.yaml').services.gatehouse?.ports?.map((port) => fill(port, authentikEnv)),
    ['80:9000', '443:9443'],
  )
})

test('with an authentik .env PostgreSQL is reached under its names', () => {
  const { databaseUrl } = settings('compose.postgres.yaml', authentikEnv)
  assert.equal(databaseUrl && reveal(databaseUrl, 'test'), 'postgres://sso:p%40ss%2Fw%3Ard@postgresql:5432/sso')
  const { environment } = read('compose.postgres.yaml').services.postgresql ?? { environment: {} }
  assert.deepEqual(
    Object.values(environment).map((value) => fill(value, authentikEnv)),
    ['sso', 'sso', 'p@ss/w:rd'],
  )
})

test('PostgreSQL without a password is refused before anything starts', () => {
  assert.throws(() => settings('compose.postgres.yaml', {}), /PG_PASS, the password of the database, must be set/)
})
