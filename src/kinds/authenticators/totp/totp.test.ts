import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Secret, URI } from 'otpauth'
import decodeQR from 'qr/decode.js'
import { NOW, somebody, testVault } from '../../../../test/support/stage-world.ts'
import type { CredentialId } from '../../../base/ids.ts'
import { systemRandom } from '../../../base/random.ts'
import { parse } from '../../../base/schema.ts'
import { secret } from '../../../base/secret.ts'
import { qrCode } from '../../../pages/qr-code.ts'
import { translator } from '../../../pages/texts.ts'
import type { ChallengeAbout, Held, SetUpAbout } from '../../contract/authenticator.ts'
import { TotpConfig, type TotpData } from './config.ts'
import { totp } from './index.ts'
import { codeAt, stepAt } from './matching-step.ts'

const ana = somebody('ana')
const id = 'c1' as CredentialId
const ports = { random: systemRandom, vault: testVault, relyingParty: { id: 'id.example.com', name: 'Example' } }
const request = { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW, id: 'r' }
const view = { t: translator('en'), problems: [] }

const setUp = (settings: object = {}): SetUpAbout<TotpConfig> => {
  const config = parse(TotpConfig, settings)
  assert.ok(config.ok)
  return { config: config.value, person: ana, request, ports, credential: id, held: [] }
}
const keyIn = (state: object): string => String((state as { secret: unknown }).secret)
const codeNow = (key: string, { digits, algorithm, period }: TotpConfig, later = 0) =>
  codeAt(key, { digits, algorithm, period }, stepAt(NOW, period) + later)

const held = (key: string, data: Partial<TotpData> = {}, credential = id): Held<TotpData> => ({
  id: credential,
  name: '',
  createdAt: 0,
  lastUsedAt: null,
  data: {
    secret: testVault.seal(secret(key), credential, 'secret'),
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    last_step: -1,
    ...data,
  },
})
const challenge = (...all: Held<TotpData>[]): ChallengeAbout<TotpData> => ({
  person: ana,
  request,
  ports,
  held: all,
  state: null,
})

describe('setting an app up', () => {
  it('refuses what is no code, and the code of another key', () => {
    const about = setUp()
    const state = totp.setUp.begin(about)
    for (const [typed, text] of [
      ['', 'authenticator.code_empty'],
      ['12345', 'authenticator.totp.code_malformed'],
      ['1234567', 'authenticator.totp.code_malformed'],
      ['abcdef', 'authenticator.totp.code_malformed'],
      [codeNow(Secret.fromLatin1('09876543210987654321').base32, about.config), 'authenticator.totp.set_up_wrong'],
      [codeNow(keyIn(state), about.config, 2), 'authenticator.totp.set_up_wrong'],
    ] as const) {
      assert.deepEqual(totp.setUp.answer(state, { code: typed }, about), { errors: [{ field: 'code', text }] }, typed)
    }
  })

  it('makes a key of 160 bits, another each time (RFC 4226 §4)', () => {
    const keys = [1, 2, 3].map(() => keyIn(totp.setUp.begin(setUp())))
    assert.equal(new Set(keys).size, 3)
    for (const key of keys) assert.equal(Secret.fromBase32(key).bytes.length, 20)
  })

  it('seals the key to its place, takes the code that was shown as used, and counts as a proof', () => {
    const about = setUp({ digits: 8, algorithm: 'SHA512', period: 60 })
    const state = totp.setUp.begin(about)
    const made = totp.setUp.answer(state, { code: codeNow(keyIn(state), about.config) }, about)
    assert.ok('data' in made && made.proven)
    assert.doesNotMatch(JSON.stringify(made.data), new RegExp(keyIn(state)))
    assert.ok(parse(totp.data, made.data).ok)
    assert.equal(made.data.last_step, stepAt(NOW, 60))
  })

  it('hands the app an address that says whose and where, and spells nobody into another issuer', () => {
    const about = { ...setUp(), person: somebody('eve:other.example') }
    const { address } = totp.setUp.ask(totp.setUp.begin(about), about)
    const uri = URI.parse(address)
    assert.equal(uri.issuer, 'id.example.com')
    assert.equal(uri.label, 'eve other.example')
    assert.match(address, /^otpauth:\/\/totp\/id\.example\.com:eve%20other\.example\?/)
  })

  it('shows a picture that a camera reads as that address, the key in fours, and no script', () => {
    const about = setUp()
    const ask = totp.setUp.ask(totp.setUp.begin(about), about)
    assert.equal(readPicture(qrCode(ask.address, 'x').markup), ask.address)
    const { markup } = totp.setUp.page(ask, view)
    assert.match(markup, new RegExp(ask.secret.match(/.{4}/g)?.join(' ') ?? ''))
    assert.doesNotMatch(markup, /<script|style=|https?:/)
  })
})

describe('asking for a code', () => {
  const key = Secret.fromLatin1('12345678901234567890').base32
  const code = codeNow(key, setUp().config)

  it('E12 refuses a step that was used, and keeps the one that it takes', () => {
    const used = held(key, { last_step: stepAt(NOW, 30) })
    assert.equal(totp.challenge.check({ code }, challenge(used)), 'wrong')
    assert.deepEqual(totp.challenge.check({ code }, challenge(held(key))), {
      right: id,
      data: { ...held(key).data, last_step: stepAt(NOW, 30) },
    })
  })

  it('takes the code of any app that the person has', () => {
    const other = held(Secret.fromLatin1('09876543210987654321').base32, { digits: 8 }, 'c0' as CredentialId)
    const verdict = totp.challenge.check({ code }, challenge(other, held(key)))
    assert.ok(verdict !== 'wrong' && verdict.right === id)
    assert.equal(totp.challenge.check({ code: '000000' }, challenge(other, held(key))), 'wrong')
  })

  it('reads a code however it is grouped, and what is none is no try', () => {
    assert.deepEqual(totp.challenge.read({ code: '123 456' }), { answer: { code: '123456' } })
    for (const typed of ['', '12345', 'abcdef']) assert.ok('fault' in totp.challenge.read({ code: typed }), typed)
  })

  it('E22 tells nothing of what it holds', () => {
    assert.deepEqual(totp.tell(), {})
    assert.deepEqual(totp.challenge.ask(challenge(held(key))), { period: 30 })
    assert.deepEqual(totp.secrets, ['secret'])
  })
})

/** Draws the picture as a camera would see it, four dots to a cell, and reads it. */
const readPicture = (markup: string): string => {
  const size = Number(/viewBox="0 0 (\d+) /.exec(markup)?.[1])
  const dots = 4
  const width = size * dots
  const data = new Uint8Array(width * width * 4).fill(255)
  for (const [, x, y, length] of markup.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * dots; row < (Number(y) + 1) * dots; row += 1) {
      const from = (row * width + Number(x) * dots) * 4
      for (let at = from; at < from + Number(length) * dots * 4; at += 4) data.fill(0, at, at + 3)
    }
  }
  return decodeQR({ width, height: width, data })
}
