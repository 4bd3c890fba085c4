import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { LOCALES } from '../locale-names.ts'
import { translator } from '../texts.ts'
import type { MailContent } from './mail-content.ts'
import { mailPage } from './mail-page.ts'

const AT = Date.UTC(2030, 0, 1, 12)
const LINK = 'https://auth.example.com/if/flow/link/abc/'
const WHO = { username: 'ana', name: 'Ana' }
const CONTENTS: readonly MailContent[] = [
  { mail: 'recovery', ...WHO, link: LINK, code: '12345678', lasts: 1_800_000 },
  { mail: 'magic_link', ...WHO, link: LINK, code: '12345678', lasts: 900_000 },
  { mail: 'code', ...WHO, code: '12345678', lasts: 600_000 },
  { mail: 'verification', link: LINK, code: '12345678', lasts: 1_800_000 },
  { mail: 'password_changed', ...WHO, at: AT },
  { mail: 'new_device', ...WHO, at: AT, ip: '192.0.2.7', browser: null },
  { mail: 'email_changed', ...WHO, at: AT, link: 'https://auth.example.com/if/not-me/abc/' },
  { mail: 'locked', ...WHO, at: AT },
  { mail: 'approval_asked', ...WHO, email: 'ana@example.com', at: AT },
  { mail: 'approved', ...WHO, link: 'https://auth.example.com/if/user/' },
  { mail: 'refused', ...WHO },
  { mail: 'deleted', ...WHO },
  { mail: 'confirm', ...WHO, link: LINK, code: '12345678', lasts: 1_800_000 },
  {
    mail: 'invited',
    inviter: 'Bea',
    link: 'https://auth.example.com/if/flow/enrol-invited/?invitation=x',
    lasts: 86_400_000,
  },
  { mail: 'locked_alert', username: 'ana', at: AT, ip: '192.0.2.7' },
  { mail: 'test' },
]
const words = (content: MailContent, locale: (typeof LOCALES)[number] = 'en', title = 'Gatehouse') =>
  mailPage({ t: translator(locale), title, host: 'auth.example.com' }, content)

test('G13 a name is a name, whatever template language it speaks', () => {
  for (const name of [
    '{{constructor}}',
    '{{7*7}}',
    '<%= 7*7 %>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the attack
    '${7*7}',
    '#{7*7}',
    '{link}',
    '{title}',
    '$&',
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    'a\u202eb',
  ]) {
    const { subject, text, html } = words({
      mail: 'recovery',
      ...WHO,
      name,
      username: name,
      link: LINK,
      code: '1',
      lasts: 1,
    })
    assert.ok(text.includes(`Hello ${name},`), name)
    assert.equal(parse(html).querySelectorAll('script, img').length, 0)
    assert.ok(!subject.includes(name))
    assert.ok(parse(html).text.replaceAll('&#39;', "'").length > 0)
    assert.ok(!text.includes('49') && !parse(html).text.includes('49'), name)
  }
})

test('no mail loads anything from anywhere, and each leads nowhere but to its link', () => {
  for (const locale of LOCALES) {
    for (const content of CONTENTS) {
      const { html, text, subject } = words(content, locale)
      const page = parse(html)
      assert.equal(page.querySelectorAll('img, script, link, iframe, object, video, audio, form, input').length, 0)
      assert.doesNotMatch(html, /url\(|@import|@font-face|src=|background=/)
      const addresses = [...html.matchAll(/https?:\/\/[^\s"<]+/g)].map(([found]) => found)
      const own = 'link' in content ? [content.link] : []
      assert.deepEqual(addresses, own, `${locale} ${content.mail}`)
      assert.deepEqual(
        [...text.matchAll(/https?:\/\/\S+/g)].map(([found]) => found),
        own,
      )
      assert.match(subject, /Gatehouse/)
      for (const said of [subject, text, html]) assert.doesNotMatch(said, /\{\w+\}|mail\.\w+\./)
      assert.match(html, new RegExp(`<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`))
    }
  }
})

test('text and HTML say the same', () => {
  for (const content of CONTENTS) {
    const { html, text } = words(content)
    const shown = parse(html).querySelector('body')?.text.replace(/\s+/g, ' ') ?? ''
    for (const line of text.split('\n')) {
      const plain = line.replace(/^-- $/, '').replace(/:$/, '').trim()
      if (plain === '' || plain.startsWith('http')) continue
      for (const part of plain.split(': ')) {
        assert.ok(shown.replaceAll('&#39;', "'").includes(part), `${content.mail}: ${part}\n${shown}`)
      }
    }
  }
})
