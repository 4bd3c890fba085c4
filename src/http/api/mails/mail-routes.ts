/** Mails: what waits in the outbox, how one reads, and whether the mail server takes any. */
import type { Json } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Type } from '../../../base/schema.ts'
import { MAIL_JOB } from '../../../core/mails/outbox.ts'
import { sampleContents } from '../../../core/mails/sample-contents.ts'
import { isEmailAddress } from '../../../domain/users/user.ts'
import { MAILS, type MailContent } from '../../../pages/mail/mail-content.ts'
import type { Job } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { change } from '../change.ts'
import { listParameters, listQuery, WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { Instant, instant, ListOf, pageAnswer } from '../shapes.ts'

const TAG = 'Mails'
const STATES = ['waiting', 'running', 'dead'] as const

const OutboxView = Closed(
  {
    id: Type.String({ format: 'id', description: 'Of its job: `POST /jobs/<id>/retry` sends a dead one again.' }),
    mail: Type.String({ description: 'Which mail it is.' }),
    to: Type.String(),
    state: Type.Enum([...STATES]),
    due_at: Instant('When it is, or was, to be sent.'),
    attempts: Type.Integer({ description: 'How often it was tried.' }),
    last_error: Type.Union([Type.String(), Type.Null()]),
  },
  { title: 'Outgoing mail' },
)

/** What it says is never told: it may hold a link that signs somebody in. */
const outboxView = ({ id, payload, state, dueAt, attempts, lastError }: Job): Json => ({
  id,
  mail: typeof payload.mail === 'string' ? payload.mail : '',
  to: typeof payload.to === 'string' ? payload.to : '',
  state,
  due_at: instant(dueAt),
  attempts,
  last_error: lastError,
})

const TestedMail = Closed(
  {
    sent: Type.Boolean(),
    code: Type.Union([Type.String(), Type.Null()], { description: 'Why it was not sent.' }),
    message: Type.String(),
    dialogue: Type.Array(Type.String(), {
      description: 'What was said, line by line: `C:` by this house, `S:` by the server. Without the password.',
    }),
  },
  { title: 'Tested mail' },
)

export const mailRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'mails.list',
    summary: 'Lists the outbox: mails that wait, are being sent, or were given up on. Those that were sent are gone.',
    method: 'GET',
    path: '/mails',
    permission: 'jobs.read',
    query: Closed({ ...listParameters, state: Type.Optional(Type.Enum([...STATES])) }),
    response: ListOf(OutboxView),
    handle: async ({ query, caller }) => {
      const { search: _search, ...asked } = listQuery(query, caller)
      const wanted = { ...asked, search: MAIL_JOB, ...(query.state === undefined ? {} : { state: query.state }) }
      const { items, next } = await deps.store.jobs.list(deps.store.read, wanted)
      // Without those of nobody, which are there for a moment only so that nobody's name costs as much as another.
      return ok(pageAnswer({ items: items.filter(({ payload }) => typeof payload.to === 'string'), next }, outboxView))
    },
  }),
  route({
    tag: TAG,
    id: 'mails.preview',
    summary: 'Tells how a mail reads, with made-up values in it.',
    method: 'GET',
    path: '/mails/:mail/preview',
    permission: 'settings.read',
    query: Closed({ locale: Type.Optional(Type.String({ pattern: '^[A-Za-z-]{2,20}$', description: 'A language.' })) }),
    response: Closed({ subject: Type.String(), language: Type.String(), text: Type.String(), html: Type.String() }),
    handle: ({ params, query, request }) => {
      const mail = MAILS.find((one) => one === params.mail)
      if (!mail) return refuse('not_found', `There is no mail "${params.mail}". There are: ${MAILS.join(', ')}.`)
      const content: MailContent = sampleContents(request.now)[mail]
      const { subject, language, text, html } = deps.mails.outbox.words(content, query.locale ?? null, request.origin)
      return ok({ body: { subject, language, text, html } })
    },
  }),
  route({
    tag: TAG,
    id: 'settings.test_mail',
    summary: 'Sends a test mail at once, and tells what the mail server said.',
    method: 'POST',
    path: '/settings/instance/test_mail',
    permission: 'settings.write',
    query: WhyParameter,
    body: Closed({ to: Type.String({ maxLength: 254 }) }),
    response: TestedMail,
    handle: (call) => testMail(deps, call),
  }),
]

const testMail = async (
  deps: ApiDeps,
  call: Call<WhyParameter, { readonly to: string }>,
): Promise<Result<Answer, ApiFailure>> => {
  const { to } = call.body
  if (!isEmailAddress(to)) {
    return refuse('invalid', 'The address is not valid.', [{ path: 'to', message: 'must be an e-mail address' }])
  }
  if (!deps.mails.outbox.ready())
    return refuse('mail_unavailable', 'No mail server is set up: see `mail` in the settings.')
  // Recorded first: whatever becomes of it, somebody had this house speak to that server.
  const recorded = await change(deps, call, async ({ record }) => {
    await record('mail.tested', 'settings/instance', { to })
    return ok(null)
  })
  if (!recorded.ok) return recorded
  const dialogue: string[] = []
  const id = call.request.id.replace(/[^A-Za-z0-9-]/g, '').slice(0, 64) || 'test'
  const sent = await deps.mails.outbox.test(to, call.request.origin, id, (line) => dialogue.push(line))
  const told = sent.ok
    ? { sent: true, code: null, message: sent.value.answer }
    : { sent: false, code: sent.error.code, message: [sent.error.message, sent.error.detail].filter(Boolean).join(' ') }
  return ok({ body: { ...told, dialogue } })
}
