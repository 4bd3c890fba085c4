/**
 * A browser without script: follows redirects, keeps cookies per origin, reads forms and posts them with the headers
 * that browsers send. What passes with it works with JavaScript off.
 */
import { Agent, request } from 'node:http'
import { request as requestTls } from 'node:https'
import { type HTMLElement, parse } from 'node-html-parser'

export type Page = {
  readonly url: URL
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly html: HTMLElement
}

export type Fields = Readonly<Record<string, string>>

const HOPS = 15

export class FormBrowser {
  readonly #cookies = new Map<string, Map<string, string>>()
  readonly #headers: Fields
  readonly #agent: Agent
  /** The page that was last arrived at. */
  page: Page | null = null
  /** Addresses to stop at without asking: the client's own callback. */
  readonly stopAt: (url: URL) => boolean

  /** `keepAlive` as real browsers have it; left out, each request has a connection of its own, and none is found dead. */
  constructor(options: { stopAt?: (url: URL) => boolean; headers?: Fields; keepAlive?: boolean } = {}) {
    this.#agent = new Agent({ keepAlive: options.keepAlive ?? false })
    this.stopAt = options.stopAt ?? (() => false)
    this.#headers = options.headers ?? {}
  }

  /** Opens an address as a person typing it does; follows redirects. */
  open(url: string | URL): Promise<Page> {
    return this.#follow(new URL(url), 'GET', null, 'none')
  }

  /** Follows a link of the present page. */
  async click(selector: string): Promise<Page> {
    const link = this.#here().html.querySelector(selector)
    if (!link) throw new Error(`no ${selector} on ${this.#here().url}: ${this.#here().text.slice(0, 500)}`)
    return this.#follow(new URL(decode(link.getAttribute('href') ?? ''), this.#here().url), 'GET', null, 'same-origin')
  }

  /** Fills the form in and posts it; `button` is the name and value of the button pressed. */
  async submit(fields: Fields = {}, options: { form?: string; button?: string } = {}): Promise<Page> {
    const here = this.#here()
    const form = here.html.querySelector(options.form ?? 'form[method="post"], form[method="POST"]')
    if (!form) throw new Error(`no form on ${here.url} (${here.status}): ${here.text.slice(0, 800)}`)
    const body = new URLSearchParams()
    for (const input of form.querySelectorAll('input, select, textarea')) {
      const name = input.getAttribute('name')
      const type = (input.getAttribute('type') ?? 'text').toLowerCase()
      if (!name || name in fields || input.hasAttribute('disabled')) continue
      if ((type === 'checkbox' || type === 'radio') && !input.hasAttribute('checked')) continue
      if (type === 'submit') continue
      body.append(name, decode(input.getAttribute('value') ?? ''))
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    const button = options.button ? form.querySelector(options.button) : null
    const buttonName = button?.getAttribute('name')
    if (button && buttonName) body.set(buttonName, decode(button.getAttribute('value') ?? ''))
    const action = decode(button?.getAttribute('formaction') ?? form.getAttribute('action') ?? '')
    return this.#follow(new URL(action || here.url.href, here.url), 'POST', body, 'same-origin')
  }

  /** Posts a form that no page holds, with headers of one's own choice. */
  post(url: string | URL, body: URLSearchParams, headers: Fields = {}): Promise<Page> {
    return this.#follow(new URL(url), 'POST', body, 'same-origin', headers)
  }

  cookie(origin: string, name: string): string | undefined {
    return this.#cookies.get(new URL(origin).host)?.get(name)
  }
  setCookie(origin: string, name: string, value: string): void {
    this.#jar(new URL(origin).host).set(name, value)
  }
  clearCookies(): void {
    this.#cookies.clear()
  }

  #here(): Page {
    if (!this.page) throw new Error('no page is open')
    return this.page
  }
  #jar(host: string): Map<string, string> {
    const jar = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, jar)
    return jar
  }

  async #follow(
    start: URL,
    startMethod: string,
    startBody: URLSearchParams | null,
    site: string,
    headers: Fields = {},
  ): Promise<Page> {
    let url = start
    let method = startMethod
    let body = startBody
    for (let hop = 0; hop < HOPS; hop += 1) {
      if (hop > 0 && this.stopAt(url)) {
        this.page = { url, status: 0, headers: {}, text: '', html: parse('') }
        return this.page
      }
      const answer = await this.#ask(url, method, body, site, headers)
      const location = answer.headers.location
      if (typeof location !== 'string' || answer.status < 300 || answer.status > 399) {
        this.page = answer
        return answer
      }
      url = new URL(location, url)
      if (answer.status !== 307 && answer.status !== 308) {
        method = 'GET'
        body = null
      }
    }
    throw new Error(`more than ${HOPS} redirects from ${start}`)
  }

  #ask(url: URL, method: string, body: URLSearchParams | null, site: string, extra: Fields): Promise<Page> {
    const jar = this.#jar(url.host)
    const headers: Record<string, string> = {
      accept: 'text/html,application/xhtml+xml',
      'accept-language': 'en',
      'user-agent': 'FormBrowser/1.0',
      'sec-fetch-site': site,
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      ...this.#headers,
    }
    if (jar.size > 0) headers.cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    if (method === 'POST') {
      headers['content-type'] = 'application/x-www-form-urlencoded'
      headers.origin = url.origin
    }
    Object.assign(headers, extra)
    const payload = body?.toString() ?? ''
    const send = url.protocol === 'https:' ? requestTls : request
    return new Promise((resolve, reject) => {
      const options = {
        method,
        headers,
        ...(url.protocol === 'https:' ? { rejectUnauthorized: false } : { agent: this.#agent }),
      }
      const outgoing = send(url, options, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          for (const cookie of incoming.headers['set-cookie'] ?? []) this.#keep(url.host, cookie)
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ url, status: incoming.statusCode ?? 0, headers: incoming.headers, text, html: parse(text) })
        })
        incoming.on('error', reject)
      })
      outgoing.on('error', reject)
      outgoing.end(payload)
    })
  }

  #keep(host: string, header: string): void {
    const [pair = ''] = header.split(';')
    const cut = pair.indexOf('=')
    const name = pair.slice(0, cut).trim()
    if (/max-age=0/i.test(header)) this.#jar(host).delete(name)
    else this.#jar(host).set(name, pair.slice(cut + 1))
  }
}

const decode = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
