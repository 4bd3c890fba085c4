/** Renders what handlers show: steps of flows, refusals, errors, and the pages of one's own, in the visitor's language. */
import { html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { json, type WireRequest, type WireResponse } from '../base/wire.ts'
import type { Decision } from '../domain/decisions/decision.ts'
import type { Person } from '../domain/people/person.ts'
import { primaryEmail } from '../domain/people/person.ts'
import type { Session } from '../domain/sessions/session.ts'
import type { CompiledApplication, SignedIn } from '../kinds/contract/provider.ts'
import { applicationsPage, type DeskFrame, devicesPage } from '../pages/desk-page.ts'
import { type DoorContent, type DoorFrame, doorPage } from '../pages/door-page.ts'
import { shutGate } from '../pages/icons.ts'
import { linkButton, mainButton, slip } from '../pages/parts.ts'
import { chooseLocale, translator } from '../pages/texts.ts'
import { denialText } from '../policy/explain.ts'
import type { Refused, Shown } from './flow/flow-routes.ts'
import { page } from './page-response.ts'

type Brand = { readonly title: string; readonly logo: string | null; readonly locale: string | null }

export type HousePagesDeps = {
  readonly brand: (origin: string) => Brand | undefined
  /** `/` or `/auth/`. */
  readonly webPath: string
}

export type HousePages = ReturnType<typeof createHousePages>

const PLAIN: Brand = { title: 'Gatehouse', logo: null, locale: null }

export const createHousePages = ({ brand: brandAt, webPath }: HousePagesDeps) => {
  const brandOf = (request: WireRequest): Brand => brandAt(request.origin) ?? PLAIN
  const speak = (request: WireRequest, asked: readonly string[] = []): Translate =>
    translator(
      chooseLocale({
        chosen: request.cookies.get('language'),
        asked,
        acceptLanguage: request.headers['accept-language'],
        fallback: brandOf(request).locale,
      }),
    )
  const frame = (request: WireRequest, t: Translate, here?: string): DoorFrame => {
    const theme = request.cookies.get('theme')
    return {
      t,
      brand: brandOf(request),
      host: new URL(request.origin).host,
      theme: theme === 'light' || theme === 'dark' ? theme : null,
      webPath,
      here: here ?? `${webPath.slice(0, -1)}${request.path}${request.query.size > 0 ? `?${request.query}` : ''}`,
    }
  }
  const door = (request: WireRequest, t: Translate, content: DoorContent, here?: string): string =>
    doorPage(frame(request, t, here), content)
  const desk = (request: WireRequest, { person }: SignedIn): DeskFrame => ({
    ...frame(request, speak(request, person.user.locale ? [person.user.locale] : [])),
    person: { name: person.user.name, username: person.user.username, email: primaryEmail(person)?.address ?? null },
  })

  const step = (
    request: WireRequest,
    shown: Shown,
    form: { action: string; restart: string; values: Readonly<Record<string, string>> },
  ): string => {
    const t = speak(request, shown.destination?.uiLocales)
    const stage = shown.stage.page?.(shown.ask, {
      t,
      errors: shown.errors,
      values: form.values,
      destination: shown.destination,
      personName: shown.personName,
      hidden: html`<input type="hidden" name="attempt" value="${shown.attempt}"><input type="hidden" name="step" value="${shown.step}">`,
      action: form.action,
      restart: form.restart,
    })
    if (!stage) throw new Error(`stage kind ${shown.stage.id} asks and has no page`)
    return door(request, t, { ...stage, problem: shown.errors.length > 0 }, form.restart)
  }

  const refused = (request: WireRequest, { code }: Pick<Refused, 'code'>, restart: string | null): string => {
    const t = speak(request)
    const again = restart ?? `${webPath}if/user/`
    return door(
      request,
      t,
      {
        title: t(`refused.${code}.title`),
        lead: html`${t(`refused.${code}.text`)}`,
        head: shutGate,
        problem: true,
        body: html`<div class="body">${linkButton(t('common.begin_again'), again, true)}</div>`,
      },
      again,
    )
  }

  const message = (request: WireRequest, text: string): string => {
    const t = speak(request)
    return door(
      request,
      t,
      { title: t(`${text}.title`), lead: html`${t(`${text}.text`)}`, head: shutGate, problem: true, body: html`` },
      `${webPath}if/user/`,
    )
  }

  const denied = (
    request: WireRequest,
    input: { application: string; person: Person | null; decision: Decision },
  ): WireResponse => {
    const t = speak(request)
    const { code } = input.decision
    const markup = door(request, t, {
      title: t('denied.title'),
      lead: html`${t(denialText(input.decision))}`,
      head: shutGate,
      problem: true,
      body: html`<div class="body">${code !== undefined && slip(t('denied.code'), code, t('denied.code_hint'))}
${linkButton(t('denied.my_applications'), `${webPath}if/user/`)}${linkButton(t('denied.other_account'), `${webPath}if/flow/sign-out/?next=${encodeURIComponent(request.path + (request.query.size > 0 ? `?${request.query}` : ''))}`)}</div>`,
    })
    return page(403, markup)
  }

  const error = (request: WireRequest, input: { status: number; text: string; detail?: string }): WireResponse => {
    const t = speak(request)
    const body = html`<div class="body">${input.detail !== undefined && html`<p class="skipjs"><bdi>${input.detail}</bdi></p>`}</div>`
    const content = {
      title: t(`${input.text}.title`),
      lead: html`${t(`${input.text}.text`)}`,
      head: shutGate,
      problem: true,
      body,
    }
    return page(input.status, door(request, t, content))
  }

  return {
    step,
    refused,
    message,
    denied,
    error,
    notFound: (request: WireRequest): WireResponse =>
      request.path.startsWith('/api/')
        ? problem(404, 'not_found', 'Nothing is here.', request)
        : error(request, { status: 404, text: 'error.not_found' }),
    failed: (request: WireRequest, thrown: unknown): WireResponse => {
      const status = (thrown as { statusCode?: number }).statusCode ?? 500
      const text = status === 413 ? 'error.too_long' : status < 500 ? 'error.malformed' : 'error.internal'
      if (request.path.startsWith('/api/'))
        return problem(status, text.slice('error.'.length), 'The request could not be taken.', request)
      return error(request, { status, text, detail: request.id })
    },
    recovery: (request: WireRequest): string => {
      const t = speak(request)
      const form = html`<form method="post">${mainButton({ label: t('recovery.submit') })}</form>`
      return door(request, t, { title: t('recovery.title'), lead: html`${t('recovery.lead')}`, body: form })
    },
    applications: (request: WireRequest, signedIn: SignedIn, applications: readonly CompiledApplication[]): string =>
      applicationsPage(
        desk(request, signedIn),
        applications.map(({ slug, name }) => ({ name, slug, href: `${webPath}application/launch/${slug}/` })),
      ),
    devices: (request: WireRequest, signedIn: SignedIn, sessions: readonly Session[], csrf: string): string =>
      devicesPage(
        desk(request, signedIn),
        sessions.map((session) => ({
          id: session.id,
          userAgent: session.userAgent,
          ip: session.ip,
          lastSeenAt: session.lastSeenAt,
          createdAt: session.createdAt,
          here: session.id === signedIn.session.id,
        })),
        csrf,
      ),
  }
}

const problem = (status: number, code: string, title: string, request: WireRequest): WireResponse =>
  json(
    status,
    { type: `about:blank#${code}`, code, title, status, request: request.id },
    { 'content-type': 'application/problem+json' },
  )
