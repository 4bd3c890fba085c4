/** What the doorway does in a real browser, under the policy it is served with: with script, and without. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from '../../test/support/browser.ts'
import { type Html, html } from '../base/html.ts'
import { doorPage } from './door-page.ts'
import { check, field, passwordField } from './fields.ts'
import { LOCALES } from './locale-names.ts'
import { buttonPair, mainButton, problemNote, rows, stageForm, whoBox } from './parts.ts'
import { ASSETS } from './style.ts'
import { translator } from './texts.ts'

const t = translator('en')
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'"

const form = (...content: (Html | false)[]): Html =>
  stageForm({ t: translator('en'), action: '/answer', hidden: html`` }, ...content)
const problems = [{ field: 'password', text: 'That user name and password do not match.' }]
const secretOf = (list = problems) =>
  passwordField(t, { name: 'password', label: 'Password', autocomplete: 'current-password', autofocus: true }, list)

const BODIES: Readonly<Record<string, Html>> = {
  name: form(
    field({ name: 'username', label: 'User name', autocomplete: 'username', autofocus: true }),
    html`<div data-remember hidden>${check({ name: 'remember', label: 'Remember' })}</div>`,
    mainButton({ label: 'Continue' }),
  ),
  password: form(secretOf([]), mainButton({ label: 'Sign in' })),
  wrong: form(
    problemNote(t, problems),
    whoBox(t, 'somebody-with-a-rather-long-name@a-rather-long-domain.example.com', '/'),
    secretOf(),
    check({ name: 'persistent', label: 'Stay signed in on this device' }),
    rows([{ icon: 'globe', title: 'https://a-very-long-name.in-a-very-long-domain.example.com:8443', detail: 'Here' }]),
    buttonPair({ label: 'Sign in' }, { label: 'Cancel', name: 'cancel', anyhow: true }),
  ),
}

const render = (address: URL): string => {
  const [, name = '', locale = 'en'] = address.pathname.split('/')
  const language = LOCALES.find((one) => one === locale) ?? 'en'
  return doorPage(
    {
      t: translator(language),
      brand: { title: 'Example', logo: null },
      host: 'id.example.com',
      theme: null,
      webPath: '/',
      here: '/',
    },
    { title: 'Sign in', body: BODIES[name] ?? html``, problem: name === 'wrong' },
  )
}

const posts: string[] = []
let arrived: () => void = () => undefined
const nextPost = (): Promise<void> =>
  new Promise((resolve) => {
    arrived = resolve
  })
const server = createServer((request, response) => {
  const address = new URL(request.url ?? '/', 'http://localhost')
  const asset = ASSETS.get(address.pathname.slice('/static/'.length))
  if (request.method === 'POST') {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    // 204: the page stays, so that it can be looked at after the press (RFC 9110 §15.3.5).
    request.on('end', () => {
      posts.push(body)
      arrived()
      response.writeHead(204).end()
    })
    return
  }
  response.setHeader('content-type', asset?.type ?? 'text/html; charset=utf-8')
  response.setHeader('content-security-policy', POLICY)
  response.end(asset ? asset.body : render(address))
})

let browser: Browser | null = null
let base = ''

describe('the doorway in a browser', async () => {
  before(async () => {
    browser = await openBrowser()
    await new Promise<void>((ready) => {
      server.listen(0, '127.0.0.1', ready)
    })
    const address = server.address()
    base = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : assert.fail('not listening')
  })
  after(async () => {
    await browser?.close()
    server.closeAllConnections()
    server.close()
  })

  const inBrowser = (title: string, options: BrowserContextOptions, look: (page: Page) => Promise<void>): void => {
    it(title, async (context) => {
      if (!browser) return context.skip('no Chromium')
      const tab = await browser.newContext({ viewport: { width: 360, height: 740 }, ...options })
      const page = await tab.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) faults.push(message.text())
      })
      posts.length = 0
      await look(page)
      assert.deepEqual(faults, [])
      await tab.close()
    })
  }

  inBrowser('sends a form once, however often its button is pressed', {}, async (page) => {
    await page.goto(`${base}/name`)
    await page.fill('#f-username', 'ana')
    const sent = nextPost()
    await page.locator('.btn.main').dblclick()
    await sent
    await page.waitForSelector('.btn[aria-busy="true"]')
    // By force: a button that says it is disabled is not pressed by itself.
    await page.locator('.btn.main').click({ force: true })
    assert.deepEqual(posts, ['username=ana'])
  })

  inBrowser('puts the list of languages away by Escape, and by a press beside it', {}, async (page) => {
    await page.goto(`${base}/name`)
    const list = page.locator('details.lang ul')
    await page.click('details.lang summary')
    assert.equal(await list.isVisible(), true)
    // On a small screen the list lies over the form, and would keep whoever opened it from going on.
    await page.keyboard.press('Escape')
    assert.equal(await list.isVisible(), false)
    assert.equal(await page.evaluate('document.activeElement.localName'), 'summary')
    await page.click('details.lang summary')
    await page.mouse.click(8, 8)
    assert.equal(await list.isVisible(), false)
    await page.click('details.lang summary')
    await page.click('details.lang button[lang="pt-BR"]', { trial: true })
    assert.equal(await list.isVisible(), true)
  })

  inBrowser('shows what is typed as a password on a press, and hides it again before it is sent', {}, async (page) => {
    await page.goto(`${base}/password`)
    await page.fill('#f-password', 'secret')
    await page.click('.eye')
    assert.equal(await page.getAttribute('#f-password', 'type'), 'text')
    assert.equal(await page.getAttribute('.eye', 'aria-pressed'), 'true')
    const sent = nextPost()
    await page.keyboard.press('Enter')
    await sent
    assert.equal(await page.getAttribute('#f-password', 'type'), 'password')
  })

  inBrowser('remembers a name in this browser alone, and forgets it where the box is not ticked', {}, async (page) => {
    const answer = async (tick: boolean) => {
      await page.goto(`${base}/name`)
      await page.fill('#f-username', 'ana')
      await page.setChecked('#f-remember', tick)
      const sent = nextPost()
      await page.keyboard.press('Enter')
      await sent
      await page.goto(`${base}/name`)
      return page.inputValue('#f-username')
    }
    assert.equal(await answer(true), 'ana')
    assert.equal(await answer(false), '')
  })

  inBrowser('puts the focus on what went wrong, else on the field the page is for', {}, async (page) => {
    await page.goto(`${base}/wrong`)
    assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'alert')
    await page.goto(`${base}/password`)
    assert.equal(await page.evaluate('document.activeElement.id'), 'f-password')
  })

  inBrowser('takes Enter in a field for the main button, not for the one beside it', {}, async (page) => {
    await page.goto(`${base}/wrong`)
    await page.fill('#f-password', 'secret')
    const sent = nextPost()
    await page.keyboard.press('Enter')
    await sent
    assert.deepEqual(posts, ['password=secret'])
  })

  inBrowser('works without script, and offers nothing that needs it', { javaScriptEnabled: false }, async (page) => {
    await page.goto(`${base}/password`)
    assert.equal(await page.isVisible('.eye'), false)
    await page.goto(`${base}/name`)
    assert.equal(await page.isVisible('[data-remember]'), false)
    await page.fill('#f-username', 'ana')
    const sent = nextPost()
    await page.click('.btn.main')
    await sent
    assert.deepEqual(posts, ['username=ana'])
  })

  for (const width of [320, 768, 1440]) {
    inBrowser(
      `never scrolls sideways at ${width} px, in any language`,
      { viewport: { width, height: 800 } },
      async (page) => {
        for (const locale of LOCALES) {
          for (const name of Object.keys(BODIES)) {
            await page.goto(`${base}/${name}/${locale}`)
            const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
            assert.ok(Number(over) <= 0, `${name} in ${locale}`)
          }
        }
      },
    )
  }
})
