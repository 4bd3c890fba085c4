/**
 * Where the link "this was not me" of a notice leads. Opening it shows whom it is about and a button: mail scanners open
 * links too (G12). Pressing it locks, without a sign-in and whoever is signed in; the page after it says what comes next.
 */
import type { WireRequest, WireResponse } from '../base/wire.ts'
import type { LockDown } from '../core/not-me/lock-down.ts'
import { requestFacts } from '../core/provider-ports.ts'
import type { App } from './app.ts'
import { page, type Rendered } from './page-response.ts'
import { isSameOrigin } from './same-origin.ts'

export type NotMeDeps = {
  readonly lockDown: LockDown
  readonly pages: {
    notMe(request: WireRequest, username: string): Rendered
    message(request: WireRequest, text: string): Rendered
  }
}

const PATH = '/if/not-me/'

export const mountNotMe = (app: App, { lockDown, pages }: NotMeDeps): void => {
  app.route('GET', PATH, async (request) => {
    const about = await lockDown.about(linkIn(request), request.now)
    return about ? page(200, pages.notMe(request, about.username)) : invalid(pages, request)
  })
  app.route('POST', PATH, async (request) => {
    if (!isSameOrigin(request)) return page(403, pages.message(request, 'error.other_site'))
    const locked = await lockDown.lock(linkIn(request), requestFacts(request))
    return locked ? page(200, pages.message(request, 'not_me.locked')) : invalid(pages, request)
  })
}

const linkIn = (request: WireRequest): string => request.query.get('link') ?? ''

const invalid = (pages: NotMeDeps['pages'], request: WireRequest): WireResponse =>
  page(410, pages.message(request, 'not_me.invalid'))
