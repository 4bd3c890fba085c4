/** "This was not me": the link in a notice, as its owner presses it and as others try to use it. Over real SMTP. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command } from '../support/command.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { mailServer, mailTo } from '../support/mail-server.ts'

const PASSWORD = 'a quiet long passphrase'
const PEOPLE = ['ana', 'bea', 'cyd']
const configWith = (port: number, more = '') => `
groups:
  admins: { name: Admins, roles: [administrator] }
settings:
  instance:
    admin_mails: [ops@example.com]
    mail: { host: localhost, port: ${port}, security: none, from: sso@example.com }
users:
  root: { name: Root, email: root@example.com, groups: [admins], password: { value: ${PASSWORD} } }
${PEOPLE.map((name) => `  ${name}: { name: ${name}, email: ${name}@example.com, active: true, password: { value: ${PASSWORD} } }`).join('\n')}
${more}`

const lockIn = (text: string): string => /https?:\/\/\S+\/if\/not-me\/\?link=\S+/.exec(text)?.[0] ?? assert.fail(text)

const arrive = async (gatehouse: Gatehouse, username: string, password = PASSWORD) => {
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
  await browser.submit({ username })
  // Once: tries are counted, and too many of them make the right one wait.
  const page = await browser.submit({ password })
  return { browser, isIn: page.url.pathname === '/if/user/' }
}

test('this was not me', { timeout: 120_000 }, async (context) => {
  const server = await mailServer(context)
  const gatehouse = await startGatehouse(context, { config: configWith(server.port) })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const token = (await command(gatehouse, 'token', 'root')).out.trim()
  const api = async (method: string, at: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${gatehouse.url}/api/v1${at}`, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    })
    return {
      status: answer.status,
      body: (await answer.json()) as Record<string, unknown> & { meta?: { held?: string } },
    }
  }
  const noticeOf = async (name: string): Promise<string> => {
    // The first sign-in surprises nobody; the second one is with another browser.
    await arrive(gatehouse, name)
    await arrive(gatehouse, name)
    return lockIn(await mailTo(server, `${name}@example.com`, { words: /not used for it before/ }))
  }
  const link = await noticeOf('ana')

  await context.test('G12 opening the link locks nobody; pressing its button does, without a sign-in', async () => {
    const { browser: thief } = await arrive(gatehouse, 'ana')
    for (let opened = 0; opened < 3; opened += 1) assert.equal((await new FormBrowser().open(link)).status, 200)
    assert.equal((await thief.open(`${gatehouse.url}/if/user/`)).url.pathname, '/if/user/')
    const elsewhere = await fetch(link, { method: 'POST', headers: { origin: 'https://evil.example' } })
    assert.equal(elsewhere.status, 403)
    const browser = new FormBrowser()
    assert.match((await browser.open(link)).text, /<bdi>ana<\/bdi>/)
    assert.match((await browser.submit()).text, /The account is locked/)
    assert.notEqual((await thief.open(`${gatehouse.url}/if/user/`)).url.pathname, '/if/user/')
    assert.equal((await arrive(gatehouse, 'ana')).isIn, false)
  })

  await context.test('tells the person, and the addresses that the settings name', async () => {
    await mailTo(server, 'ana@example.com', { words: /was locked by the link/ })
    await mailTo(server, 'ops@example.com', { words: /ana says that a sign-in/ })
  })

  await context.test(
    'G11 nothing but unlocking lets them in: no recovery, no edit, no configuration file',
    async () => {
      const before = server.mails.length
      const recovering = new FormBrowser()
      await recovering.open(`${gatehouse.url}/if/flow/recover/`)
      assert.match((await recovering.submit({ username: 'ana' })).text, /Check your mail/)
      assert.equal((await api('POST', '/users/ana/enable')).status, 409)
      assert.equal((await api('POST', '/users/ana/recovery_link')).status, 409)
      const recover = await command(gatehouse, 'recover', 'ana')
      assert.equal(recover.code, 1)
      assert.match(recover.out, /gatehouse unlock ana/)
      gatehouse.writeConfig(configWith(server.port, '  dan: { name: Dan }'))
      while ((await api('GET', '/users/dan')).status !== 200);
      await gatehouse.kill('SIGTERM')
      await gatehouse.restart()
      assert.equal((await arrive(gatehouse, 'ana')).isIn, false)
      // The mail of somebody else is sent after hers would have been.
      const other = new FormBrowser()
      await other.open(`${gatehouse.url}/if/flow/recover/`)
      await other.submit({ username: 'bea' })
      await mailTo(server, 'bea@example.com', { words: /new password/, after: before })
      assert.equal(
        server.mails.slice(before).some((mail) => mail.to[0] === 'ana@example.com'),
        false,
      )
    },
  )

  await context.test(
    'an administrator unlocks; the password somebody else knew is gone, and the old link is void',
    async () => {
      const answer = await api('POST', '/users/ana/unlock', { keep_password: false })
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      assert.deepEqual([answer.body.active, answer.body.meta?.held], [true, null])
      assert.equal((await arrive(gatehouse, 'ana')).isIn, false)
      assert.equal((await api('POST', '/users/ana/unlock', { keep_password: false })).status, 409)
      const replay = new FormBrowser()
      assert.equal((await replay.open(link)).status, 410)
      assert.equal((await replay.post(link, new URLSearchParams())).status, 410)
      const { body } = await api('POST', '/users/ana/recovery_link', {})
      const back = new FormBrowser()
      await back.open(String(body.link))
      await back.submit()
      const set = await back.submit({
        password: 'another quiet passphrase',
        password_repeat: 'another quiet passphrase',
      })
      assert.match(set.text, /Your password is changed/)
      assert.equal((await arrive(gatehouse, 'ana', 'another quiet passphrase')).isIn, true)
    },
  )

  await context.test('a link that was altered, or is about nobody, locks nobody', async () => {
    const own = await noticeOf('cyd')
    const altered = own.replace(/.$/, (end) => (end === 'A' ? 'B' : 'A'))
    for (const address of [
      altered,
      `${gatehouse.url}/if/not-me/?link=x`,
      `${gatehouse.url}/if/not-me/`,
      own.slice(0, -30),
    ]) {
      assert.equal((await new FormBrowser().post(address, new URLSearchParams())).status, 410, address)
    }
    assert.equal((await arrive(gatehouse, 'cyd')).isIn, true)
    assert.equal((await new FormBrowser().post(own, new URLSearchParams())).status, 200)
    const unlocked = await command(gatehouse, 'unlock', 'cyd', '--keep-password')
    assert.equal(unlocked.code, 0, unlocked.out)
    assert.equal((await arrive(gatehouse, 'cyd')).isIn, true)
  })
})
