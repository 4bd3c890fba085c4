import assert from 'node:assert/strict'
import { forEachEngine } from '../../../test/support/stores.ts'
import { MAIL_SERVER, testMails } from '../../../test/support/test-mails.ts'
import { testRing } from '../../../test/support/test-ring.ts'
import { HOUR, MINUTE } from '../../base/clock.ts'
import { type AttemptId, type CredentialId, type EmailId, newId, type UserId } from '../../base/ids.ts'
import { systemRandom as random } from '../../base/random.ts'
import { reveal } from '../../base/secret.ts'
import type { MailSettings } from '../../domain/mail/mail-settings.ts'
import type { Store } from '../../store/store.ts'
import { createGuesses, type Guess } from '../guesses.ts'
import { createPeople } from '../people.ts'

const PLACE = { flow: 'recover', revision: 1, node: 'email', attempt: 'a1' as AttemptId }
const REQUEST = { ip: '192.0.2.7', origin: 'https://auth.example.com', id: 'r1' }

const openWorld = async (store: Store) => {
  let now = Date.UTC(2030, 0, 1)
  const clock = { now: () => now }
  const ring = await testRing()
  const people = createPeople(store, clock)
  let settings: MailSettings | null = MAIL_SERVER
  const mails = testMails({ store, ring, people, clock, settings: () => settings })
  const person = async (username: string) => {
    const id = newId<UserId>(now, random)
    const emailId = newId<EmailId>(now, random)
    await store.write(async (tx) => {
      const row = {
        id,
        username,
        name: username.toUpperCase(),
        kind: 'internal',
        active: true,
        attributes: {},
      } as const
      await store.users.insert(tx, { ...row, organisation: 'main', locale: 'de', managedBy: null, createdAt: now })
      const address = { id: emailId, userId: id, address: `${username}@example.com`, primary: true }
      await store.emails.insert(tx, { ...address, verifiedAt: now, verifiedBy: 'administrator' })
    })
    return { id, emailId }
  }
  const request = (userAgent = '') => ({ ...REQUEST, userAgent, at: now })
  const sendLink = async (user: UserId | null, address: string | null, purpose: 'recover' | 'verify' = 'recover') => {
    const link = mails.links.newLink()
    const effect = {
      do: 'send_link',
      purpose,
      user,
      address,
      link,
      expiresAt: now + 30 * MINUTE,
      place: PLACE,
    } as const
    await store.write((tx) => mails.sendLink(tx, effect, request()))
    return { ...link, plain: reveal(link.link, 'test'), digits: reveal(link.code, 'test') }
  }
  return {
    mails,
    person,
    request,
    sendLink,
    pass: (by: number) => {
      now += by
    },
    at: () => now,
    setServer: (given: MailSettings | null) => {
      settings = given
    },
  }
}

forEachEngine('M07 what waits in the outbox holds no link, no code and no name in the open', async (open) => {
  const store = await open()
  const { mails, person, sendLink } = await openWorld(store)
  const { id } = await person('ana')
  const { plain, digits } = await sendLink(id, 'ana@example.com')
  const { items } = await store.jobs.list(store.read, { organisation: 'main', limit: 10 })
  const text = JSON.stringify(items)
  for (const secret of [plain, digits, 'ANA']) assert.ok(!text.includes(secret), secret)
  const kept = await mails.links.byLink(plain)
  assert.ok(kept && !JSON.stringify(await store.mailLinks.byHash(store.read, kept.linkHash)).includes(plain))
  const [mail] = await mails.flush()
  assert.equal(mail?.to, 'ana@example.com')
  assert.match(mail?.text ?? '', new RegExp(`https://auth\\.example\\.com/if/flow/link/${plain}/`))
  assert.ok(mail?.text.includes(`${digits.slice(0, 4)} ${digits.slice(4)}`))
  assert.equal(mail?.language, 'de', 'in the language of whoever reads it')
})

forEachEngine('G01 for nobody the same rows are written, and no mail is sent', async (open) => {
  const store = await open()
  const { mails, person, sendLink } = await openWorld(store)
  const { id } = await person('ana')
  const somebody = await sendLink(id, 'ana@example.com')
  const nobody = await sendLink(null, null)
  const { items } = await store.jobs.list(store.read, { organisation: 'main', limit: 10 })
  assert.equal(items.length, 2)
  assert.ok(await store.mailLinks.byHash(store.read, nobody.linkHash))
  assert.equal(await mails.links.byLink(nobody.plain), null, 'it counts for nothing')
  assert.equal(await mails.links.byCode(nobody.linkHash, nobody.digits), null)
  assert.equal((await mails.flush()).filter(Boolean).length, 1)
  assert.ok(await mails.links.byCode(somebody.linkHash, somebody.digits))
})

forEachEngine(
  'G03 a link is void once used, overtaken, over, or when password, address or account are not what they were',
  async (open) => {
    const store = await open()
    const { mails, person, sendLink, pass, at } = await openWorld(store)
    const voided = async (username: string, deed: (who: { id: UserId; emailId: EmailId }) => Promise<unknown>) => {
      const who = await person(username)
      const link = await sendLink(who.id, `${username}@example.com`)
      assert.ok(await mails.links.byLink(link.plain), `${username}: it counts at first`)
      await deed(who)
      assert.equal(await mails.links.byLink(link.plain), null, username)
      assert.equal(await mails.links.byCode(link.linkHash, link.digits), null, username)
      assert.equal(await store.write((tx) => mails.links.spend(tx, link.linkHash, at())), false, username)
    }
    await voided('overtaken', ({ id }) => sendLink(id, 'overtaken@example.com'))
    await voided('password', ({ id }) =>
      store.write((tx) => store.credentials.setPassword(tx, id, newId<CredentialId>(at(), random), 'x', at())),
    )
    await voided('disabled', ({ id }) => store.write((tx) => store.users.update(tx, id, { active: false }, at())))
    await voided('address', ({ emailId }) => store.write((tx) => store.emails.remove(tx, emailId)))
    await voided('late', async () => pass(30 * MINUTE))
    const { id } = await person('ana')
    const { linkHash, plain } = await sendLink(id, 'ana@example.com')
    const spent = await Promise.all(
      Array.from({ length: 10 }, () => store.write((tx) => mails.links.spend(tx, linkHash, at()))),
    )
    assert.equal(spent.filter(Boolean).length, 1)
    assert.equal(await mails.links.byLink(plain), null)
  },
)

forEachEngine('a mail that could not be sent in time is none, and neither is one without a server', async (open) => {
  const store = await open()
  const { mails, person, sendLink, pass, setServer, at } = await openWorld(store)
  const { id } = await person('ana')
  await sendLink(id, 'ana@example.com')
  const { items } = await store.jobs.list(store.read, { organisation: 'main', limit: 10 })
  const payload = items[0]?.payload ?? assert.fail()
  setServer(null)
  assert.equal((await mails.outbox.deliver(payload, 'id', at())).outcome, 'dead')
  setServer(MAIL_SERVER)
  assert.equal((await mails.outbox.deliver(payload, 'id', at())).outcome, 'sent')
  assert.equal((await mails.outbox.deliver({ ...payload, sealed: 'forged' }, 'id', at())).outcome, 'dead')
  pass(30 * MINUTE)
  assert.equal((await mails.outbox.deliver(payload, 'id', at())).outcome, 'dead')
})

forEachEngine(
  'E18 notices go to the verified primary address alone, and no more than a mailbox bears',
  async (open) => {
    const store = await open()
    const { mails, person, request, setServer } = await openWorld(store)
    const { id } = await person('ana')
    const notify = (userAgent = '') => store.write((tx) => mails.notify(tx, 'new_device', id, request(userAgent)))
    setServer(null)
    await notify()
    assert.deepEqual(await mails.flush(), [], 'nothing is queued where nothing can be sent')
    setServer(MAIL_SERVER)
    for (let count = 0; count < 50; count += 1) await notify('Visit https://evil.example now')
    const sent = await mails.flush()
    assert.equal(sent.length, 3)
    for (const mail of sent) {
      assert.equal(mail?.to, 'ana@example.com')
      assert.ok(mail?.text.includes('192.0.2.7'))
      assert.ok(!`${mail?.text}${mail?.html}`.includes('evil'), 'what a browser says of itself is a stranger’s text')
    }
    const { id: una, emailId } = await person('una')
    await store.write(async (tx) => {
      await store.emails.remove(tx, emailId)
      const row = { id: newId<EmailId>(1, random), userId: una, address: 'una@example.com', primary: true }
      await store.emails.insert(tx, { ...row, verifiedAt: null, verifiedBy: null })
    })
    await store.write((tx) => mails.notify(tx, 'password_changed', una, request()))
    assert.deepEqual(await mails.flush(), [])
  },
)

forEachEngine('E18 a thousand requests within an hour send few mails, from one network or from many', async (open) => {
  const store = await open()
  let now = Date.UTC(2030, 0, 1)
  const guesses = createGuesses({ store, ring: await testRing(), clock: { now: () => now } })
  const thousand = async (guess: (count: number) => Omit<Guess, 'device'>): Promise<number> => {
    let taken = 0
    for (let count = 0; count < 1000; count += 1) {
      const asked = await guesses.take({ ...guess(count), device: 'known' })
      if ('ticket' in asked) taken += 1
      now += HOUR / 1000
    }
    return taken
  }
  const networks = (count: number): string => `10.${count % 250}.${Math.floor(count / 250)}.1`
  const oneMailbox = await thousand((count) => ({ what: 'mail_to', account: 'ana', ip: networks(count) }))
  assert.ok(oneMailbox <= 10, String(oneMailbox))
  const oneNetwork = await thousand((count) => ({ what: 'mail', account: `name-${count}`, ip: '192.0.2.7' }))
  assert.ok(oneNetwork <= 40, String(oneNetwork))
})
