/**
 * Asks who somebody is. A name proves nothing here, and nothing is told: an unknown one goes on like a known one, with a
 * fact of the same size in its place (G01). A passkey in its place says who it is and proves it: then it ends `proven`.
 */
import type { JsonObject } from '../../../base/json.ts'
import type { Person } from '../../../domain/people/person.ts'
import { emailKey, usernameKey } from '../../../domain/users/user.ts'
import { readCan, readLine } from '../../../pages/read-field.ts'
import type { AuthenticatorKind } from '../../contract/authenticator.ts'
import { browserCan, type FactWrite, know, nobody, pendingUser, proofs, typedName } from '../../contract/fact.ts'
import type { ForeseeContext, Foreseen } from '../../contract/foresee.ts'
import type { Effect, FieldError, StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { type IdentificationConfig, identificationConfig } from './config.ts'
import { beginDiscovery, discoverersOf, forgetDiscovery, judgeDiscovery } from './discovery.ts'
import { identificationPage } from './page.ts'

type Outcome = 'ok' | 'proven'
type Context = StageContext<IdentificationConfig>

export const identification = (kinds: readonly AuthenticatorKind[]) => {
  const discoverers = discoverersOf(kinds)

  const ask = (
    context: Context,
    username: string,
    errors: readonly FieldError[] = [],
    effects: readonly Effect[] = [],
  ): StageAsk => {
    const { config, ports, purpose, place } = context
    const discovery = beginDiscovery(context, discoverers)
    return {
      ask: {
        username,
        fields: config.user_fields,
        remember: config.enable_remember_me && config.user_fields.length > 0 && purpose !== 'recover',
        enrollment: usable(ports, config.enrollment_flow) ?? (purpose === 'sign_in' ? ports.flows.way('enrol') : null),
        magic_link: purpose === 'sign_in' ? otherThan(place.flow, ports.flows.way('magic_link')) : null,
        recovery: usable(ports, config.recovery_flow),
        ...(config.enable_passkeys
          ? { discover: discovery.ask, blocked: discovery.blocked, fallback: usable(ports, config.fallback_flow) }
          : {}),
        ...(purpose === 'recover' ? { purpose } : {}),
      } satisfies JsonObject,
      errors,
      effects,
      know: discovery.know,
    }
  }

  const answer = async (
    context: Context,
    input: Readonly<Record<string, string>>,
  ): Promise<StageAsk | StageEnd<Outcome>> => {
    const discovered = await judgeDiscovery(context, discoverers, input)
    if (discovered && 'end' in discovered) return discovered.end
    if (discovered) return ask(context, readLine(input, 'username') ?? '', discovered.errors, discovered.effects)
    const typed = readLine(input, 'username')
    if (!typed || context.config.user_fields.length === 0) {
      return ask(context, '', [{ field: 'username', text: fault(context.config, typed) }])
    }
    const found = await context.ports.people.byLogin(typed)
    const person = found && mayBeNamed(found, typed, context.config) ? found.user.id : nobody
    return { end: 'ok', know: [know(pendingUser, person), know(typedName, typed), ...learn(context, input)] }
  }

  return {
    id: 'identification',
    config: identificationConfig(kinds),
    version: 1,
    outcomes: ['ok', 'proven'],
    outcomesOf,
    proves: true,
    provenBy: ['proven'],
    predict: ({ config }) => ({ outcomes: outcomesOf(config), needsPerson: true, reads: [] }),
    foresee,
    open: async (context) => ask(context, context.facts.get(typedName) ?? hinted(context)),
    answer,
    // Somebody else was quicker with the same answer: it is one that was used.
    overtaken: async (context) => ask(context, '', [{ field: null, text: 'identification.overtaken' }]),
    page: identificationPage(new Map(discoverers.map((kind) => [kind.id, kind]))),
  } satisfies StageKind<IdentificationConfig, Outcome>
}

const outcomesOf = ({ user_fields, enable_passkeys }: IdentificationConfig): readonly Outcome[] => [
  ...(user_fields.length > 0 ? (['ok'] as const) : []),
  ...(enable_passkeys ? (['proven'] as const) : []),
]

/** What the page's script says the browser can do; without script it says nothing, and that is known then. */
const learn = ({ config }: Context, input: Readonly<Record<string, string>>): readonly FactWrite[] => {
  if (!config.enable_passkeys) return []
  return [...forgetDiscovery, know(browserCan, readCan(input))]
}

/** They name themselves in the first way that is taken of them. */
const foresee = ({ config, person, means, now }: ForeseeContext<IdentificationConfig>): Foreseen<Outcome> => {
  const alone = config.enable_passkeys && means.authenticators.find((one) => one.usable && one.standsAlone)
  const discovered = alone
    ? [
        {
          outcome: 'proven',
          know: [
            know(pendingUser, person.user.id),
            know(typedName, person.user.username),
            know(
              proofs,
              [alone.amr, 'user'].map((method) => ({ method, at: now })),
            ),
          ],
        } as const,
      ]
    : []
  const name = means.names.find((one) => mayBeNamed(person, one, config))
  if (name !== undefined) {
    const named = { outcome: 'ok', know: [know(pendingUser, person.user.id), know(typedName, name)] } as const
    return { ends: [...discovered, named] }
  }
  if (discovered.length > 0) return { ends: discovered }
  if (config.user_fields.length === 0) return { ends: [], because: 'has no passkey' }
  return {
    ends: [{ outcome: 'ok', know: [know(pendingUser, nobody), know(typedName, '')] }],
    because: `cannot be named by ${config.user_fields.join(' or ')}`,
  }
}

/** A flow does not lead to itself. */
const otherThan = (here: string, slug: string | null): string | null => (slug === here ? null : slug)

/** A way that this house cannot go is not offered. */
const usable = ({ flows }: Context['ports'], slug: string | undefined): string | null =>
  slug !== undefined && flows.usable(slug) ? slug : null

/** `login_hint` comes from another site: shown as a name to begin with, if it could be one. */
const hinted = ({ destination }: Context): string => readLine({ hint: destination?.loginHint ?? '' }, 'hint') ?? ''

const fault = ({ user_fields }: IdentificationConfig, typed: string | null): string => {
  if (user_fields.length === 0) return 'identification.passkey_only'
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
