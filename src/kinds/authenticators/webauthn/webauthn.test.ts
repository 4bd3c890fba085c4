import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { type Lies, type MadePasskey, makePasskey, usePasskey } from '../../../../test/support/passkey-maker.ts'
import { NOW, somebody, testVault } from '../../../../test/support/stage-world.ts'
import type { CredentialId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { systemRandom } from '../../../base/random.ts'
import { parse } from '../../../base/schema.ts'
import { translator } from '../../../pages/texts.ts'
import type { ChallengeAbout, Held, SetUpAbout, Verdict } from '../../contract/authenticator.ts'
import { WebauthnAsking, WebauthnConfig, type WebauthnData } from './config.ts'
import { webauthn } from './index.ts'

const ORIGIN = 'https://id.example.com'
const ana = somebody('ana')
const id = 'c1' as CredentialId
const ports = {
  random: systemRandom,
  vault: testVault,
  relyingParty: { id: 'id.example.com', name: 'Example' },
}
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36'
const request = { ip: '10.0.0.1', userAgent: CHROME, origin: ORIGIN, at: NOW, id: 'r' }

const aboutSetUp = (settings: object = {}, held: readonly Held[] = []): SetUpAbout<WebauthnConfig> => {
  const config = parse(WebauthnConfig, settings)
  assert.ok(config.ok)
  return { config: config.value, person: ana, request, ports, credential: id, held }
}

/** What the page hands to the browser. */
const optionsIn = (ask: JsonObject) =>
  ask.options as unknown as {
    readonly challenge: string
    readonly rpId: string
    readonly rp: { readonly id: string }
    readonly user: { readonly id: string; readonly name: string }
    readonly userVerification: string
    readonly excludeCredentials: readonly { readonly id: string }[]
    readonly allowCredentials: readonly { readonly id: string; readonly transports?: readonly string[] }[]
    readonly authenticatorSelection: JsonObject
    readonly attestation: string
  }

type Kind = Parameters<typeof makePasskey>[2]

const setUp = async (kind: Kind = {}, lies: Lies = {}, settings: object = {}) => {
  const about = aboutSetUp(settings)
  const state = webauthn.setUp.begin(about)
  const { passkey, answer } = makePasskey(optionsIn(webauthn.setUp.ask(state, about)), ORIGIN, kind, lies)
  return { passkey, made: await webauthn.setUp.answer(state, { passkey: answer }, about) }
}

const kept = async (kind: Kind = {}): Promise<{ passkey: MadePasskey; held: Held<WebauthnData> }> => {
  const { passkey, made } = await setUp(kind)
  assert.ok('data' in made, JSON.stringify(made))
  return { passkey, held: { id, name: '', data: made.data, createdAt: 0, lastUsedAt: null } }
}

type More = Partial<ChallengeAbout<WebauthnData, WebauthnAsking>>

const asks = async (held: readonly Held<WebauthnData>[], more: More = {}) => {
  const about = {
    person: ana,
    request,
    ports,
    held,
    config: { user_verification: 'preferred', sign_count: 'refuse' },
    ...more,
  } as const
  const { state } = await webauthn.challenge.begin(about)
  return { ...about, state }
}

const uses = async (
  passkey: MadePasskey,
  about: ChallengeAbout<WebauthnData, WebauthnAsking>,
  lies: Lies = {},
): Promise<Verdict<WebauthnData>> => {
  const text = usePasskey(passkey, optionsIn(webauthn.challenge.ask(about)), ORIGIN, lies)
  const read = webauthn.challenge.read({ passkey: text })
  assert.ok('answer' in read)
  return webauthn.challenge.check(read.answer, about)
}
const right = (verdict: Verdict<WebauthnData>) => {
  assert.ok(verdict !== 'wrong' && 'right' in verdict, JSON.stringify(verdict))
  return verdict
}
const why = (verdict: Verdict<WebauthnData>) => (verdict !== 'wrong' && 'wrong' in verdict ? verdict.wrong : null)

describe('making a passkey', () => {
  it('H01 is nothing without an answer of the browser, and H11 looks at no field but its own', async () => {
    const about = aboutSetUp()
    const state = webauthn.setUp.begin(about)
    for (const input of [{}, { passkey: '' }, { name: 'x' }, JSON.parse('{"__proto__":{"passkey":"x"}}')]) {
      const made = await webauthn.setUp.answer(state, input, about)
      assert.deepEqual(made, { errors: [{ field: null, text: 'authenticator.webauthn.no_answer' }] })
    }
    for (const passkey of ['x', '{}', '[]', '{"id":1}']) {
      const made = await webauthn.setUp.answer(state, { passkey }, about)
      assert.deepEqual(made, { errors: [{ field: null, text: 'authenticator.webauthn.malformed' }] })
    }
  })

  it('E02 takes no answer to what was asked another time', async () => {
    const about = aboutSetUp()
    const { answer } = makePasskey(optionsIn(webauthn.setUp.ask(webauthn.setUp.begin(about), about)), ORIGIN)
    const made = await webauthn.setUp.answer(webauthn.setUp.begin(about), { passkey: answer }, about)
    assert.ok('errors' in made)
  })

  it('E05 asks the device to check its person where that is set, and takes none that did not', async () => {
    const { made } = await setUp({ verifies: false }, {}, { user_verification: 'required' })
    assert.deepEqual(made, { errors: [{ field: null, text: 'authenticator.webauthn.unverified' }] })
    assert.ok('data' in (await setUp({ verifies: false })).made)
  })

  it('asks for no attestation, offers no device a second one, and says of the person what they are called by', () => {
    const known = { id, name: '', createdAt: 0, lastUsedAt: null }
    const others = [
      {
        ...known,
        data: { credential_id: 'AAAA', rp_id: 'id.example.com', user_handle: 'handle', transports: ['usb'] },
      },
      { ...known, data: { credential_id: 'BBBB', rp_id: 'old.example.com', user_handle: 'older', transports: [] } },
    ]
    const about = aboutSetUp({ authenticator_attachment: 'platform' }, others)
    const options = optionsIn(webauthn.setUp.ask(webauthn.setUp.begin(about), about))
    assert.equal(options.attestation, 'none')
    assert.deepEqual(options.excludeCredentials, [{ type: 'public-key', id: 'AAAA', transports: ['usb'] }])
    assert.equal(options.user.id, 'handle', 'one entry a person and domain')
    assert.equal(options.user.name, 'ana')
    assert.equal(options.authenticatorSelection.authenticatorAttachment, 'platform')
    assert.equal(Buffer.from(options.challenge, 'base64url').length, 32)
  })

  it('gives a person a handle that says nothing about them, another for each domain', () => {
    const handles = [1, 2].map(() => webauthn.setUp.begin(aboutSetUp()).user_handle)
    assert.notEqual(handles[0], handles[1])
    assert.equal(Buffer.from(handles[0] ?? '', 'base64url').length, 32)
  })

  it('keeps what it will be judged by, proves at once what it showed, and is named by its maker or the browser', async () => {
    const { made } = await setUp({ synced: true, aaguid: 'd548826e-79b4-db40-a3d8-11116f7e8349' })
    assert.ok('data' in made)
    assert.ok(parse(webauthn.data, made.data).ok)
    assert.deepEqual([made.proven, made.more, made.name], [true, ['user'], 'Bitwarden'])
    assert.deepEqual([made.data.backup_eligible, made.data.backed_up, made.data.discoverable], [true, true, true])
    const touched = (await setUp({ verifies: false })).made
    assert.ok('data' in touched)
    assert.deepEqual([touched.more, touched.name], [[], 'Chrome · Linux'])
  })

  it('is told in lists without its key, and without what finds its person', async () => {
    const variants: [Kind, string][] = [
      [{ synced: true }, 'synced'],
      [{}, 'bound'],
      [{ verifies: false }, 'second'],
    ]
    for (const [kind, variant] of variants) {
      const { data } = (await kept(kind)).held
      const told = webauthn.tell(data)
      assert.equal(told.variant, variant)
      for (const secret of [data.public_key, data.user_handle, data.credential_id]) {
        assert.ok(!JSON.stringify(told).includes(secret))
      }
      for (const locale of ['en', 'de', 'ar'] as const) {
        const key = `authenticator.webauthn.detail_${variant}`
        assert.notEqual(translator(locale)(key), key)
      }
    }
  })
})

describe('using it', () => {
  it('E01 takes an answer once, also of a key that does not count', async () => {
    const { passkey, held } = await kept()
    const about = await asks([held])
    const text = usePasskey(passkey, optionsIn(webauthn.challenge.ask(about)), ORIGIN)
    const first = right(await webauthn.challenge.check({ response: text }, about))
    assert.notDeepEqual(first.data, held.data, 'so that of two answers at once one is taken')
    const again = { ...about, held: [{ ...held, data: first.data }] }
    assert.equal(why(await webauthn.challenge.check({ response: text }, again)), 'wrong_challenge')
  })

  it('E02 takes no answer to what was asked another time, or of somebody else', async () => {
    const { passkey, held } = await kept()
    const text = usePasskey(passkey, optionsIn(webauthn.challenge.ask(await asks([held]))), ORIGIN)
    assert.equal(why(await webauthn.challenge.check({ response: text }, await asks([held]))), 'wrong_challenge')
    const other = await kept()
    assert.equal(why(await uses(passkey, await asks([other.held]))), 'other_credential')
    assert.equal(
      why(await webauthn.challenge.check({ response: text }, { ...(await asks([held])), state: null })),
      'malformed',
    )
  })

  it('E03 E04 E09 takes none for another origin, relying party or purpose', async () => {
    const { passkey, held } = await kept()
    const cases: [Lies, string][] = [
      [{ origin: 'https://id.example.com:8443' }, 'wrong_origin'],
      [{ rpId: 'example.com' }, 'wrong_rp_id'],
      [{ type: 'webauthn.create' }, 'wrong_type'],
      [{ crossOrigin: true }, 'cross_origin'],
      [{ backedUp: true, backupEligible: false }, 'backup_flags'],
      [{ spoilSignature: true }, 'signature'],
    ]
    for (const [lies, code] of cases) assert.equal(why(await uses(passkey, await asks([held]), lies)), code)
  })

  it('E05 must check its person where it stands alone or where that is set, and is one factor where it did not', async () => {
    const { passkey, held } = await kept({ verifies: false })
    assert.equal(webauthn.standsAlone(held.data), false)
    assert.equal(why(await uses(passkey, await asks([held], { alone: true }))), 'user_unverified')
    const config = { user_verification: 'required', sign_count: 'refuse' } as const
    assert.equal(why(await uses(passkey, await asks([held], { config }))), 'user_unverified')
    assert.equal(optionsIn(webauthn.challenge.ask(await asks([held], { alone: true }))).userVerification, 'required')
    assert.deepEqual(right(await uses(passkey, await asks([held]))).more, [])
    const verified = right(await uses(passkey, await asks([held]), { verified: true }))
    assert.deepEqual(verified.more, ['user'])
    assert.equal(webauthn.standsAlone(verified.data), true, 'it was given a PIN since')
  })

  it('E06 a counter that did not go up is refused and noticed, or noticed alone where that is set', async () => {
    const { passkey, held } = await kept({ counter: 5 })
    const went = right(await uses(passkey, await asks([held])))
    assert.equal(went.data.sign_count, 6)
    const now = { ...held, data: went.data }
    for (const counter of [6, 5, 0]) {
      const verdict = await uses(passkey, await asks([now]), { counter })
      assert.deepEqual(verdict, { wrong: 'counter', noticed: { credential: id, what: 'counter' } })
    }
    const config = { user_verification: 'preferred', sign_count: 'record' } as const
    const taken = right(await uses(passkey, await asks([now], { config }), { counter: 2 }))
    assert.deepEqual(taken.noticed, { credential: id, what: 'counter' })
    assert.equal(taken.data.sign_count, 6, 'it never goes down')
  })

  it('asks for those of one domain: this address’s own, else one that moved in', async () => {
    const { held } = await kept()
    const moved = {
      ...held,
      id: 'c2' as CredentialId,
      data: { ...held.data, credential_id: 'BBBB', rp_id: 'example.com' },
    }
    const options = optionsIn(webauthn.challenge.ask(await asks([moved, held])))
    assert.deepEqual([options.rpId, options.allowCredentials.length], ['id.example.com', 1])
    assert.equal(optionsIn(webauthn.challenge.ask(await asks([moved]))).rpId, 'example.com')
    assert.equal(webauthn.answersAt(moved.data, { request, ports }), true, 'a domain above')
    assert.equal(webauthn.answersAt({ ...moved.data, rp_id: 'old.example.org' }, { request, ports }), false)
  })

  it('takes what moved in from authentik, of which less is known', async () => {
    const { passkey, held } = await kept({ synced: true })
    // authentik keeps neither; its handle is the hashed uid as text.
    const handle = Buffer.from('f'.repeat(64)).toString('base64url')
    const theirs = { ...passkey, userHandle: handle }
    const moved = {
      user_handle: handle,
      backup_eligible: null,
      backed_up: null,
      user_verified: null,
      discoverable: null,
    }
    const verdict = right(await uses(theirs, await asks([{ ...held, data: { ...held.data, ...moved } }])))
    assert.deepEqual([verdict.data.backup_eligible, verdict.data.user_verified], [true, true])
  })

  it('is `swk` where it is kept on several devices, `hwk` where it is not (RFC 8176 §2)', async () => {
    assert.equal(webauthn.amrOf((await kept({ synced: true })).held.data), 'swk')
    assert.equal(webauthn.amrOf((await kept()).held.data), 'hwk')
  })
})

describe('being found by it', () => {
  it('asks for whatever the browser holds for us, checked, and names nobody (G01)', () => {
    const state = webauthn.discover.begin({ request, ports })
    const options = optionsIn(webauthn.discover.ask(state))
    assert.deepEqual(options.allowCredentials, [])
    assert.equal(options.userVerification, 'required')
    assert.notEqual(webauthn.discover.begin({ request, ports }).challenge, state.challenge)
  })

  it('takes only one that says whose it is', async () => {
    const { passkey, held } = await kept()
    const state = webauthn.discover.begin({ request, ports })
    const about = { person: ana, request, ports, held: [held], state, alone: true }
    const answer = (lies: Lies) => usePasskey(passkey, optionsIn(webauthn.discover.ask(state)), ORIGIN, lies)
    for (const userHandle of [null, randomBytes(32).toString('base64url')]) {
      assert.equal(why(await webauthn.challenge.check({ response: answer({ userHandle }) }, about)), 'other_user')
    }
    const read = webauthn.discover.read({ passkey: answer({}) })
    assert.ok(read && 'lookup' in read)
    assert.equal(read.lookup, webauthn.lookupOf(held.data))
    assert.ok(read.lookup.length < 64, 'however long the id is')
    right(await webauthn.challenge.check(read.answer, about))
  })

  it('is nothing where the form does not answer it, and a fault where it holds something else', () => {
    assert.equal(webauthn.discover.read({ username: 'ana', passkey: '' }), null)
    assert.equal(webauthn.discover.read({}), null)
    assert.deepEqual(webauthn.discover.read({ passkey: '{}' }), {
      fault: { field: null, text: 'authenticator.webauthn.malformed' },
    })
  })
})

describe('its pages', () => {
  const view = { t: translator('en'), problems: [] }
  it('say why they need script, put what is asked where script finds it, and hold no script of their own', () => {
    const about = aboutSetUp()
    const made = webauthn.setUp.page(webauthn.setUp.ask(webauthn.setUp.begin(about), about), view).markup
    assert.match(made, /<noscript>.*Passkeys need JavaScript/s)
    assert.match(made, /data-passkey="create" data-options="\{&quot;rp&quot;/)
    assert.doesNotMatch(made, /<script|style=|onclick/)
    const ask = webauthn.discover.ask(webauthn.discover.begin({ request, ports }))
    const beside = webauthn.discover.page(ask, { ...view, main: false }).markup
    assert.match(beside, /<button type="button" class="btn" data-passkey-use hidden>/)
    assert.doesNotMatch(beside, /noscript/)
  })

  it('L01 show the name of a person and a house as text', () => {
    const about = {
      ...aboutSetUp(),
      person: somebody('"><img src=x>'),
      ports: { ...ports, relyingParty: { id: 'id.example.com', name: '</div><script>' } },
    }
    const { markup } = webauthn.setUp.page(webauthn.setUp.ask(webauthn.setUp.begin(about), about), view)
    assert.doesNotMatch(markup, /<img|<script/)
  })
})

it('settings are what an administrator may say, and no more', () => {
  assert.ok(!parse(WebauthnAsking, { sign_count: 'ignore' }).ok)
  assert.ok(!parse(WebauthnConfig, { user_verification: 'never' }).ok)
})
