/**
 * Asks for a second factor that the person has, whichever kinds there are: they come in, and are known by their contract
 * alone. Every answer is counted before it is looked at, per person and over all replicas (E14); a right one changes what
 * the authenticator holds in the transaction of the step, so that of two equal ones the second is wrong (E12, E16).
 */
import { parseDuration } from '../../../base/duration.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Person } from '../../../domain/people/person.ts'
import type { Proof } from '../../../domain/sessions/session.ts'
import { isChosen } from '../../../pages/read-field.ts'
import type { AuthenticatorKind, ChallengeAbout, Held } from '../../contract/authenticator.ts'
import { fact, know, proofs } from '../../contract/fact.ts'
import type { Effect, FieldError, StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { type AuthenticatorValidateConfig, validateConfig } from './config.ts'
import { validatePage } from './page.ts'

type Outcome = 'ok' | 'none' | 'failed' | 'cancelled'
type Context = StageContext<AuthenticatorValidateConfig>
type Result = StageAsk | StageEnd<Outcome>

/** What is asked of the person now, sealed: the kind, and what its challenge kept. */
const asked = fact<string>('authenticator-validate.asked')
/** Wrong answers in this attempt. A courtesy count: what keeps guessing down counts in the store, per account. */
const tries = fact<number>('authenticator-validate.tries')

/** The kinds that a person could answer by, each with their authenticators of it; the one to begin with first. */
type Choice = { readonly kind: AuthenticatorKind; readonly held: readonly Held[] }

export const authenticatorValidate = (kinds: readonly AuthenticatorKind[]) => {
  const byId = new Map(kinds.map((kind) => [kind.id, kind]))

  const choicesOf = async ({ config, person, ports }: Context): Promise<readonly Choice[]> => {
    if (!person) return []
    const all = await ports.authenticators.of(person.user.id)
    const allowed = kinds.filter(({ id }) => config.device_classes?.includes(id) ?? true)
    const choices = allowed.flatMap((kind) => {
      const held = all.filter((one) => one.kind === kind.id && kind.usable(one.data))
      return held.length > 0 ? [{ kind, held }] : []
    })
    // What was used last comes first; what stands in for others comes last.
    return choices.toSorted(
      (a, b) => Number(a.kind.backup ?? false) - Number(b.kind.backup ?? false) || lastUse(b) - lastUse(a),
    )
  }

  const aboutOf = (context: Context, person: Person, { held }: Choice, state: JsonObject | null): ChallengeAbout => ({
    person,
    request: context.request,
    ports: { random: context.ports.random, vault: context.ports.authenticators.vault },
    held,
    state,
  })

  const show = (context: Context, choices: readonly Choice[], chosen: Choice, state: JsonObject | null): StageAsk => {
    const person = personIn(context)
    return {
      ask: {
        kind: chosen.kind.id,
        part: chosen.kind.challenge.ask(aboutOf(context, person, chosen, state)),
        others: choices.filter((one) => one !== chosen).map((one) => one.kind.id),
        // In a sign-in there is nothing to go back to but its beginning.
        may_cancel: context.purpose !== 'sign_in',
      },
    }
  }

  const begin = async (context: Context, choices: readonly Choice[], chosen: Choice): Promise<StageAsk> => {
    const { challenge, id } = chosen.kind
    const { state: _none, ...about } = aboutOf(context, personIn(context), chosen, null)
    const begun = (await challenge.begin?.(about)) ?? null
    const state = begun?.state ?? null
    return {
      ...show(context, choices, chosen, state),
      know: [know(asked, context.ports.sealing.seal({ kind: id, state }))],
      effects: begun?.effects ?? [],
    }
  }

  /** What was asked, where it still can be answered: the page may be an old one, the authenticator gone. */
  const standing = (
    context: Context,
    choices: readonly Choice[],
  ): { chosen: Choice; state: JsonObject | null } | null => {
    const sealed = context.facts.get(asked)
    const open = sealed === undefined ? null : context.ports.sealing.open(sealed)
    const chosen = open && choices.find((one) => one.kind.id === open.kind)
    // Sealed above and nowhere else.
    return chosen ? { chosen, state: open.state as JsonObject | null } : null
  }

  const open = async (context: Context): Promise<Result> => {
    const choices = await choicesOf(context)
    const [first] = choices
    if (!first) return { end: 'none' }
    const recent = recentProof(context, choices)
    if (recent) return { end: 'ok', know: [know(proofs, withProof(context, recent))] }
    const before = standing(context, choices)
    return before ? show(context, choices, before.chosen, before.state) : begin(context, choices, first)
  }

  const wrong = (
    context: Context,
    person: Person,
    choices: readonly Choice[],
    tried: Choice,
    state: JsonObject | null,
  ): Result => {
    const count = (context.facts.get(tries) ?? 0) + 1
    const effects = [failedEvent(person, tried.kind.id)]
    if (count >= context.config.failed_attempts_before_cancel) return { end: 'failed', know: [know(tries, 0)], effects }
    return {
      ...show(context, choices, tried, state),
      errors: [{ field: 'code', text: 'authenticator.code_wrong' }],
      know: [know(tries, count)],
      effects,
    }
  }

  const answer = async (context: Context, input: Readonly<Record<string, string>>): Promise<Result> => {
    if (isChosen(input, 'cancel')) return { end: 'cancelled' }
    const choices = await choicesOf(context)
    const other = choices.find(({ kind }) => isChosen(input, 'use', kind.id))
    if (other) return begin(context, choices, other)
    const { person, ports } = context
    const before = standing(context, choices)
    if (!person || !before) return open(context)
    const { chosen, state } = before
    const { challenge, id, amr } = chosen.kind
    const again = (errors: readonly FieldError[]): StageAsk => ({ ...show(context, choices, chosen, state), errors })
    const read = challenge.read(input)
    if ('fault' in read) return again([read.fault])
    const taken = await ports.guesses.take(id, person.user.id)
    if ('wait' in taken) return tooSoon(again, person, taken.wait)
    const verdict = await challenge.check(read.answer, aboutOf(context, person, chosen, state))
    if (verdict === 'wrong') return wrong(context, person, choices, chosen, state)
    await ports.guesses.forgive(taken.ticket)
    const held = chosen.held.find((one) => one.id === verdict.right)
    if (!held) throw new Error(`authenticator kind ${id} took an answer for what nobody has`)
    return {
      end: 'ok',
      know: [know(proofs, withProof(context, { method: amr, at: context.request.at })), know(tries, 0)],
      effects: [
        { do: 'use_credential', user: person.user.id, credential: held.id, before: held.data, after: verdict.data },
      ],
    }
  }

  return {
    id: 'authenticator-validate',
    config: validateConfig(kinds),
    version: 1,
    outcomes: ['ok', 'none', 'failed', 'cancelled'],
    proves: true,
    // What a person has is nothing that a prediction is told of.
    predict: () => ({ outcomes: ['ok', 'none', 'failed', 'cancelled'], needsPerson: true, reads: [proofs.name] }),
    open,
    answer,
    overtaken: async (context) => {
      const { person, ports } = context
      const choices = await choicesOf(context)
      const before = standing(context, choices)
      if (!person || !before) return open(context)
      // The count of the try was taken back when it was right; it was not, after all.
      await ports.guesses.take(before.chosen.kind.id, person.user.id)
      return wrong(context, person, choices, before.chosen, before.state)
    },
    page: validatePage(byId),
  } satisfies StageKind<AuthenticatorValidateConfig, Outcome>
}

const lastUse = ({ held }: Choice): number => Math.max(...held.map((one) => one.lastUsedAt ?? 0))

const personIn = ({ person }: Context): Person => {
  if (!person) throw new Error('nobody to ask')
  return person
}

/** A proof by one of these kinds that is young enough, from this attempt or from the session it is made in. */
const recentProof = (context: Context, choices: readonly Choice[]): Proof | null => {
  const threshold = parseDuration(context.config.last_auth_threshold) ?? 0
  if (threshold <= 0) return null
  const { signedIn, person, facts, request } = context
  const own = signedIn && signedIn.person.user.id === person?.user.id ? signedIn.session.proofs : []
  const methods = new Set(choices.map((one) => one.kind.amr))
  const young = [...(facts.get(proofs) ?? []), ...own].filter(
    ({ method, at }) => methods.has(method) && request.at - at <= threshold,
  )
  return young[0] ?? null
}

const withProof = ({ facts }: Context, proof: Proof): readonly Proof[] => [
  ...(facts.get(proofs) ?? []).filter(({ method }) => method !== proof.method),
  proof,
]

const tooSoon = (again: (errors: readonly FieldError[]) => StageAsk, person: Person, wait: number): StageAsk => ({
  ...again([{ field: null, text: 'guesses.wait', values: { count: String(Math.ceil(wait / 1000)) } }]),
  effects: [failedEvent(person, 'too_soon')],
})

const failedEvent = ({ user }: Person, reason: string): Effect => ({
  do: 'record',
  event: { type: 'login.failed', user: user.id, detail: { username: user.username, reason } },
})
