/** Recovery by mail, as a person without script goes through it and as an attacker tries to; over a real SMTP server. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { FormBrowser } from '../support/form-browser.ts'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'
import { type MailServer, mailServer, readMail } from '../support/mail-server.ts'
import { signIn } from '../support/sign-in.ts'

const PASSWORD = 'a quiet long passphrase'
const PEOPLE = ['ana', 'bea', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jan']
const configWith = (port: number) => `
groups:
  admins: { name: Admins, roles: [administrator] }
settings:
  instance:
    mail: { host: localhost, port: ${port}, security: none, from: "Front door <sso@example.com>" }
users:
  root: { name: Root, email: root@example.com, groups: [admins], password: { value: ${PASSWORD} } }
  zoe: { name: Zoe, email: zoe@example.com, active: false, password: { value: ${PASSWORD} } }
${PEOPLE.map((name) => `  ${name}: { name: ${name.toUpperCase()}, email: ${name}@example.com, password: { value: ${PASSWORD} } }`).join('\n')}
`

const linkOf = (server: MailServer, number: number): string => {
  const mail = server.mails[number - 1]
  assert.ok(mail, `mail ${number} of ${server.mails.length}`)
  return /https?:\/\/\S+\/if\/flow\/link\/\S+/.exec(readMail(mail).text)?.[0] ?? assert.fail(readMail(mail).text)
}

/** A browser that asked for a mail, and the page it waits on. */
const askFor = async (gatehouse: Gatehouse, name: string, headers: Record<string, string> = {}) => {
  const browser = new FormBrowser({ headers })
  await browser.open(`${gatehouse.url}/if/flow/recover/`)
  const page = await browser.submit({ username: name })
  return { browser, page }
}

const setPassword = (browser: FormBrowser, password: string) => browser.submit({ password, password_repeat: password })

const signsIn = async (gatehouse: Gatehouse, username: string, password: string): Promise<boolean> => {
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
  return (await signIn(browser, { username, password })).url.pathname === '/if/user/'
}

test('recovery by mail', { timeout: 120_000 }, async (context) => {
  const server = await mailServer(context)
  const gatehouse = await startGatehouse(context, { config: configWith(server.port) })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const arrivedFor = async (address: string) => {
    for (;;) {
      const found = server.mails.findIndex((mail) => mail.to[0] === address)
      if (found >= 0) return found + 1
      await server.arrived(server.mails.length + 1)
    }
  }

  await context.test('whoever forgot a password sets a new one by the mailed link, and signs in with it', async () => {
    const browser = new FormBrowser()
    await browser.open(`${gatehouse.url}/if/flow/sign-in/?next=${encodeURIComponent('/if/user/devices/')}`)
    await browser.submit({ username: 'ana' })
    await browser.click('a[href*="/if/flow/recover/"]')
    const waiting = await browser.submit({ username: 'ana' })
    assert.match(waiting.text, /Check your mail/)
    const number = await arrivedFor('ana@example.com')
    const chosen = await browser.open(linkOf(server, number))
    assert.match(chosen.text, /Choose a new password/)
    const asked = await browser.submit()
    assert.match(asked.text, /autocomplete="new-password"/)
    assert.match((await setPassword(browser, 'short')).text, /at least 10/)
    const changed = await setPassword(browser, 'another quiet passphrase')
    assert.match(changed.text, /Your password is changed/)
    // It leads on to where the sign-in was going, by the sign-in.
    await browser.submit({ go: 'on' })
    const arrived = await signIn(browser, { username: 'ana', password: 'another quiet passphrase' })
    assert.equal(arrived.url.pathname, '/if/user/devices/')
    assert.equal(await signsIn(gatehouse, 'ana', PASSWORD), false)
  })

  await context.test(
    'G12 a mail scanner that opens the link takes nothing away, and G03 a link is used once',
    async () => {
      const { browser } = await askFor(gatehouse, 'bea')
      const link = linkOf(server, await arrivedFor('bea@example.com'))
      for (let opened = 0; opened < 5; opened += 1) assert.equal((await new FormBrowser().open(link)).status, 200)
      await browser.open(link)
      assert.match((await browser.submit()).text, /autocomplete="new-password"/)
      const again = await new FormBrowser().open(link)
      assert.equal(again.status, 410)
      assert.match(again.text, /not valid any more/)
      const elsewhere = new FormBrowser()
      const posted = await elsewhere.post(link, new URLSearchParams())
      assert.equal(posted.status, 410)
    },
  )

  await context.test('a link opened in another browser goes on there, knowing nothing but whose it is', async () => {
    await askFor(gatehouse, 'cyd')
    const link = linkOf(server, await arrivedFor('cyd@example.com'))
    const phone = new FormBrowser()
    await phone.open(link)
    const asked = await phone.submit()
    assert.match(asked.text, /name="username" value="cyd"/)
    // G15: whoever was signed in by the old password is out.
    const session = new FormBrowser()
    await session.open(`${gatehouse.url}/if/flow/sign-in/`)
    await signIn(session, { username: 'cyd', password: PASSWORD })
    assert.match((await setPassword(phone, 'another quiet passphrase')).text, /Your password is changed/)
    assert.notEqual((await session.open(`${gatehouse.url}/if/user/devices/`)).url.pathname, '/if/user/devices/')
    assert.equal(await signsIn(gatehouse, 'cyd', 'another quiet passphrase'), true)
    // G11: nobody is signed in by reading a mailbox; the sign-in asks for all it asks for.
    assert.equal(phone.cookie(gatehouse.url, 'gatehouse_session'), undefined)
  })

  await context.test('the code from the mail does the same where the attempt waits, and nowhere else', async () => {
    const { browser } = await askFor(gatehouse, 'dan')
    const text = readMail(server.mails[(await arrivedFor('dan@example.com')) - 1] ?? assert.fail()).text
    const code = /^(\d{4} \d{4})$/m.exec(text)?.[1] ?? assert.fail(text)
    const other = (await askFor(gatehouse, 'fay')).browser
    assert.match((await other.submit({ code })).text, /not right, or too old/)
    assert.match((await browser.submit({ code: '0000 0000' })).text, /not right, or too old/)
    assert.match((await browser.submit({ code })).text, /autocomplete="new-password"/)
  })

  await context.test('G04 the link of one is no way to the password of another', async () => {
    await askFor(gatehouse, 'eve')
    const link = linkOf(server, await arrivedFor('eve@example.com'))
    // The attacker asks for the victim's mail here, and opens their own link in the same browser.
    const { browser } = await askFor(gatehouse, 'gus')
    await browser.open(link)
    await browser.submit()
    assert.match(browser.page?.text ?? '', /name="username" value="eve"/)
    // Naming somebody else in the form changes nothing.
    const set = await browser.submit({
      username: 'gus',
      password: 'taken by an attacker',
      password_repeat: 'taken by an attacker',
    })
    assert.match(set.text, /Your password is changed/)
    assert.equal(await signsIn(gatehouse, 'gus', PASSWORD), true)
    assert.equal(await signsIn(gatehouse, 'eve', 'taken by an attacker'), true)
  })

  await context.test('G01 nobody’s name gets the page that somebody’s gets, byte for byte', async () => {
    const seen = []
    for (const name of ['hal', 'xal', 'zoe', 'hal@example.com', 'xal@example.com', 'zoe@example.com']) {
      const { page } = await askFor(gatehouse, name)
      const { status, headers, text } = page
      const bare = text
        .replaceAll(name, 'NAME')
        .replace(/(attempt" value=")[^"]*/, '$1')
        .replace(/(attempt=)[\w.%-]*/g, '$1')
      const names = Object.keys(headers).filter((one) => one !== 'content-length')
      seen.push({ status, names: names.sort(), bare, path: page.url.pathname })
    }
    for (const one of seen) assert.deepEqual(one, seen[0])
    await arrivedFor('hal@example.com')
    const sent = server.mails.map((mail) => mail.to[0])
    assert.ok(!sent.includes('zoe@example.com') && !sent.some((to) => to?.startsWith('xal')))
  })

  await context.test('G02 a link leads to the configured address, whatever a request says of its host', async () => {
    for (const headers of [
      { 'x-forwarded-host': 'evil.example' },
      { forwarded: 'host=evil.example' },
      { 'x-original-host': 'evil.example', 'x-forwarded-server': 'evil.example' },
    ]) {
      await askFor(gatehouse, 'ida', headers as Record<string, string>)
    }
    const refused = new FormBrowser({ headers: { host: 'evil.example' } })
    assert.equal((await refused.open(`${gatehouse.url}/if/flow/recover/`)).status, 421)
    await arrivedFor('ida@example.com')
    for (const mail of server.mails) {
      const { text, html } = readMail(mail)
      assert.ok(!`${text}${html}`.includes('evil'))
      for (const [found] of text.matchAll(/https?:\/\/[^\s/]+/g)) assert.equal(found, gatehouse.url)
    }
  })

  await context.test('another site cannot press the button for somebody', async () => {
    await askFor(gatehouse, 'jan')
    const link = linkOf(server, await arrivedFor('jan@example.com'))
    const forged = new FormBrowser()
    const answer = await forged.post(link, new URLSearchParams(), {
      'sec-fetch-site': 'cross-site',
      origin: 'https://evil.example',
    })
    assert.equal(answer.status, 403)
    assert.equal((await forged.open(link)).status, 200, 'it still counts')
  })

  await context.test('tells people of a new device and of a changed password, and the log of every step', async () => {
    const subjects = server.mails
      .filter((mail) => mail.to[0] === 'cyd@example.com')
      .map((mail) => /^Subject: (.*)$/m.exec(mail.raw)?.[1])
    assert.deepEqual(subjects.slice(0, 2), ['A new password for Gatehouse', 'Your password at Gatehouse was changed'])
    assert.ok(subjects.includes('New sign-in at Gatehouse'), subjects.join())
    const key = (await run(gatehouse, 'token', 'root')).stdout.trim()
    const events = await getJson(gatehouse, key, '/events?limit=200')
    const types = events.items.map((event: { type: string }) => event.type)
    for (const type of ['mail.link_sent', 'mail.link_used', 'mail.link_refused']) assert.ok(types.includes(type), type)
    for (const mail of server.mails) {
      const link = /\/if\/flow\/link\/([\w-]{43})/.exec(readMail(mail).text)?.[1]
      if (link) assert.ok(!JSON.stringify(events).includes(link) && !gatehouse.output().includes(link), 'M07')
    }
  })

  await context.test('E18 hundreds of requests from one network send few mails', async () => {
    const before = server.mails.length
    let waits = 0
    for (let count = 0; count < 500; count += 1) {
      const { page } = await askFor(gatehouse, ['root', 'hal', 'ida', 'fay'][count % 4] ?? '')
      if (page.status === 429) waits += 1
    }
    assert.ok(waits > 450, String(waits))
    assert.ok(server.mails.length - before < 15, String(server.mails.length - before))
  })

  await context.test('`gatehouse mail test` prints what the mail server says', async () => {
    const tested = await run(gatehouse, 'mail', 'test', 'root@example.com')
    assert.equal(tested.status, 0, tested.stderr)
    assert.match(tested.stdout, /^C: MAIL FROM:<sso@example\.com>/m)
    assert.match(tested.stdout, /^S: 250/m)
    assert.equal((await run(gatehouse, 'mail', 'test', 'no address')).status, 2)
  })
})

test('a mail waits for its server, is sent once, and stands in the outbox meanwhile', {
  timeout: 120_000,
}, async (context) => {
  const first = await mailServer(context)
  const { port } = first
  await first.close()
  const folder = mkdtempSync(path.join(tmpdir(), 'recovery-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const ahead = path.join(folder, 'ahead')
  const clock = pathToFileURL(path.join(root, 'test/journeys/clock-ahead.ts')).href
  const gatehouse = await startGatehouse(context, {
    config: configWith(port),
    environment: { NODE_OPTIONS: `--import=${clock}`, CLOCK_AHEAD_FILE: ahead },
  })
  /** Killed in the middle, and started again when so much time has passed. */
  const restartAfter = async (milliseconds: number): Promise<void> => {
    await gatehouse.kill('SIGKILL')
    writeFileSync(ahead, String(milliseconds))
    await gatehouse.restart()
  }
  await askFor(gatehouse, 'ana')
  await gatehouse.printed(/a job failed/)
  const key = (await run(gatehouse, 'token', 'root')).stdout.trim()
  const outbox = await getJson(gatehouse, key, '/mails')
  assert.equal(outbox.items.length, 1)
  const [{ to, mail, attempts, last_error }] = outbox.items
  assert.deepEqual([to, mail, attempts], ['ana@example.com', 'recovery', 1])
  assert.match(last_error, /does not answer/)
  assert.doesNotMatch(JSON.stringify(outbox), /if\/flow\/link/)
  const told = await run(gatehouse, 'mail', 'test', 'root@example.com')
  assert.deepEqual([told.status, /mail_unreachable/.test(told.stderr)], [1, true])
  // It is killed, and what was answered to is sent all the same.
  const server = await mailServer(context, { port })
  await restartAfter(60_000)
  await server.arrived(1)
  assert.deepEqual(server.mails[0]?.to, ['ana@example.com'])
  assert.deepEqual((await getJson(gatehouse, key, '/mails')).items, [])
  assert.equal(server.mails.length, 1)
  const link = linkOf(server, 1)
  assert.equal((await new FormBrowser().open(link)).status, 200)
  await restartAfter(32 * 60_000)
  assert.equal((await new FormBrowser().open(link)).status, 410, 'G03 its half hour is over')
})

test('a house without a mail server says so, and offers no way that it cannot go', {
  timeout: 60_000,
}, async (context) => {
  const config = configWith(1).replace(/settings:\n.*\n.*\n/, '')
  const gatehouse = await startGatehouse(context, { config })
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
  const asked = await browser.submit({ username: 'ana' })
  assert.doesNotMatch(asked.text, /Forgotten it/)
  const { page } = await askFor(gatehouse, 'ana')
  assert.match(page.text, /You cannot go on here/)
  const key = (await run(gatehouse, 'token', 'root')).stdout.trim()
  assert.deepEqual((await getJson(gatehouse, key, '/mails')).items, [])
  const tested = await fetch(`${gatehouse.url}/api/v1/settings/instance/test_mail`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: 'root@example.com' }),
  })
  const { code } = (await tested.json()) as { code: string }
  assert.deepEqual([tested.status, code], [409, 'mail_unavailable'])
  // The administrator's link needs no mail.
  const made = await fetch(`${gatehouse.url}/api/v1/users/ana/recovery_link`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{}',
  })
  const { link } = (await made.json()) as { link: string }
  const handed = new FormBrowser()
  await handed.open(link)
  await handed.submit()
  assert.match((await setPassword(handed, 'another quiet passphrase')).text, /Your password is changed/)
  assert.equal(await signsIn(gatehouse, 'ana', 'another quiet passphrase'), true)
  assert.equal((await new FormBrowser().open(link)).status, 410)
})

/** Beside this process: the mail server that the command speaks to lives in it. */
const run = (gatehouse: Gatehouse, ...args: string[]) =>
  new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: root, env: gatehouse.environment }
    execFile(process.execPath, ['src/cli/main.ts', ...args], options, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the test asserts
const getJson = async (gatehouse: Gatehouse, key: string, path: string): Promise<any> => {
  const answer = await fetch(`${gatehouse.url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })
  assert.equal(answer.status, 200, path)
  return answer.json()
}
