/**
 * One house at two addresses. A passkey answers at the one that it was made for; whoever found out a password goes to the
 * other.
 */
import assert from 'node:assert/strict'
import { request as send } from 'node:http'
import { test } from 'node:test'
import { freePort, startGatehouse } from '../support/gatehouse.ts'
import { type MadePasskey, makePasskey, usePasskey } from '../support/passkey-maker.ts'

const PASSWORD = 'a quiet long passphrase'

type Step = {
  readonly kind: string
  readonly to?: string
  readonly attempt: string
  readonly step: number
  readonly stage: string
  readonly ask: { readonly part?: { readonly options: Options }; readonly elsewhere?: readonly string[] }
}
type Options = {
  readonly challenge: string
  readonly rpId: string
  readonly rp: { readonly id: string }
  readonly user: { readonly id: string }
}

/** A browser at one of several names of the same server; it speaks JSON. */
const openClient = (port: number, host: string) => {
  const origin = `http://${host}`
  const cookies = new Map<string, string>()
  const ask = (path: string, form?: Record<string, string>): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = {
        host,
        origin,
        accept: 'application/json',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      }
      const asked = send({ host: '127.0.0.1', port, path, method: form ? 'POST' : 'GET', headers }, (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          cookies.set(name, value)
        }
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      asked.on('error', reject)
      asked.end(form && new URLSearchParams(form).toString())
    })
  // As the flow's JSON says.
  const stepOf = async (path: string, form?: Record<string, string>): Promise<Step> =>
    JSON.parse((await ask(path, form)).text) as Step
  const answer = (flow: string, { attempt, step }: Step, input: Record<string, string>): Promise<Step> =>
    stepOf(`/if/flow/${flow}/`, { attempt, step: String(step), ...input })
  return {
    origin,
    begin: (flow: string) => stepOf(`/if/flow/${flow}/`),
    answer,
    isSignedIn: async () => (await ask('/if/user/')).status === 200,
    signIn: async (username: string): Promise<Step> => {
      const named = await answer('sign-in', await stepOf('/if/flow/sign-in/'), { username })
      return answer('sign-in', named, { password: PASSWORD })
    },
  }
}
type Client = ReturnType<typeof openClient>

const partOptions = ({ ask }: Step): Options => ask.part?.options ?? assert.fail(JSON.stringify(ask))

const addPasskey = async (client: Client): Promise<MadePasskey> => {
  const step = await client.begin('passkey-setup')
  const { passkey, answer } = makePasskey(partOptions(step), client.origin)
  assert.equal((await client.answer('passkey-setup', step, { passkey: answer })).kind, 'leave')
  return passkey
}

test('a second factor that answers at one address of two', { timeout: 120_000 }, async (context) => {
  const ports = { http: await freePort(), https: await freePort(), metrics: await freePort() }
  const port = ports.http
  const [first, second] = [`a.localhost:${port}`, `b.localhost:${port}`]
  await startGatehouse(context, {
    ports,
    environment: { GATEHOUSE_PUBLIC_URL: `http://${first}` },
    config: `
brands:
  other: { title: Other, domains: ["${second}"] }
users:
  ana: { name: Ana, password: { value: ${PASSWORD} } }
  bea: { name: Bea, password: { value: ${PASSWORD} } }
`,
  })
  const home = openClient(port, first)
  assert.equal((await home.signIn('ana')).kind, 'leave')
  const passkey = await addPasskey(home)

  await context.test('E21 is not passed by going to the other with a password that was found out', async () => {
    const thief = openClient(port, second)
    const asked = await thief.signIn('ana')
    assert.equal(asked.stage, 'authenticator-validate', JSON.stringify(asked))
    assert.deepEqual(asked.ask.elsewhere, [first])
    assert.equal(await thief.isSignedIn(), false)
    for (const input of [{}, { cancel: 'yes' }, { use: 'webauthn' }, { password: 'yes' }, { skip: 'yes' }]) {
      await thief.answer('sign-in', asked, input)
      assert.equal(await thief.isSignedIn(), false, JSON.stringify(input))
    }
  })

  await context.test('lets in where it answers, and whoever has none at both', async () => {
    const hers = openClient(port, first)
    const asked = await hers.signIn('ana')
    const used = usePasskey(passkey, partOptions(asked), hers.origin)
    assert.equal((await hers.answer('sign-in', asked, { passkey: used })).kind, 'leave')
    for (const host of [first, second]) assert.equal((await openClient(port, host).signIn('bea')).kind, 'leave', host)
  })
})
