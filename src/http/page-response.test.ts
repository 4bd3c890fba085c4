import assert from 'node:assert/strict'
import { test } from 'node:test'
import { page } from './page-response.ts'

const policyOf = (logo: string | null, formAction: readonly string[] = []): Record<string, string> => {
  const policy = page(200, { markup: '', logo }, { formAction }).headers?.['content-security-policy'] ?? ''
  return Object.fromEntries(policy.split('; ').map((directive) => directive.split(/ (.*)/, 2) as [string, string]))
}

test("a brand's logo may be loaded from its very origin, and from nowhere wider", () => {
  assert.equal(policyOf(null)['img-src'], "'self' data:")
  assert.equal(policyOf('https://cdn.example.com/a/logo.svg?v=1')['img-src'], "'self' data: https://cdn.example.com")
  assert.equal(policyOf('https://user@cdn.example.com:8443/l')['img-src'], "'self' data: https://cdn.example.com:8443")
})

test('L09 no logo and no target adds a directive of its own', () => {
  const harmless = policyOf(null)
  for (const evil of [
    'https://a.example; script-src *',
    'https:',
    'https://*',
    'javascript:alert(1)',
    'data:x',
    'x',
    '*',
  ]) {
    const { 'img-src': images = '', ...others } = policyOf(evil)
    assert.match(images, /^'self' data:(?: https:\/\/a\.example)?$/, evil)
    assert.deepEqual({ ...others, 'img-src': harmless['img-src'] }, harmless, evil)
  }
  assert.equal(policyOf(null, ['https://a.example; script-src *', "'unsafe-inline'"])['form-action'], "'self'")
  assert.equal(policyOf(null, ['https://a.example', 'app:'])['form-action'], "'self' https://a.example app:")
})
