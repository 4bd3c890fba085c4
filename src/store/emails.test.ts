/** E-mail addresses: whose they are, and that only one person has shown an address to be theirs. */
import assert from 'node:assert/strict'
import { anEmail, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { Conflict, type Store } from './store.ts'

const taken = (error: unknown) => error instanceof Conflict && error.on === 'emails.address'

const twoPeople = (store: Store) =>
  store.write(async (tx) => ({
    ana: await store.users.insert(tx, aUser({ username: 'ana' })),
    ben: await store.users.insert(tx, aUser({ username: 'ben' })),
  }))

forEachEngine('refuses an address that another person has verified', async (open) => {
  const store = await open()
  const { ana, ben } = await twoPeople(store)
  const add = (email: Parameters<Store['emails']['insert']>[1]) => store.write((tx) => store.emails.insert(tx, email))
  await add(anEmail(ana.id, 'Ana@example.com', { verifiedAt: 5, verifiedBy: 'link' }))
  await assert.rejects(add(anEmail(ben.id, 'ana@EXAMPLE.com')), taken)
  await assert.rejects(add(anEmail(ana.id, 'ana@example.com')), taken)
})

forEachEngine('lets one of two people verify the address that both gave', async (open) => {
  const store = await open()
  const { ana, ben } = await twoPeople(store)
  const mails = [ana, ben].map((user) => anEmail(user.id, 'both@example.com'))
  await store.write(async (tx) => {
    for (const mail of mails) await store.emails.insert(tx, mail)
  })
  const verify = (mail: (typeof mails)[0]) => store.write((tx) => store.emails.verify(tx, mail.id, 'link', 9))
  const done = await Promise.allSettled(mails.map(verify))
  assert.deepEqual(done.map((one) => one.status).sort(), ['fulfilled', 'rejected'])
  assert.ok(taken(done.find((one) => one.status === 'rejected')?.reason))
  const held = await store.emails.ofMany(store.read, [ana.id, ben.id])
  assert.deepEqual(held.map((mail) => mail.verifiedAt).sort(), [9, null])
})

forEachEngine('leaves a transaction usable after a refused verification', async (open) => {
  const store = await open()
  const { ana, ben } = await twoPeople(store)
  const mails = [ana, ben].map((user) => anEmail(user.id, 'both@example.com'))
  const [first, second] = mails
  assert.ok(first && second)
  await store.write(async (tx) => {
    for (const mail of mails) await store.emails.insert(tx, mail)
    await store.emails.verify(tx, first.id, 'link', 5)
    await assert.rejects(store.emails.verify(tx, second.id, 'link', 6), taken)
    await store.emails.remove(tx, second.id)
  })
  assert.deepEqual(await store.emails.ofMany(store.read, [ana.id, ben.id]), [
    { ...first, verifiedAt: 5, verifiedBy: 'link' },
  ])
})

forEachEngine('has one primary address a person', async (open) => {
  const store = await open()
  const { ana, ben } = await twoPeople(store)
  const [first, second] = [anEmail(ana.id, 'a@x.org', { primary: true }), anEmail(ana.id, 'b@x.org', { primary: true })]
  const other = anEmail(ben.id, 'c@x.org', { primary: true })
  await store.write(async (tx) => {
    for (const mail of [first, second, other]) await store.emails.insert(tx, mail)
  })
  const primary = async () => (await store.emails.of(store.read, ana.id)).filter((mail) => mail.primary)
  assert.deepEqual(await primary(), [second])
  await store.write((tx) => store.emails.setPrimary(tx, ana.id, first.id))
  assert.deepEqual(await primary(), [first])
  assert.equal((await store.emails.of(store.read, ben.id))[0]?.primary, true)
  assert.equal(await store.write((tx) => store.emails.remove(tx, first.id)), true)
  assert.equal(await store.write((tx) => store.emails.remove(tx, first.id)), false)
})

forEachEngine("refuses to make another person's address primary", async (open) => {
  const store = await open()
  const { ana, ben } = await twoPeople(store)
  const own = anEmail(ana.id, 'a@x.org', { primary: true })
  const foreign = anEmail(ben.id, 'b@x.org')
  await store.write(async (tx) => {
    for (const mail of [own, foreign]) await store.emails.insert(tx, mail)
  })
  await assert.rejects(
    store.write((tx) => store.emails.setPrimary(tx, ana.id, foreign.id)),
    Conflict,
  )
  assert.deepEqual(await store.emails.of(store.read, ana.id), [own])
  assert.deepEqual(await store.emails.of(store.read, ben.id), [foreign])
})
