/** Renders what handlers show: steps of flows, refusals, errors, and the pages of one's own, in the visitor's language. */
import { html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { json, type WireRequest, type WireResponse } from '../base/wire.ts'
import { flowAddress } from '../core/flow-address.ts'
import type { Decision } from '../domain/decisions/decision.ts'
import type { Person } from '../domain/people/person.ts'
import { primaryEmail } from '../domain/people/person.ts'
import { type AuthenticatorKind, textOf } from '../kinds/contract/authenticator.ts'
import type { CompiledApplication, SignedIn } from '../kinds/contract/provider.ts'
import type { FlowPurpose, LinkPurpose } from '../kinds/contract/stage.ts'
import { applicationsPage, type DeskFrame, devicesPage } from '../pages/desk-page.ts'
import { type DoorContent, type DoorFrame, doorPage } from '../pages/door-page.ts'
import { shutGate } from '../pages/icons.ts'
import { linkButton, mainButton, setupHelp, slip } from '../pages/parts.ts'
import { name, say } from '../pages/say.ts'
import { securityPage } from '../pages/security-page.ts'
import { chooseLocale, translator } from '../pages/texts.ts'
import { denialText } from '../policy/explain.ts'
import type { Refused, Shown } from './flow/flow-routes.ts'
import { page, type Rendered } from './page-response.ts'
import type { DevicesShown } from './portal/portal-routes.ts'
import type { SecurityShown } from './portal/security-routes.ts'

type Brand = { readonly title: string; readonly logo: string | null; readonly locale: string | null }

export type HousePagesDeps = {
  readonly brand: (origin: string) => Brand | undefined
  /** The slug that serves a purpose at this address. */
  readonly flowSlug: (purpose: FlowPurpose, application: string | null, origin: string) => string
  readonly authenticatorKinds: readonly Pick<AuthenticatorKind, 'id' | 'icon' | 'single'>[]
  /** `/` or `/auth/`. */
  readonly webPath: string
}

export type HousePages = ReturnType<typeof createHousePages>

type ErrorInput = {
  readonly status: number
  readonly text: string
  /** For whoever looks after an application: a key whose `{term}` is the same in every language. */
  readonly technical?: { readonly text: string; readonly term: string }
  /** Finds the request in the log. */
  readonly reference?: string
}

const PLAIN: Brand = { title: 'Gatehouse', logo: null, locale: null }

export const createHousePages = ({ brand: brandAt, flowSlug, authenticatorKinds, webPath }: HousePagesDeps) => {
  const kinds = new Map(authenticatorKinds.map((kind) => [kind.id, kind]))
  const portal = `${webPath}if/user/`
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
  const rendered = (request: WireRequest, markup: string): Rendered => ({ markup, logo: brandOf(request).logo })
  const door = (request: WireRequest, t: Translate, content: DoorContent, here?: string): Rendered =>
    rendered(request, doorPage(frame(request, t, here), content))
  /** Signs out, and then leads to `next`, where somebody else may sign in. */
  const otherAccount = (request: WireRequest, application: string | null, next: string | null): string =>
    flowAddress(webPath, flowSlug('sign_out', application, request.origin), next)
  const desk = (request: WireRequest, { person }: SignedIn): DeskFrame => ({
    ...frame(request, speak(request, person.user.locale ? [person.user.locale] : [])),
    person: { name: person.user.name, username: person.user.username, email: primaryEmail(person)?.address ?? null },
  })

  const step = (
    request: WireRequest,
    shown: Shown,
    form: { action: string; restart: string; values: Readonly<Record<string, string>> },
  ): Rendered => {
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
      signedIn:
        shown.signedInAs === null
          ? null
          : {
              username: shown.signedInAs,
              otherAccount: otherAccount(request, shown.destination?.application ?? null, shown.next),
            },
    })
    if (!stage) throw new Error(`stage kind ${shown.stage.id} asks and has no page`)
    return door(request, t, { ...stage, problem: shown.errors.length > 0 }, form.restart)
  }

  const refused = (request: WireRequest, { code }: Pick<Refused, 'code'>, restart: string | null): Rendered => {
    const t = speak(request)
    const again = restart ?? portal
    const label = t(code === 'signed_out' ? 'common.sign_in_again' : 'common.begin_again')
    return door(
      request,
      t,
      {
        title: t(`refused.${code}.title`),
        lead: html`${t(`refused.${code}.text`)}`,
        head: shutGate,
        problem: true,
        body: html`<div class="body">${linkButton(label, again, true)}</div>`,
      },
      again,
    )
  }

  const message = (request: WireRequest, text: string, again: string | null = null): Rendered => {
    const t = speak(request)
    const way =
      text === 'setup.link_invalid'
        ? html`${setupHelp(t)}${linkButton(t('common.sign_in'), portal, true)}`
        : text === 'not_me.locked'
          ? // Nothing opens for them now.
            html``
          : again === null
            ? linkButton(t('common.my_applications'), portal, true)
            : linkButton(t('common.try_again'), again, true)
    const content = {
      title: t(`${text}.title`),
      lead: html`${t(`${text}.text`)}`,
      head: shutGate,
      problem: true,
      body: html`<div class="body">${way}</div>`,
    }
    return door(request, t, content, again ?? portal)
  }

  const denied = (
    request: WireRequest,
    input: { application: string; person: Person | null; decision: Decision },
  ): WireResponse => {
    const t = speak(request)
    const { code } = input.decision
    const here = request.path + (request.query.size > 0 ? `?${request.query}` : '')
    const shown = door(request, t, {
      title: t('denied.title'),
      lead: html`${t(denialText(input.decision))}`,
      head: shutGate,
      problem: true,
      body: html`<div class="body">${code !== undefined && slip(t('denied.code'), code, t('denied.code_hint'))}
${linkButton(t('common.my_applications'), portal)}${linkButton(t('denied.other_account'), otherAccount(request, input.application, here))}</div>`,
    })
    return page(403, shown)
  }

  const error = (request: WireRequest, input: ErrorInput): WireResponse => {
    const t = speak(request)
    const { reference, technical } = input
    const body = html`<div class="body">${technical && html`<p class="under">${say(t, technical.text, { term: html`<code class="ltr">${technical.term}</code>` })}</p>`}${
      reference !== undefined && html`<p class="under"><code class="ltr">${reference}</code></p>`
    }${linkButton(t('common.my_applications'), portal, true)}</div>`
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
    wrongMethod: (request: WireRequest, allow: string): WireResponse => {
      const refusal = error(request, { status: 405, text: 'error.wrong_method' })
      return { ...refusal, headers: { ...refusal.headers, allow } }
    },
    failed: (request: WireRequest, thrown: unknown): WireResponse => {
      const status = (thrown as { statusCode?: number }).statusCode ?? 500
      const text = status === 413 ? 'error.too_long' : status < 500 ? 'error.malformed' : 'error.internal'
      if (request.path.startsWith('/api/'))
        return problem(status, text.slice('error.'.length), 'The request could not be taken.', request)
      return error(request, { status, text, reference: request.id })
    },
    recovery: (request: WireRequest): Rendered => {
      const t = speak(request)
      const form = html`<form method="post">${mainButton({ label: t('recovery.submit') })}</form>`
      return door(request, t, { title: t('recovery.title'), lead: html`${t('recovery.lead')}`, body: form })
    },
    notMe: (request: WireRequest, username: string): Rendered => {
      const t = speak(request)
      const form = html`<form method="post">${mainButton({ label: t('not_me.submit') })}</form>`
      return door(request, t, {
        title: t('not_me.title'),
        lead: say(t, 'not_me.lead', { username: name(username) }),
        head: shutGate,
        body: form,
      })
    },
    mailLink: (request: WireRequest, purpose: LinkPurpose, username: string): Rendered => {
      const t = speak(request)
      const form = html`<form method="post">${mainButton({ label: t('mail_link.submit') })}</form>`
      // A link of somebody else's account would sign in as them: whose it is, is said before.
      const lead =
        username === ''
          ? html`${t(`mail_link.${purpose}.lead`)}`
          : say(t, `mail_link.${purpose}.lead`, { username: name(username) })
      return door(request, t, { title: t(`mail_link.${purpose}.title`), lead, body: form })
    },
    applications: (request: WireRequest, signedIn: SignedIn, applications: readonly CompiledApplication[]): Rendered =>
      rendered(
        request,
        applicationsPage(
          desk(request, signedIn),
          applications.map(({ slug, name }) => ({ name, slug, href: `${webPath}application/launch/${slug}/` })),
        ),
      ),
    security: (
      request: WireRequest,
      signedIn: SignedIn,
      { authenticators, addable, blocked, ways, csrf }: SecurityShown,
    ): Rendered =>
      rendered(
        request,
        securityPage(desk(request, signedIn), {
          items: authenticators.flatMap((one) => {
            const kind = kinds.get(one.kind)
            return kind ? [{ ...one, text: textOf(one.kind), icon: kind.icon, nameable: kind.single !== true }] : []
          }),
          addable: addable.flatMap((one) => {
            const kind = kinds.get(one.kind)
            return kind ? [{ href: one.href, text: textOf(one.kind), icon: kind.icon }] : []
          }),
          blocked: blocked.map(({ kind, why }) => ({ text: textOf(kind), why })),
          ways,
          csrf,
        }),
      ),
    devices: (request: WireRequest, signedIn: SignedIn, { sessions, trusted, csrf }: DevicesShown): Rendered =>
      rendered(
        request,
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
          trusted,
        ),
      ),
  }
}

const problem = (status: number, code: string, title: string, request: WireRequest): WireResponse =>
  json(
    status,
    { type: `about:blank#${code}`, code, title, status, request: request.id },
    { 'content-type': 'application/problem+json' },
  )
