import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCookies, writeCookie } from './cookies.ts'
import { isSameOrigin } from './same-origin.ts'

test('F04 on https reads the __Host- cookie alone, and none where it came twice', () => {
  assert.equal(readCookies('gatehouse_session=tossed; __Host-gatehouse_session=ours', true).get('session'), 'ours')
  assert.equal(readCookies('gatehouse_session=tossed', true).get('session'), undefined)
  assert.equal(readCookies('__Host-gatehouse_session=a; __Host-gatehouse_session=b', true).get('session'), undefined)
})

test('F04 sets cookies host-only, HttpOnly, Lax, and Secure under https', () => {
  const cookie = writeCookie({ name: 'session', value: 'x' }, true)
  assert.match(cookie, /^__Host-gatehouse_session=x;/)
  for (const part of ['HttpOnly', 'Secure', 'Path=/', 'SameSite=Lax']) assert.ok(cookie.includes(part), part)
  assert.doesNotMatch(cookie, /Domain/i)
  assert.doesNotMatch(writeCookie({ name: 'session', value: 'x' }, false), /__Host-|Secure/)
})

test('takes a cookie away by age', () => {
  assert.match(writeCookie({ name: 'session', value: null }, true), /Max-Age=0/)
})

test('F05 F09 takes a state change only from a page of ours', () => {
  const ask = (headers: Record<string, string>) => isSameOrigin({ headers, origin: 'https://auth.example.com' })
  assert.equal(ask({ 'sec-fetch-site': 'same-origin' }), true)
  assert.equal(ask({ origin: 'https://auth.example.com' }), true)
  for (const headers of [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-site', origin: 'https://auth.example.com' },
    { origin: 'https://auth.example.com.evil.example' },
  ]) {
    assert.equal(ask(headers), false, JSON.stringify(headers))
  }
})
