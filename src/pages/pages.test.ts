import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { html } from '../base/html.ts'
import { type AppTile, applicationsPage, type DeskFrame, type Device, devicesPage } from './desk-page.ts'
import { type DoorContent, type DoorFrame, doorPage } from './door-page.ts'
import { check, choice, codeField, field, passwordField } from './fields.ts'
import { otherFlow } from './other-flow.ts'
import { note, problemNote, problemsOf, rows, signedInLine, slip, whoBox } from './parts.ts'
import { isChosen, readLine } from './read-field.ts'
import { name, say } from './say.ts'
import { ASSETS, deskStyle, doorScript, doorStyle, passkeyScript } from './style.ts'
import { translator } from './texts.ts'
import { tile } from './tile.ts'

const t = translator('en')
const EVIL = `"><img src=x onerror=alert(1)><script>alert(1)</script>'{{7*7}}`

const frame = (changes: Partial<DoorFrame> = {}): DoorFrame => ({
  t,
  brand: { title: 'Example', logo: null },
  host: 'id.example.com',
  theme: null,
  webPath: '/',
  here: '/if/flow/sign-in/',
  ...changes,
})
const content: DoorContent = { title: 'Sign in', body: html`<form></form>` }
const desk = (changes: Partial<DeskFrame> = {}): DeskFrame => ({
  ...frame(),
  person: { name: 'Ana', username: 'ana', email: null },
  ...changes,
})
const device = (changes: Partial<Device> = {}): Device => ({
  id: 's1',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  ip: '192.0.2.7',
  createdAt: 0,
  lastSeenAt: 0,
  here: false,
  ...changes,
})
const apps: AppTile[] = [{ slug: 'wiki', name: 'Wiki', href: '/application/launch/wiki/' }]

/** What stands in markup of ours, and must not be anything that the policy of the page would refuse to run. */
const assertClean = (page: string): void => {
  assert.doesNotMatch(page, /<script(?! src="\/[^"]*" defer><\/script>)/)
  const bare = page.replace(/"[^"]*"/g, '""')
  assert.doesNotMatch(bare, /<style|\sstyle=|<[^>]*\son\w+=/)
  assert.doesNotMatch(page, /<img src=x/)
}

describe('the doorway', () => {
  it('says language, direction and theme, and follows the system where no theme was chosen', () => {
    assert.match(doorPage(frame(), content), /^<!doctype html>\n<html lang="en" dir="ltr">/)
    const dark = doorPage(frame({ t: translator('ar'), theme: 'dark' }), content)
    assert.match(dark, /<html lang="ar" dir="rtl" data-theme="dark">/)
  })

  it('begins its title with "Error:" where something went wrong', () => {
    assert.match(doorPage(frame(), { ...content, problem: true }), /<title>Error: Sign in &#183; Example<\/title>/)
    assert.match(doorPage(frame(), content), /<title>Sign in &#183; Example<\/title>/)
  })

  it('shows the host, the brand and every language as a choice that comes back here, whose address stands there once', () => {
    const page = doorPage(frame({ webPath: '/auth/', here: '/auth/if/flow/sign-in/?next=%2F' }), content)
    assert.match(page, /<bdi>id\.example\.com<\/bdi>/)
    assert.match(page, /role="img" aria-label="Example"/)
    assert.equal(page.split('name="next" value="/auth/if/flow/sign-in/?next=%2F"').length, 2)
    assert.ok(page.includes('<button formaction="/auth/-/language/de/" lang="de">Deutsch</button>'))
    assert.match(page, /lang="en" aria-current="true"/)
    // "Arabic" in Arabic: as numbers, so that the page stays one of single bytes.
    assert.match(page, /lang="ar">&#1575;&#1604;/)
  })

  it("shows the brand's own logo with its name, and tells nobody where it is shown", () => {
    const page = doorPage(frame({ brand: { title: 'Example', logo: 'https://example.com/l.svg' } }), content)
    assert.match(page, /<img src="https:\/\/example\.com\/l\.svg" alt="Example" referrerpolicy="no-referrer">/)
  })

  it('L01 L09 shows whatever comes in as text', () => {
    const page = doorPage(frame({ brand: { title: EVIL, logo: EVIL }, host: EVIL, here: EVIL }), {
      title: EVIL,
      lead: html`${EVIL}`,
      body: html`${field({ name: 'x', label: EVIL, value: EVIL, hint: EVIL, placeholder: EVIL })}${check({ name: 'y', label: EVIL })}${choice(
        { name: 'z', label: EVIL, options: [{ value: EVIL, label: EVIL }] },
      )}${note(EVIL, EVIL)}${slip(EVIL, EVIL, EVIL)}${rows([{ icon: 'lock', title: EVIL, detail: EVIL }])}${whoBox(t, EVIL, EVIL)}`,
    })
    assertClean(page)
    assert.ok(page.includes('&lt;script&gt;'))
  })

  it('holds no style, script or handler in the page itself', () => {
    assertClean(doorPage(frame({ theme: 'dark' }), content))
    assertClean(devicesPage(desk(), [device()], 'c'))
  })

  it('loads nothing from another site', () => {
    for (const page of [doorPage(frame(), content), applicationsPage(desk(), apps)]) {
      assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//)
    }
    for (const asset of ASSETS.values()) assert.doesNotMatch(asset.body, /url\(|@import|https?:\/\/(?!www\.w3\.org)/)
  })

  it('weighs less than half of 30 KiB with styles and scripts as they are sent, and little more than it before', () => {
    const body = html`${passwordField(t, { name: 'password', label: 'Password', autocomplete: 'current-password' })}${rows(
      Array.from(
        { length: 10 },
        () => ({ icon: 'lock', title: 'A line of usual length', detail: 'And one below it' }) as const,
      ),
    )}`
    const page = doorPage(frame(), { ...content, body })
    const parts = [doorStyle.body, doorScript.body, passkeyScript.body]
    const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0)
    // The page itself is sent as it is (static-routes.ts says why).
    assert.ok(Buffer.byteLength(page) + sum(parts.map((part) => gzipSync(part).length)) <= 15 * 1024)
    assert.ok(Buffer.byteLength(page) + sum(parts.map((part) => Buffer.byteLength(part))) <= 36 * 1024)
    assert.ok(Buffer.byteLength(doorScript.body) <= 3 * 1024)
    const many = Array.from({ length: 10 }, (_, index) => device({ id: `s${index}` }))
    const own = [devicesPage(desk(), many, 'x'.repeat(43)), deskStyle.body]
    assert.ok(sum(own.map((part) => Buffer.byteLength(part))) <= 30 * 1024)
  })
})

describe('fields', () => {
  it('have a label each, and are tied to their hint or, before it, to their error', () => {
    const plain = field({ name: 'mail', label: 'Mail', hint: 'Yours' }).markup
    assert.match(plain, /<label for="f-mail">Mail<\/label>/)
    assert.match(plain, /id="f-mail" name="mail"[^>]* aria-describedby="f-mail-hint"/)
    const wrong = field({ name: 'mail', label: 'Mail', hint: 'Yours' }, [{ field: 'mail', text: 'No' }]).markup
    assert.match(wrong, /aria-invalid="true" aria-describedby="f-mail-err"/)
    assert.match(wrong, /id="f-mail-err">.*No<\/p>/)
    assert.doesNotMatch(wrong, /Yours/)
  })

  it('give the focus to the first that is wrong, else to the one the page is for', () => {
    const problems = [{ field: 'b', text: 'No' }]
    const has = (fieldName: string, autofocus: boolean, list = problems) =>
      / autofocus/.test(field({ name: fieldName, label: 'x', autofocus }, list).markup)
    assert.deepEqual([has('a', true), has('b', false)], [false, true])
    assert.deepEqual([has('a', true, []), has('b', false, [])], [true, false])
  })

  it('let a password be pasted and shown, and never hold one', () => {
    const markup = passwordField(t, { name: 'password', label: 'P', autocomplete: 'new-password' }).markup
    assert.match(markup, /type="password" id="f-password" name="password" autocomplete="new-password"/)
    assert.match(markup, /<button type="button" class="eye" hidden aria-controls="f-password"/)
    assert.doesNotMatch(markup, /<input[^>]* value=/)
    const unseen = passwordField(t, { name: 'p', label: 'P', autocomplete: 'new-password', show: false }).markup
    assert.doesNotMatch(unseen, /eye/)
  })

  it("ask for a code in one box that takes the keyboard's suggestion", () => {
    const markup = codeField({ name: 'code', label: 'Code' }).markup
    assert.match(markup, /name="code" autocomplete="one-time-code" inputmode="numeric"/)
  })

  it('are summed up at the head of the form, each error with a link to its field', () => {
    const problems = problemsOf(t, [
      { field: 'mail', text: 'form.email_invalid' },
      { field: null, text: 'form.busy' },
    ])
    const summary = problemNote(t, problems)
    assert.ok(summary)
    assert.match(summary.markup, /role="alert" tabindex="-1"/)
    assert.match(summary.markup, /There are 2 problems/)
    assert.match(summary.markup, /<a href="#f-mail">Enter an e-mail address/)
    assert.equal(problemNote(t, []), false)
  })
})

describe('what came back from a form', () => {
  it('is a line without the spaces around it; empty for nothing, null for what no person types', () => {
    assert.equal(readLine({ a: ' Ana ' }, 'a'), 'Ana')
    assert.equal(readLine({}, 'a'), '')
    for (const typed of ['a\u0000b', 'a\nb', 'a\u009bb', '\ud800', 'x'.repeat(256)]) {
      assert.equal(readLine({ a: typed }, 'a'), null)
    }
  })

  it('H11 is read from its own members only', () => {
    assert.equal(readLine({}, 'constructor'), '')
    assert.equal(isChosen({}, 'toString', 'yes'), false)
    assert.equal(isChosen({ a: 'yes' }, 'a'), true)
    assert.equal(isChosen({ a: 'on' }, 'a'), false)
  })
})

describe('who is signed in', () => {
  it('L01 stands with the way to be somebody else, as text', () => {
    const line = signedInLine(t, { username: EVIL, otherAccount: '/if/flow/out/?next=%2Fa' })
    assert.ok(line)
    assertClean(line.markup)
    assert.match(line.markup, /Signed in as <b><bdi>.*<a href="\/if\/flow\/out\/\?next=%2Fa">Not you\?<\/a>/)
    const alone = signedInLine(t, { username: 'ana', otherAccount: null })
    assert.ok(alone && !alone.markup.includes('<a '))
    assert.equal(signedInLine(t, null), false)
  })
})

describe('words', () => {
  it('L01 stand around marked-up values, and values set off what is put in', () => {
    const said = say(t, 'common.to_go_to', { application: name('<b>Graf</b>{x}') })
    assert.equal(said.markup, 'to go to <b><bdi>&lt;b&gt;Graf&lt;/b&gt;{x}</bdi></b>')
  })

  it('lead to another flow beside this one, whatever the web path', () => {
    assert.equal(otherFlow('/if/flow/sign-in/?next=%2Fa%2F', 'recover'), '/if/flow/recover/?next=%2Fa%2F')
    assert.equal(otherFlow('/auth/if/flow/sign-in/', 'enrol'), '/auth/if/flow/enrol/')
    assert.equal(otherFlow('/if/flow/a/', '../x"'), '/if/flow/..%2Fx%22/')
  })

  it('begin a tile: the first letter as people see it, on the same tint each time', () => {
    assert.equal(tile('ana', 'ana').markup, tile('ana', 'ana').markup)
    assert.match(tile('👩‍💻 dev', 'x').markup, />👩‍💻</u)
    assert.match(tile('', 'x').markup, />\?</)
    assert.match(tile('<x', 'x').markup, />&lt;</)
  })
})

describe("the pages of one's own", () => {
  it('list applications as links, and say what to do where there is none', () => {
    assert.match(applicationsPage(desk(), apps), /<a class="app" href="\/application\/launch\/wiki\/">.*<b>Wiki<\/b>/)
    assert.match(applicationsPage(desk(), []), /Nothing is open to you yet/)
  })

  it('F05 end a session by a form that is bound to this one, and offer none for the session they are shown in', () => {
    const page = devicesPage(desk({ webPath: '/auth/' }), [device(), device({ id: 's2', here: true })], 'token')
    // The choice of a language changes nothing of anybody's.
    const forms = [...page.matchAll(/<form.*?<\/form>/g)]
      .map(([form]) => form)
      .filter((form) => !form.includes('language'))
    assert.equal(forms.length, 2)
    for (const form of forms) assert.match(form, /method="post".*name="csrf" value="token"/)
    assert.match(forms[0] ?? '', /action="\/auth\/if\/user\/devices\/end\/".*name="session" value="s1"/)
    assert.match(forms[1] ?? '', /action="\/auth\/if\/user\/devices\/end-all\/"/)
  })

  it('L01 show a browser by name, and one that says nothing usual as text', () => {
    const page = devicesPage(desk(), [device(), device({ userAgent: EVIL }), device({ userAgent: '' })], 'c')
    assert.match(page, /Firefox · Linux/)
    assert.match(page, /Unknown browser/)
    assertClean(page)
  })

  it("give every time with its zone: the server does not know the reader's", () => {
    const page = devicesPage(desk(), [device()], 'c')
    assert.match(
      page,
      /since <time datetime="1970-01-01T00:00:00\.000Z"><bdi>Jan 1, 1970, 12:00\sAM UTC<\/bdi><\/time>/,
    )
  })

  it('put the device that is looked from first, then the one used last', () => {
    const list = [
      device({ id: 'old', ip: '192.0.2.1', lastSeenAt: 1 }),
      device({ id: 'new', ip: '192.0.2.2', lastSeenAt: 2 }),
      device({ id: 'here', ip: '192.0.2.3', here: true }),
    ]
    const order = [...devicesPage(desk(), list, 'c').matchAll(/id="d-(\w+)"/g)].map(([, id]) => id)
    assert.deepEqual(order, ['here', 'new', 'old'])
  })

  it('L01 hold the account in a menu that opens without script, and lead to the flow that signs out', () => {
    const person = { name: EVIL, username: 'ana', email: 'ana@example.com' }
    const page = applicationsPage(desk({ webPath: '/auth/', person }), apps)
    assertClean(page)
    const [menu = ''] = page.match(/<details class="me">.*?<\/details>/s) ?? []
    assert.match(menu, /<summary aria-label="Account of [^"]*"/)
    assert.match(menu, /<bdi>ana@example\.com<\/bdi>/)
    assert.match(menu, /href="\/auth\/flows\/-\/default\/invalidation\/">Sign out</)
  })

  it('say where one is', () => {
    assert.match(applicationsPage(desk(), apps), /href="\/if\/user\/" aria-current="page"/)
    assert.match(devicesPage(desk(), [], 'c'), /href="\/if\/user\/devices\/" aria-current="page"/)
  })
})

describe('assets', () => {
  it('know start and end, never left and right: a page of Arabic is the same page turned round', () => {
    for (const { body } of [doorStyle, deskStyle]) {
      assert.doesNotMatch(
        body,
        /(?:margin|padding|border|inset)-(?:left|right)|[{;](?:left|right):|text-align:(?:left|right)/,
      )
      for (const [whole, , right, , left] of body.matchAll(
        /[{;](?:margin|padding|inset):([^\s;{}]+) ([^\s;{}]+) ([^\s;{}]+) ([^\s;{}]+)[;}]/g,
      )) {
        assert.equal(right, left, whole)
      }
    }
  })

  it('have names that change with their content', () => {
    assert.deepEqual([...ASSETS.keys()].sort(), [...ASSETS.values()].map((asset) => asset.name).sort())
    for (const asset of ASSETS.values()) assert.match(asset.name, /^[a-z]+\.[\w-]{12}\.(?:css|js|svg)$/)
  })

  it('are whole after they were made small: every class of the markup has its rule', () => {
    const page = doorPage(frame(), {
      ...content,
      body: html`${note('a', 'b')}${slip('a', 'b', 'c')}${whoBox(t, 'a', null)}`,
    })
    const used = new Set([...page.matchAll(/class="([^"]+)"/g)].flatMap(([, names = '']) => names.split(' ')))
    for (const className of used) {
      if (className === 'flip' || className === 'info' || /^t\d$/.test(className)) continue
      assert.ok(doorStyle.body.includes(`.${className}`), className)
    }
    assert.doesNotMatch(doorStyle.body + deskStyle.body, /\/\*|\n/)
    const count = (text: string, char: string) => text.split(char).length
    assert.equal(count(doorStyle.body, '{'), count(doorStyle.body, '}'))
    assert.equal(count(deskStyle.body, '{'), count(deskStyle.body, '}'))
  })
})
