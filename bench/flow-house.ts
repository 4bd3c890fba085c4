/** A second house for what flows cost: people with an authenticator app, who came with their seeds. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { hash } from '@node-rs/argon2'
import { DEFAULT_COST } from '../src/domain/credentials/password-hasher.ts'
import { type Gatehouse, root, startGatehouse } from '../test/support/gatehouse.ts'
import { bundleOf, makeBundle } from '../tools/launch/bundle.mjs'
import { ENVIRONMENT, FLAGS } from '../tools/launch/run-settings.mjs'
import { password, redirect } from './house.ts'

// Each may use three codes at once, those of the steps around now: enough that nobody waits for the next.
const PEOPLE = 600

export type FlowPerson = { readonly username: string; readonly password: string; readonly seed: string }
export type FlowHouse = {
  readonly gatehouse: Gatehouse
  readonly people: readonly FlowPerson[]
  readonly token: string
  stop(): Promise<void>
}

const base32 = (bytes: Uint8Array): string => {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('')
}

export const startFlowHouse = async (): Promise<FlowHouse> => {
  const endings: (() => unknown)[] = []
  const context = { after: (end: unknown) => endings.push(end as () => unknown) }
  const { memory, passes, lanes } = DEFAULT_COST
  const stored = await hash(password, { memoryCost: memory, timeCost: passes, parallelism: lanes })
  const names = Array.from({ length: PEOPLE }, (_, number) => `otp${number}`)
  const config = `
users:
${names.map((name) => `  ${name}: { name: Ana Example, password: { hash: "${stored}" } }`).join('\n')}
applications:
  es:
    name: es
    providers:
      oidc: { client_id: es, client_secret: { value: bench-secret }, redirect_uris: [${redirect}] }
`
  const program = [...FLAGS, bundleOf(root) ?? (await makeBundle(root))]
  const environment = {
    ...ENVIRONMENT,
    GATEHOUSE_BOOTSTRAP_PASSWORD: password,
    // Tries come from many places, so that they are not slowed down as those of one guesser.
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
    GATEHOUSE_ALLOW_HTTP: 'true',
  }
  const gatehouse = await startGatehouse(context, { config, environment, program })
  const run = (...args: string[]): string => {
    const ran = spawnSync(process.execPath, [...program, ...args], {
      cwd: root,
      env: gatehouse.environment,
      encoding: 'utf8',
    })
    if (ran.status !== 0) throw new Error(ran.stderr)
    return ran.stdout.trim()
  }
  const keys = names.map((name) => createHash('sha256').update(name).digest().subarray(0, 20))
  const rows = path.join(gatehouse.folder, 'rows.json')
  writeFileSync(
    rows,
    JSON.stringify({
      authentik_core_user: names.map((username, id) => ({ id, username })),
      authentik_stages_authenticator_totp_totpdevice: keys.map((key, id) => ({
        id,
        user_id: id,
        name: 'Phone',
        confirmed: true,
        key: key.toString('hex'),
      })),
    }),
  )
  run('import', 'authentik', rows)
  return {
    gatehouse,
    people: names.map((username, at) => ({ username, password, seed: base32(keys[at] ?? new Uint8Array()) })),
    token: run('token', 'akadmin'),
    stop: async () => {
      for (const end of endings) await end()
    },
  }
}
