/** Passkeys over HTTP, without a browser: one's own front end speaks JSON, and so does whoever attacks it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startGatehouse } from '../support/gatehouse.ts'
import { type MadePasskey, makePasskey, usePasskey } from '../support/passkey-maker.ts'

const PASSWORD = 'a quiet long passphrase'

type Step = {
  readonly kind: string
  readonly code?: string
  readonly to?: string
  readonly attempt: string
  readonly step: number
  readonly stage: string
  readonly ask: Readonly<Record<string, unknown>>
  readonly errors: readonly { readonly text: string }[]
}
type Answered = { readonly status: number; readonly step: Step }
type Options = {
  readonly challenge: string
  readonly rpId: string
  readonly rp: { readonly id: string }
  readonly user: { readonly id: string }
}

/** A front end of one's own: cookies, JSON, nothing else. */
const openClient = (base: string) => {
  const cookies = new Map<string, string>()
  const ask = async (path: string, body?: Record<string, string>): Promise<Response> => {
    const answer = await fetch(base + path, {
      method: body ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        origin: base,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(body ? { body: new URLSearchParams(body).toString() } : {}),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    return answer
  }
  const stepOf = async (answer: Response): Promise<Answered> => ({
    status: answer.status,
    // As the flow's JSON says.
    step: (await answer.json()) as Step,
  })
  return {
    begin: async (flow: string) => stepOf(await ask(`/if/flow/${flow}/`)),
    answer: async (flow: string, { attempt, step }: Pick<Step, 'attempt' | 'step'>, input: Record<string, string>) =>
      stepOf(await ask(`/if/flow/${flow}/`, { attempt, step: String(step), ...input })),
    ask,
    isSignedIn: async () => (await ask('/if/user/')).status === 200,
  }
}
type Client = ReturnType<typeof openClient>

const discoverOptions = ({ ask }: Step): Options =>
  (ask.discover as { webauthn: { options: Options } }).webauthn.options
const partOptions = ({ ask }: Step): Options => (ask.part as { options: Options }).options

const signInByPassword = async (client: Client, username: string): Promise<void> => {
  const { step } = await client.begin('sign-in')
  const named = await client.answer('sign-in', step, { username })
  const done = await client.answer('sign-in', named.step, { password: PASSWORD })
  assert.equal(done.step.kind, 'leave', JSON.stringify(done))
}

const addPasskey = async (client: Client, base: string): Promise<MadePasskey> => {
  const { step } = await client.begin('passkey-setup')
  const { passkey, answer } = makePasskey(partOptions(step), base, { synced: true })
  const done = await client.answer('passkey-setup', step, { passkey: answer, name: 'Phone' })
  assert.equal(done.step.kind, 'leave', JSON.stringify(done))
  return passkey
}

const openHouse = async (context: TestContext) => {
  const people = (active: string) => `
users:
  ana: { name: Ana, password: { value: ${PASSWORD} } }
  eve: { name: Eve, password: { value: ${PASSWORD} }${active} }
`
  const gatehouse = await startGatehouse(context, {
    config: people(''),
    environment: { GATEHOUSE_BOOTSTRAP_TOKEN: 'a-token-for-this-test-of-passkeys' },
  })
  return { base: gatehouse.url, gatehouse, people }
}

test('passkeys through the JSON of flows', { timeout: 120_000 }, async (context) => {
  const { base, gatehouse, people } = await openHouse(context)
  const home = openClient(base)
  await signInByPassword(home, 'ana')
  const passkey = await addPasskey(home, base)
  const signIn = (step: Step, lies = {}) => usePasskey(passkey, discoverOptions(step), base, lies)

  await context.test('E01 one answer signs in once: sent twice, at once or later, it has one effect', async () => {
    const client = openClient(base)
    const { step } = await client.begin('sign-in')
    const input = { passkey: signIn(step), username: '' }
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.answer('sign-in', step, input)))
    const kinds = answers.map((one) => one.step.kind)
    assert.equal(
      answers.filter(({ step: { kind, to } }) => kind === 'leave' && to === '/if/user/').length >= 1,
      true,
      kinds.join(),
    )
    const events = await fetch(`${base}/api/v1/events?limit=50`, {
      headers: { authorization: 'Bearer a-token-for-this-test-of-passkeys' },
    }).then((answer) => answer.json() as Promise<{ items: { type: string; detail: { methods?: string[] } }[] }>)
    const signedIn = events.items.filter(
      ({ type, detail }) => type === 'login.succeeded' && detail.methods?.includes('swk'),
    )
    assert.equal(signedIn.length, 1)
    assert.deepEqual(signedIn[0]?.detail.methods, ['swk', 'user', 'mfa'])
    assert.equal(await client.isSignedIn(), true)
    const later = openClient(base)
    const begun = await later.begin('sign-in')
    const again = await later.answer('sign-in', begun.step, input)
    assert.deepEqual(again.step.errors[0]?.text, 'authenticator.webauthn.wrong')
    assert.equal(await later.isSignedIn(), false)
  })

  await context.test(
    'E02 F03 an answer to another attempt, or an attempt of another browser, signs nobody in',
    async () => {
      const [mine, theirs] = [openClient(base), openClient(base)]
      const [first, second] = [await mine.begin('sign-in'), await theirs.begin('sign-in')]
      const crossed = await mine.answer('sign-in', first.step, { passkey: signIn(second.step) })
      assert.equal(crossed.step.kind, 'show')
      const stolen = await theirs.answer('sign-in', first.step, { passkey: signIn(first.step) })
      assert.deepEqual([stolen.status, stolen.step.code], [403, 'other_browser'])
      for (const client of [mine, theirs]) assert.equal(await client.isSignedIn(), false)
    },
  )

  await context.test('E03 E04 E05 E09 lies get the same words, and no session', async () => {
    const client = openClient(base)
    for (const lies of [
      { origin: 'http://localhost:1' },
      { rpId: 'evil.example' },
      { verified: false },
      { present: false },
      { type: 'webauthn.create' },
      { crossOrigin: true },
      { backupEligible: false, backedUp: true },
      { userHandle: null },
    ]) {
      const { step } = await client.begin('sign-in')
      const answered = await client.answer('sign-in', step, { passkey: signIn(step, lies) })
      // After a few of them nothing is looked at for a while (E14).
      const [error] = answered.step.errors
      assert.match(error?.text ?? '', /^(authenticator\.webauthn\.wrong|guesses\.wait)$/, JSON.stringify(lies))
    }
    assert.equal(await client.isSignedIn(), false)
  })

  await context.test('E10 one person’s key is not added by another, who knows its id', async () => {
    const hers = openClient(base)
    await signInByPassword(hers, 'eve')
    const { step } = await hers.begin('passkey-setup')
    const made = makePasskey(partOptions(step), base, {}, { credentialId: Buffer.from(passkey.id, 'base64url') })
    const answered = await hers.answer('passkey-setup', step, { passkey: made.answer })
    assert.deepEqual(
      answered.step.errors.map(({ text }) => text),
      ['authenticator.taken'],
    )
  })

  await context.test('E24 G01 a disabled person’s passkey is refused like one that nobody has', async () => {
    const hers = openClient(base)
    await signInByPassword(hers, 'eve')
    const key = await addPasskey(hers, base)
    gatehouse.writeConfig(people(', active: false'))
    const unknown = { ...key, id: Buffer.alloc(32, 1).toString('base64url') }
    const shapes: string[] = []
    // The file is taken up within a moment; until then she may still come in.
    for (let tries = 0; tries < 200 && (await hers.isSignedIn()); tries += 1) await new Promise(setImmediate)
    for (const one of [key, unknown]) {
      const client = openClient(base)
      const { step } = await client.begin('sign-in')
      const answered = await client.answer('sign-in', step, { passkey: usePasskey(one, discoverOptions(step), base) })
      assert.equal(await client.isSignedIn(), false)
      const { errors, ask } = answered.step
      shapes.push(`${answered.status} ${JSON.stringify(errors)} ${JSON.stringify(ask).length}`)
    }
    assert.equal(new Set(shapes).size, 1, shapes.join('\n'))
  })
})
