/**
 * Checks a password. A wrong one, an unknown name and a person who may no longer sign in get the same words at the same
 * cost (G01); each is an event with the name that was typed. An empty form is never checked, and never passes (H01).
 */
import type { JsonObject } from '../../../base/json.ts'
import { secret } from '../../../base/secret.ts'
import type { Person } from '../../../domain/people/person.ts'
import { isChosen, readCan, readLine } from '../../../pages/read-field.ts'
import {
  browserCan,
  type Facts,
  type FactWrite,
  fact,
  know,
  passwordDue,
  pendingUser,
  persistent,
  proofs,
  typedName,
} from '../../contract/fact.ts'
import type { ForeseeContext, Foreseen } from '../../contract/foresee.ts'
import type { Effect, FieldError, Rehash, StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { PasswordConfig } from './config.ts'
import { page } from './page.ts'

type Outcome = 'ok' | 'failed' | 'cancelled'
type Context = StageContext<PasswordConfig>
type Result = StageAsk | StageEnd<Outcome>

/** Wrong passwords in this attempt. A courtesy count: what keeps guessing down counts in the store, per account. */
const tries = fact<number>('password.tries')

export const password = {
  id: 'password',
  config: PasswordConfig,
  version: 1,
  outcomes: ['ok', 'failed', 'cancelled'],
  proves: true,
  predict: () => ({ outcomes: ['ok', 'failed', 'cancelled'], needsPerson: true, reads: [] }),
  foresee: (context) => foresee(context),
  open: async (context) => ask(context),
  answer: async (context, input) => {
    // Only where it is offered: an edge may rest on that nobody leaves a sign-in by it (E19).
    if (context.purpose !== 'sign_in' && isChosen(input, 'cancel')) return { end: 'cancelled' }
    const about = await whom(context, input)
    if ('fault' in about) return ask(context, [{ field: 'username', text: about.fault }])
    const typed = Object.hasOwn(input, 'password') ? (input.password ?? '') : ''
    if (typed === '') return ask(context, [{ field: 'password', text: 'password.empty' }])
    const { guesses, passwords } = context.ports
    const taken = await guesses.take('password', about.person?.user.id ?? about.name.toLowerCase())
    if ('wait' in taken) return tooSoon(context, about, taken.wait)
    const verdict = await passwords.verify(about.person, secret(typed))
    if (verdict.verdict === 'wrong' || (verdict.verdict === 'right' && !about.person)) return wrong(context, about)
    if (verdict.verdict === 'busy' || !about.person) {
      await guesses.forgive(taken.ticket)
      return ask(context, [{ field: null, text: 'form.busy' }])
    }
    const end = right(context, about.person, verdict.rehash, input)
    return { ...end, effects: [...end.effects, { do: 'forgive_guess', ticket: taken.ticket }] }
  },
  page,
} satisfies StageKind<PasswordConfig, Outcome>

const foresee = (context: ForeseeContext<PasswordConfig>): Foreseen<Outcome> => {
  const { facts, person, means, purpose, now } = context
  const others: Foreseen<Outcome>['ends'] = purpose === 'sign_in' ? [] : [{ outcome: 'cancelled' }]
  const named = facts.get(pendingUser) === person.user.id || asksUsername(context)
  if (!means.password) return { ends: [{ outcome: 'failed' }, ...others], because: 'has no password' }
  if (!named) return { ends: [{ outcome: 'failed' }, ...others], because: 'was not named before' }
  const due = know(passwordDue, means.passwordDue === true)
  return { ends: [{ outcome: 'ok', know: [...proven(facts, person, now), due] }, ...others] }
}

type Input = Readonly<Record<string, string>>

type About = { readonly person: Person | null; readonly name: string }

/** Whose password it is to be: of whom the attempt is about, or of the name on the same page. */
const whom = async (
  context: Context,
  input: Readonly<Record<string, string>>,
): Promise<About | { readonly fault: string }> => {
  if (!asksUsername(context)) return { person: context.person, name: shownName(context) }
  const name = readLine(input, 'username')
  if (!name) return { fault: name === null ? 'identification.name_invalid' : 'identification.name_empty' }
  const found = await context.ports.people.byLogin(name)
  return { person: found?.user.kind === 'service_account' ? null : found, name }
}

/** Never once the attempt is about somebody: a proof of one person must not become another's (G04). */
const asksUsername = ({ config, facts, purpose }: Pick<Context, 'config' | 'facts' | 'purpose'>): boolean =>
  config.ask_username && purpose !== 'step_up' && !facts.get(proofs)?.length && facts.get(typedName) === undefined

/** What was typed, never what is known of whoever it belongs to. Who is signed in may see their own name. */
const shownName = ({ facts, purpose, signedIn }: Context): string =>
  facts.get(typedName) ??
  (purpose === 'step_up' || purpose === 'settings' ? (signedIn?.person.user.username ?? '') : '')

const ask = (context: Context, errors: readonly FieldError[] = []): StageAsk => {
  const { config, purpose, ports } = context
  const { recovery_flow: recovery } = config
  const both = asksUsername(context)
  return {
    ask: {
      username: both ? '' : shownName(context),
      ask_username: both,
      show: config.allow_show_password,
      persistent: config.offer_persistent && purpose === 'sign_in',
      // A way that this house cannot go is not offered: where it takes mails and none can be sent.
      recovery: recovery !== undefined && ports.flows.usable(recovery) ? recovery : null,
      // Somebody who is signed in proves it again as themself, or leaves it.
      may_cancel: purpose !== 'sign_in',
    } satisfies JsonObject,
    errors,
  }
}

/** Not even looked at: a right one among many guesses must not be told from the wrong ones. */
const tooSoon = (context: Context, about: About, wait: number): Result => ({
  ...ask(context, [{ field: null, text: 'guesses.wait', values: { count: String(Math.ceil(wait / 1000)) } }]),
  effects: [failedEvent(about, 'too_soon')],
})

const failedEvent = ({ person, name }: About, reason: string): Effect => ({
  do: 'record',
  event: { type: 'login.failed', ...(person ? { user: person.user.id } : {}), detail: { username: name, reason } },
})

const wrong = (context: Context, about: About): Result => {
  const { config, facts } = context
  const failed = failedEvent(about, 'password')
  const count = (facts.get(tries) ?? 0) + 1
  if (count >= config.failed_attempts_before_cancel) return { end: 'failed', know: [know(tries, 0)], effects: [failed] }
  return {
    ...ask(context, [{ field: 'password', text: 'password.wrong' }]),
    know: [know(tries, count)],
    effects: [failed],
  }
}

const proven = (facts: Facts, { user }: Person, at: number): readonly FactWrite[] => {
  const others = (facts.get(proofs) ?? []).filter((proof) => proof.method !== 'pwd')
  return [know(pendingUser, user.id), know(proofs, [...others, { method: 'pwd', at }])]
}

const right = (
  context: Context,
  about: Person,
  rehash: Rehash | null,
  input: Input,
): StageEnd<Outcome> & { readonly effects: readonly Effect[] } => {
  const { config, facts, purpose, request } = context
  const offered = config.offer_persistent && purpose === 'sign_in'
  return {
    end: 'ok',
    know: [
      ...proven(facts, about, request.at),
      know(tries, 0),
      know(passwordDue, context.ports.passwords.due(about, request.at)),
      know(browserCan, readCan(input)),
      ...(offered ? [know(persistent, isChosen(input, 'persistent'))] : []),
    ],
    effects: rehash === null ? [] : [{ do: 'rehash_password', user: about.user.id, rehash }],
  }
}
