import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { Secret } from 'otpauth'
import { ensureApt } from '../../../../test/support/apt.ts'
import { codeAt, matchingStep, stepAt, type TotpParameters } from './matching-step.ts'
import rfc6238 from './rfc6238-vectors.json' with { type: 'json' }

const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512'] as const
const PLAIN: TotpParameters = { algorithm: 'SHA1', digits: 6, period: 30 }
const KEY = Secret.fromLatin1(rfc6238.seeds.SHA1).base32
const NOW = 1_700_000_000_000
const NEVER = { now: NOW, lastStep: -1 }

describe('codes', () => {
  for (const algorithm of ALGORITHMS) {
    it(`are those of RFC 6238 appendix B for ${algorithm}`, () => {
      const key = Secret.fromLatin1(rfc6238.seeds[algorithm]).base32
      for (const vector of rfc6238.vectors) {
        const code = codeAt(key, { algorithm, digits: 8, period: 30 }, stepAt(vector.time * 1000, 30))
        assert.equal(code, vector[algorithm], `at ${vector.time}`)
      }
    })
  }

  it('are those that oathtool makes, for every algorithm, length and period', {
    skip: !ensureApt(['oathtool']) && 'needs the Debian package oathtool',
  }, () => {
    for (const algorithm of ALGORITHMS) {
      for (const digits of [6, 8] as const) {
        for (const period of [30, 60]) {
          const key = new Secret({ buffer: new Uint8Array(randomBytes(20)).buffer }).base32
          const seconds = Math.floor(NOW / 1000) + period * digits
          const theirs = execFileSync(
            'oathtool',
            [`--totp=${algorithm}`, '-b', '-d', `${digits}`, '-s', `${period}s`, '-N', `@${seconds}`, key],
            { encoding: 'utf8' },
          )
          const ours = codeAt(key, { algorithm, digits, period }, stepAt(seconds * 1000, period))
          assert.equal(ours, theirs.trim(), `${algorithm} ${digits} ${period}`)
        }
      }
    }
  })
})

describe('matchingStep', () => {
  const present = stepAt(NOW, 30)
  const codeOf = (step: number) => codeAt(KEY, PLAIN, step)

  it('E15 takes the code of one step to either side, and of none beyond', () => {
    for (const step of [present - 2, present + 2, present - 1000, present + 1000]) {
      assert.equal(matchingStep(codeOf(step), KEY, PLAIN, NEVER), null, `${step - present}`)
    }
    for (const step of [present - 1, present, present + 1]) {
      assert.equal(matchingStep(codeOf(step), KEY, PLAIN, NEVER), step)
    }
  })

  it('E12 takes no step that was used, and none before it', () => {
    for (const lastStep of [present, present + 1]) {
      assert.equal(matchingStep(codeOf(present), KEY, PLAIN, { now: NOW, lastStep }), null)
      assert.equal(matchingStep(codeOf(present - 1), KEY, PLAIN, { now: NOW, lastStep }), null)
    }
    assert.equal(matchingStep(codeOf(present + 1), KEY, PLAIN, { now: NOW, lastStep: present }), present + 1)
  })

  it('takes nothing of another length, and nothing of another key', () => {
    const code = codeOf(present)
    for (const other of ['', code.slice(1), `${code}0`, codeAt(KEY, { ...PLAIN, digits: 8 }, present)]) {
      assert.equal(matchingStep(other, KEY, PLAIN, NEVER), null, other)
    }
    const otherKey = Secret.fromLatin1('09876543210987654321').base32
    assert.equal(matchingStep(code, otherKey, PLAIN, NEVER), null)
  })
})
