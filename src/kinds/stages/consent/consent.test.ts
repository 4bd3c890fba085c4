import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  askOf,
  effectsOf,
  ended,
  type Given,
  GRAFANA,
  NOW,
  pageOf,
  somebody,
  stageContext,
  stageView,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { translator } from '../../../pages/texts.ts'
import type { ConsentRequest } from '../../contract/stage.ts'
import { consent } from './index.ts'

const ana = somebody('ana', { name: 'Ana Horvat' }, 'ana@example.com')
const asked: ConsentRequest = {
  clientId: 'paperless',
  clientName: 'Paperless',
  host: 'docs.example.com',
  scopes: [
    { name: 'openid', description: '' },
    { name: 'email', description: 'Email address' },
    { name: 'archive', description: 'Read <your> archive' },
  ],
  refusedUrl: '/application/o/authorize/?refused',
  validFor: null,
}
const about = (changes: Partial<ConsentRequest> = {}, given: Given = {}) =>
  stageContext(consent, stageWorld([ana]), {
    signedIn: ana,
    purpose: 'consent',
    destination: { ...GRAFANA, consent: { ...asked, ...changes } },
    ...given,
  })

describe('consent', () => {
  it('H01 stays where it is for an empty form and for any other answer than the two', async () => {
    for (const input of [{}, { decision: '' }, { decision: 'yes' }, { allow: 'yes' }]) {
      const result = await consent.answer(about(), input)
      assert.equal(ended(result), null)
      assert.deepEqual(effectsOf(result), [])
    }
  })

  it('A74 keeps a yes for exactly what was asked, of who is signed in, whatever the form says', async () => {
    const result = await consent.answer(about(), {
      decision: 'allow',
      scopes: 'admin',
      user: 'somebody',
      client: 'evil',
    })
    assert.equal(ended(result), 'ok')
    assert.deepEqual(effectsOf(result), [
      {
        do: 'give_consent',
        user: ana.user.id,
        application: 'grafana',
        clientId: 'paperless',
        scopes: ['openid', 'email', 'archive'],
        expiresAt: null,
      },
    ])
  })

  it('keeps a yes as long as the application says; one for this once just outlives the way back', async () => {
    const until = async (validFor: number) => {
      const [effect] = effectsOf(await consent.answer(about({ validFor }), { decision: 'allow' }))
      return effect?.do === 'give_consent' ? effect.expiresAt : assert.fail('no consent')
    }
    assert.equal(await until(86_400_000), NOW + 86_400_000)
    assert.equal(await until(0), NOW + 60_000)
  })

  it('takes a no back to the application, and records it', async () => {
    const result = await consent.answer(about(), { decision: 'refuse' })
    assert.equal(ended(result), 'refused')
    assert.ok('leave' in result && result.leave === '/application/o/authorize/?refused')
    const [effect] = effectsOf(result)
    assert.ok(effect?.do === 'record' && effect.event.type === 'consent.refused')
  })

  it('goes on where nothing is asked, and is no yes where nobody is signed in', async () => {
    const nothing = about({}, { destination: GRAFANA })
    assert.equal(ended(await consent.open(nothing)), 'ok')
    assert.deepEqual(effectsOf(await consent.open(nothing)), [])
    const without = about({}, { signedIn: null })
    assert.equal(ended(await consent.open(without)), 'refused')
    assert.deepEqual(effectsOf(await consent.answer(without, { decision: 'allow' })), [])
  })

  it('shows the very values that would be told, in the language of the page', async () => {
    const ask = askOf(await consent.open(about()))
    const page = pageOf(consent, ask, stageView({}, translator('de')))
    assert.match(page, /Ihre E-Mail-Adresse/)
    assert.match(page, /<bdi>ana@example.com<\/bdi>/)
    assert.match(page, /docs\.example\.com/)
  })

  it('says who is signed in, and leads to another account where the house offers it', async () => {
    const ask = askOf(await consent.open(about()))
    const signedIn = { username: 'ana', otherAccount: '/if/flow/sign-out/?next=%2Fa' }
    assert.match(
      pageOf(consent, ask, stageView({ signedIn })),
      /Signed in as <b><bdi>ana<\/bdi><\/b>\. <a href="\/if\/flow\/sign-out\/\?next=%2Fa">Not you\?<\/a>/,
    )
    assert.match(pageOf(consent, ask), /Signed in as <b><bdi>ana<\/bdi><\/b>\.<\/p>/)
  })

  it("L01 L05 shows an administrator's own words as they are, as text", async () => {
    const scopes = [{ name: 'email', description: 'Mail, and <script>alert(1)</script>' }]
    const page = pageOf(consent, askOf(await consent.open(about({ scopes, clientName: '<i>x</i>' }))))
    assert.match(page, /Mail, and &lt;script&gt;/)
    assert.doesNotMatch(page, /<script|<i>x/)
  })
})
