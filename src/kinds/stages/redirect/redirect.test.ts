import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askOf, pageOf, stageContext, stageWorld } from '../../../../test/support/stage-world.ts'
import { parse } from '../../../base/schema.ts'
import { readFacts } from '../../../flow/facts.ts'
import { RedirectConfig } from './config.ts'
import { redirect } from './index.ts'

const open = (settings: object, facts = {}) =>
  redirect.open(stageContext(redirect, stageWorld(), { facts }, { ...settings }))

describe('redirect', () => {
  it('L03 takes no address that runs a script, and no path that is another host to a browser', () => {
    for (const target_static of [
      'javascript:alert(1)',
      'data:text/html,x',
      '//evil.example',
      '/\\evil.example',
      '/a\\b',
      'evil.example',
      'https://user:pw@example.com/',
    ]) {
      assert.equal(parse(RedirectConfig, { target_static }).ok, false, target_static)
    }
  })

  it('leaves at once for a path of this house', async () => {
    assert.deepEqual(await open({ target_static: '/if/user/devices/' }), { end: 'ok', leave: '/if/user/devices/' })
  })

  it('leads to another site by a link that names its host: forms may not be redirected there', async () => {
    const result = await open({ target_static: 'https://example.org/start?x=1' })
    const page = pageOf(redirect, askOf(result))
    assert.match(page, /example\.org/)
    assert.match(page, /href="https:\/\/example\.org\/start\?x=1"/)
  })

  it('goes on with another flow, which leads to where this one would have led', async () => {
    const settings = { mode: 'flow', target_flow: 'enrol' }
    assert.deepEqual(await open(settings, { 'attempt.next': '/if/user/?a=b' }), {
      end: 'ok',
      leave: '/if/flow/enrol/?next=%2Fif%2Fuser%2F%3Fa%3Db',
    })
    assert.deepEqual(await open(settings), { end: 'ok', leave: '/if/flow/enrol/' })
    assert.deepEqual(await open({ mode: 'flow' }), { end: 'ok' })
  })

  it('foretells whether anybody has to follow a link', () => {
    const asks = (target_static: string) =>
      redirect.predict({
        config: { mode: 'static', target_static },
        facts: readFacts({}),
        signedIn: false,
        destination: null,
      }).needsPerson
    assert.deepEqual([asks('/if/user/'), asks('https://example.org/')], [false, true])
  })
})
