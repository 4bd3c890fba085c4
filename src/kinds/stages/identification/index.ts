/**
 * Asks who somebody is. Nothing is proven here, and nothing is told: an unknown name goes on like a known one, with a
 * fact of the same size in its place (G01).
 */
import type { JsonObject } from '../../../base/json.ts'
import type { Person } from '../../../domain/people/person.ts'
import { emailKey, usernameKey } from '../../../domain/users/user.ts'
import { readLine } from '../../../pages/read-field.ts'
import { know, nobody, pendingUser, typedName } from '../../contract/fact.ts'
import type { FieldError, StageAsk, StageContext, StageKind } from '../../contract/stage.ts'
import { IdentificationConfig } from './config.ts'
import { page } from './page.ts'

type Context = StageContext<IdentificationConfig>

export const identification = {
  id: 'identification',
  config: IdentificationConfig,
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ outcomes: ['ok'], needsPerson: true, reads: [] }),
  open: async (context) => ask(context, context.facts.get(typedName) ?? hinted(context)),
  answer: async (context, input) => {
    const typed = readLine(input, 'username')
    if (!typed) return ask(context, '', [{ field: 'username', text: fault(context.config, typed) }])
    const found = await context.ports.people.byLogin(typed)
    const person = found && mayBeNamed(found, typed, context.config) ? found.user.id : nobody
    return { end: 'ok', know: [know(pendingUser, person), know(typedName, typed)] }
  },
  page,
} satisfies StageKind<IdentificationConfig, 'ok'>

const ask = ({ config, ports, purpose }: Context, username: string, errors: readonly FieldError[] = []): StageAsk => ({
  ask: {
    username,
    fields: config.user_fields,
    remember: config.enable_remember_me && purpose !== 'recover',
    enrollment: usable(ports, config.enrollment_flow),
    recovery: usable(ports, config.recovery_flow),
    ...(purpose === 'recover' ? { purpose } : {}),
  } satisfies JsonObject,
  errors,
})

/** A way that this house cannot go is not offered. */
const usable = ({ flows }: Context['ports'], slug: string | undefined): string | null =>
  slug !== undefined && flows.usable(slug) ? slug : null

/** `login_hint` comes from another site: shown as a name to begin with, if it could be one. */
const hinted = ({ destination }: Context): string => readLine({ hint: destination?.loginHint ?? '' }, 'hint') ?? ''

const fault = ({ user_fields }: IdentificationConfig, typed: string | null): string => {
  if (typed === null) return 'identification.name_invalid'
  if (user_fields.length > 1) return 'identification.name_empty'
  return user_fields[0] === 'email' ? 'identification.email_empty' : 'identification.username_empty'
}

/** A machine's account signs in nowhere by a page; and a name counts only for the way of naming that is switched on. */
const mayBeNamed = ({ user, emails }: Person, typed: string, { user_fields }: IdentificationConfig): boolean => {
  if (user.kind === 'service_account') return false
  if (user_fields.includes('username') && usernameKey(typed) === usernameKey(user.username)) return true
  return user_fields.includes('email') && emails.some((email) => emailKey(email.address) === emailKey(typed))
}
