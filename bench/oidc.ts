/**
 * What applications ask for all day, measured against the running server on SQLite: discovery, keys, a page for a
 * stranger, tokens (each a durable write) and introspection. Server and load share this machine.
 */
import { startGatehouse } from '../test/support/gatehouse.ts'
import { load, type Shot } from './load.ts'

const IN_FLIGHT = 16
const MILLISECONDS = Number(process.argv[2] ?? 3_000)

const config = `
applications:
  bench:
    name: Bench
    providers:
      oidc:
        client_id: bench
        client_secret: { value: a secret for the bench }
        redirect_uris: [https://bench.example.com/callback]
        signing_key: default-es256
        grant_types: [authorization_code, refresh_token, client_credentials]
`

const endings: (() => unknown)[] = []
const gatehouse = await startGatehouse({ after: (end) => endings.push(end as () => unknown) }, { config })
const basic = { authorization: `Basic ${Buffer.from('bench:a+secret+for+the+bench').toString('base64')}` }
const form = { ...basic, 'content-type': 'application/x-www-form-urlencoded' }
const o = `${gatehouse.url}/application/o`

const tokenShot: Shot = {
  method: 'POST',
  url: `${o}/token/`,
  headers: form,
  body: 'grant_type=client_credentials&scope=openid+profile',
  status: 200,
}
const issued = await fetch(tokenShot.url, { method: 'POST', headers: form, body: tokenShot.body ?? '' })
const { access_token: token } = (await issued.json()) as { access_token: string }

const authorize = new URLSearchParams({
  client_id: 'bench',
  response_type: 'code',
  redirect_uri: 'https://bench.example.com/callback',
  scope: 'openid',
  state: 'state',
})
const shots: readonly (readonly [name: string, shot: Shot])[] = [
  ['discovery', { method: 'GET', url: `${o}/bench/.well-known/openid-configuration`, status: 200 }],
  ['keys', { method: 'GET', url: `${o}/bench/jwks/`, status: 200 }],
  ['authorize, a stranger', { method: 'GET', url: `${o}/authorize/?${authorize}`, status: 302 }],
  ['token, client credentials', tokenShot],
  ['introspection', { method: 'POST', url: `${o}/introspect/`, headers: form, body: `token=${token}`, status: 200 }],
  ['health', { method: 'GET', url: `${gatehouse.url}/-/health/live/`, status: 200 }],
]

try {
  console.log(`${IN_FLIGHT} in flight, ${MILLISECONDS / 1000} s each`)
  console.log('what                        per second   median ms   p99 ms')
  for (const [name, shot] of shots) {
    await load(shot, IN_FLIGHT, Math.min(500, MILLISECONDS))
    const { perSecond, median, p99 } = await load(shot, IN_FLIGHT, MILLISECONDS)
    console.log(
      `${name.padEnd(28)}${perSecond.toFixed(0).padStart(10)}${median.toFixed(1).padStart(12)}${p99.toFixed(1).padStart(9)}`,
    )
  }
} finally {
  for (const end of endings) await end()
}
