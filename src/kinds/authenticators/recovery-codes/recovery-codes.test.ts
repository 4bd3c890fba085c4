import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NOW, somebody, testVault } from '../../../../test/support/stage-world.ts'
import type { CredentialId } from '../../../base/ids.ts'
import { systemRandom } from '../../../base/random.ts'
import { parse } from '../../../base/schema.ts'
import { translator } from '../../../pages/texts.ts'
import type { ChallengeAbout, SetUpAbout } from '../../contract/authenticator.ts'
import { RecoveryCodesConfig, type RecoveryCodesData } from './config.ts'
import { recoveryCodes } from './index.ts'
import { inGroups, makeCode } from './make-code.ts'

const ana = somebody('ana')
const id = 'c1' as CredentialId
const ports = { random: systemRandom, vault: testVault, relyingParty: { id: 'id.example.com', name: 'Example' } }
const request = { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW, id: 'r' }

const setUp = (settings: object = {}): SetUpAbout<RecoveryCodesConfig> => {
  const config = parse(RecoveryCodesConfig, settings)
  assert.ok(config.ok)
  return { config: config.value, person: ana, request, ports, credential: id, held: [] }
}
const made = (): { codes: string[]; data: RecoveryCodesData } => {
  const about = setUp()
  const state = recoveryCodes.setUp.begin(about)
  const answer = recoveryCodes.setUp.answer(state, { kept: 'yes' }, about)
  assert.ok('data' in answer)
  return { codes: state.codes, data: answer.data }
}
const challenge = (data: RecoveryCodesData, credential = id): ChallengeAbout<RecoveryCodesData> => ({
  person: ana,
  request,
  ports,
  held: [{ id: credential, name: '', data, createdAt: 0, lastUsedAt: null }],
  state: null,
})

describe('recovery codes', () => {
  it('count for nothing before the person says that they are kept', () => {
    const about = setUp()
    const state = recoveryCodes.setUp.begin(about)
    for (const input of [{}, { kept: 'no' }, { code: String(state.codes[0]) }]) {
      assert.ok('errors' in recoveryCodes.setUp.answer(state, input, about))
    }
  })

  it('E16 each counts once', () => {
    const { codes, data } = made()
    const [first = '', second = ''] = codes
    const verdict = recoveryCodes.challenge.check({ code: first }, challenge(data))
    assert.ok(verdict !== 'wrong')
    assert.equal(verdict.data.codes.length, codes.length - 1)
    assert.equal(recoveryCodes.challenge.check({ code: first }, challenge(verdict.data)), 'wrong')
    assert.notEqual(recoveryCodes.challenge.check({ code: second }, challenge(verdict.data)), 'wrong')
  })

  it('E16 are kept as keyed hashes, which are worth nothing in another row', () => {
    const { codes, data } = made()
    assert.ok(parse(recoveryCodes.data, data).ok)
    for (const code of codes) assert.doesNotMatch(JSON.stringify(data), new RegExp(code))
    assert.equal(
      recoveryCodes.challenge.check({ code: codes[0] ?? '' }, challenge(data, 'c2' as CredentialId)),
      'wrong',
    )
    assert.equal(recoveryCodes.challenge.check({ code: data.codes[0] ?? '' }, challenge(data)), 'wrong')
  })

  it('are read however they were written down, and no code at all is no try', () => {
    const { codes, data } = made()
    const [code = ''] = codes
    for (const typed of [code, inGroups(code), ` ${inGroups(code).toUpperCase().replaceAll('-', ' ')} `]) {
      const read = recoveryCodes.challenge.read({ code: typed })
      assert.ok('answer' in read && recoveryCodes.challenge.check(read.answer, challenge(data)) !== 'wrong', typed)
    }
    assert.ok('fault' in recoveryCodes.challenge.read({ code: ' - ' }))
  })

  it('are twelve signs that are not mistaken for one another, each as likely as any', () => {
    const counts = new Map<string, number>()
    for (let made = 0; made < 2000; made += 1) {
      const code = makeCode(systemRandom)
      assert.match(code, /^[2-9a-hj-km-np-tw-z]{12}$/)
      for (const sign of code) counts.set(sign, (counts.get(sign) ?? 0) + 1)
    }
    assert.equal(counts.size, 29)
    const mean = (2000 * 12) / 29
    // Five standard deviations: chance goes beyond them once in a hundred thousand runs.
    for (const [sign, count] of counts) assert.ok(Math.abs(count - mean) < 5 * Math.sqrt(mean), `${sign} ${count}`)
  })

  it('are shown in fours with whose they are, tell how many are left, and are gone when all are used', () => {
    const about = setUp({ token_count: 4 })
    const ask = recoveryCodes.setUp.ask(recoveryCodes.setUp.begin(about), about)
    const { markup } = recoveryCodes.setUp.page(ask, { t: translator('en'), problems: [] })
    assert.equal(markup.match(/<code>\w{4}-\w{4}-\w{4}<\/code>/g)?.length, 4)
    assert.match(markup, /id\.example\.com · ana/)
    assert.deepEqual(recoveryCodes.tell({ codes: ['a', 'b'] }), { count: '2' })
    assert.equal(recoveryCodes.usable({ codes: [] }), false)
  })
})
