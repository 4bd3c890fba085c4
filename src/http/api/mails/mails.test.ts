/** Mails through the API: the outbox, the preview, the test, and the notices of what administrators do. */
import assert from 'node:assert/strict'
import { forEachHouse } from '../../../../test/support/api-house.ts'
import { MAIL_SERVER } from '../../../../test/support/test-mails.ts'
import { MAILS } from '../../../pages/mail/mail-content.ts'

forEachHouse('M07 the outbox tells whom a mail is for and what became of it, and never what it says', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asToken('root')
  assert.deepEqual((await root('GET', '/mails')).body.items, [])
  house.setMailServer(MAIL_SERVER)
  const password = { value: 'a new quiet passphrase' }
  assert.equal((await root('POST', '/users/ana/reset_password', { body: { password } })).status, 200)
  const { items } = (await root('GET', '/mails')).body
  assert.equal(items.length, 1)
  const { mail, to, state, attempts } = items[0]
  assert.deepEqual([mail, to, state, attempts], ['password_changed', 'ana@example.com', 'waiting', 0])
  assert.deepEqual(Object.keys(items[0]).sort(), ['attempts', 'due_at', 'id', 'last_error', 'mail', 'state', 'to'])
  assert.deepEqual((await root('GET', '/mails?state=dead')).body.items, [])
  const [sent] = await house.mails.flush()
  assert.match(sent?.text ?? '', /password of your account ana/)
})

forEachHouse('tells the old address when mails go to another, by whichever way it was changed', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  house.setMailServer(MAIL_SERVER)
  const root = await house.asToken('root')
  const told = async () => (await house.mails.flush()).map((mail) => `${mail?.to} ${mail?.subject}`)
  const changed = 'Your address at Gatehouse was changed'
  const added = await root('POST', '/users/ana/emails', { body: { address: 'two@example.com', verified: true } })
  assert.deepEqual(await told(), [], 'another address is no change')
  await root('POST', `/users/ana/emails/${added.body.id}/make_primary`)
  assert.deepEqual(await told(), [`ana@example.com ${changed}`])
  await root('PATCH', '/users/ana', { body: { emails: ['three@example.com', 'two@example.com'] } })
  assert.deepEqual(await told(), [`two@example.com ${changed}`])
  await root('PATCH', '/users/ana?dry_run=true', { body: { emails: ['four@example.com'] } })
  assert.deepEqual(await told(), [], 'what would be done is not told')
})

forEachHouse('a first password and a house without mails tell nobody', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asToken('root')
  const password = { value: 'a new quiet passphrase' }
  await root('POST', '/users/ana/reset_password', { body: { password } })
  house.setMailServer(MAIL_SERVER)
  const ben = { email: 'ben@example.com', password }
  assert.equal((await root('PUT', '/users/ben', { body: ben })).status, 201)
  assert.deepEqual(await house.mails.flush(), [])
})

forEachHouse('shows each mail in each language, with nobody’s values in it', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  for (const mail of MAILS) {
    for (const locale of ['en', 'de', 'ar']) {
      const { status, body } = await root('GET', `/mails/${mail}/preview?locale=${locale}`)
      assert.equal(status, 200)
      assert.equal(body.language, locale)
      assert.ok(body.subject && body.text && body.html.includes(`lang="${locale}"`))
    }
  }
  assert.equal((await root('GET', '/mails/constructor/preview')).status, 404)
})

forEachHouse('sends a test mail, tells the dialogue, and records who asked for it', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  const ask = (to: string) => root('POST', '/settings/instance/test_mail', { body: { to } })
  const without = await ask('root@example.com')
  assert.deepEqual([without.status, without.body.code], [409, 'mail_unavailable'])
  house.setMailServer(MAIL_SERVER)
  for (const to of ['', 'nobody', 'a@example.com\r\nBcc: b@example.com', 'a@example.com,b@example.com']) {
    assert.equal((await ask(to)).status, 422, JSON.stringify(to))
  }
  const sent = await ask('root@example.com')
  assert.deepEqual([sent.status, sent.body.sent, sent.body.message], [200, true, '250 taken'])
  const [event, ...more] = await house.events('mail.tested')
  assert.deepEqual([event?.detail?.to, more.length], ['root@example.com', 0])
})
