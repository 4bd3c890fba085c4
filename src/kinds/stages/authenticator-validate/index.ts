/**
 * Asks for a second factor that the person has, whichever kinds there are: they come in, and are known by their contract
 * alone. Every answer is counted before it is looked at, per person and over all replicas (E14); a right one changes what
 * the authenticator holds in the transaction of the step, so that of two equal ones the second is wrong (E12, E16).
 */
import { DAY } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/duration.ts'
import { type CredentialId, newId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { token } from '../../../base/random.ts'
import { secret } from '../../../base/secret.ts'
import type { Person } from '../../../domain/people/person.ts'
import { ownProofs, type Proof, TRUSTED_DEVICE } from '../../../domain/sessions/session.ts'
import { isChosen } from '../../../pages/read-field.ts'
import type { AuthenticatorKind, ChallengeAbout, Held, Noticed } from '../../contract/authenticator.ts'
import { browserCan, fact, know, pendingUser, proofs } from '../../contract/fact.ts'
import type { ForeseeContext, Foreseen } from '../../contract/foresee.ts'
import type { Effect, FieldError, StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { whereItAnswers } from '../../contract/where-it-answers.ts'
import { type AuthenticatorValidateConfig, validateConfig } from './config.ts'
import { validatePage } from './page.ts'

type Outcome = 'ok' | 'none' | 'failed' | 'cancelled' | 'password'
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

  const allowedOf = ({ config }: Context): readonly AuthenticatorKind[] =>
    kinds.filter(({ id }) => config.device_classes?.includes(id) ?? true)

  /**
   * Where what the person has answers, of those of whom none answers here. Without it whoever found out a password would
   * go to the address at which there is nothing to ask for (E21). In the place of a password, the password follows.
   */
  const elsewhere = async (context: Context): Promise<readonly string[]> => {
    const { config, person, ports, request } = context
    if (!person || config.instead_of_password) return []
    const all = await ports.authenticators.of(person.user.id)
    const about = { request, ports: portsOf(ports, null) }
    const origins = allowedOf(context).flatMap((kind) =>
      all.filter((one) => one.kind === kind.id).flatMap(({ data }) => whereItAnswers(kind, data, about).elsewhere),
    )
    return [...new Set(origins)].map((origin) => new URL(origin).host)
  }

  const choicesOf = async (context: Context): Promise<readonly Choice[]> => {
    const { person, ports, facts } = context
    if (!person) return []
    const all = await ports.authenticators.of(person.user.id)
    const choices = allowedOf(context).flatMap((kind) => {
      const held = all.filter((one) => one.kind === kind.id && answers(context, kind, one))
      return held.length > 0 ? [{ kind, held }] : []
    })
    const can = facts.get(browserCan)
    return choices.toSorted((a, b) => rank(a.kind, can) - rank(b.kind, can) || lastUse(b) - lastUse(a))
  }

  const aboutOf = (
    { config, request, ports }: Context,
    person: Person,
    { kind, held }: Choice,
    state: JsonObject | null,
  ): ChallengeAbout => ({
    person,
    request,
    ports: portsOf(ports, person),
    held,
    state,
    config: config.kinds[kind.id],
    alone: config.instead_of_password,
  })

  const show = (context: Context, choices: readonly Choice[], chosen: Choice, state: JsonObject | null): StageAsk => {
    const person = personIn(context)
    return {
      ask: {
        kind: chosen.kind.id,
        part: chosen.kind.challenge.ask(aboutOf(context, person, chosen, state)),
        others: choices.filter((one) => one !== chosen).map((one) => one.kind.id),
        may_cancel: mayCancel(context),
        ...(mayTrust(context) ? { trust_days: Math.round(rememberedFor(context.config) / DAY) } : {}),
        ...(context.config.instead_of_password ? { password: true } : {}),
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
    if (!first) {
      const hosts = await elsewhere(context)
      return hosts.length === 0 ? { end: 'none' } : { ask: { elsewhere: hosts, may_cancel: mayCancel(context) } }
    }
    const trusted = await byTrust(context)
    if (trusted) return trusted
    const recent = recentProof(context, choices)
    if (recent.length > 0) return { end: 'ok', know: [know(proofs, merged(context, recent))] }
    const before = standing(context, choices)
    return before ? show(context, choices, before.chosen, before.state) : begin(context, choices, first)
  }

  const wrong = async (
    context: Context,
    person: Person,
    choices: readonly Choice[],
    tried: Choice,
    state: JsonObject | null,
    verdict: Wrong = 'wrong',
  ): Promise<Result> => {
    const { kind, held } = tried
    const count = (context.facts.get(tries) ?? 0) + 1
    const why = verdict === 'wrong' ? {} : { why: verdict.wrong }
    const noticed = verdict === 'wrong' ? [] : noticedEvents(person, kind, held, verdict.noticed)
    const effects = [failedEvent(person, kind.id, why), ...noticed]
    if (count >= context.config.failed_attempts_before_cancel) return { end: 'failed', know: [know(tries, 0)], effects }
    const shown: StageAsk = kind.challenge.once
      ? await begin(context, choices, tried)
      : show(context, choices, tried, state)
    return {
      ...shown,
      errors: [kind.challenge.wrong ?? { field: 'code', text: 'authenticator.code_wrong' }],
      know: [...(shown.know ?? []), know(tries, count)],
      effects: [...(shown.effects ?? []), ...effects],
    }
  }

  const answer = async (context: Context, input: Readonly<Record<string, string>>): Promise<Result> => {
    // Only where it is offered: an edge may rest on that nobody leaves a sign-in by it (E19).
    if (mayCancel(context) && isChosen(input, 'cancel')) return { end: 'cancelled' }
    if (context.config.instead_of_password && isChosen(input, 'password')) return { end: 'password' }
    const choices = await choicesOf(context)
    const other = choices.find(({ kind }) => isChosen(input, 'use', kind.id))
    if (other) return begin(context, choices, other)
    const { person, ports } = context
    const before = standing(context, choices)
    if (!person || !before) return open(context)
    const { chosen, state } = before
    const { challenge, id } = chosen.kind
    const again = (errors: readonly FieldError[]): StageAsk => ({ ...show(context, choices, chosen, state), errors })
    const read = challenge.read(input)
    if ('fault' in read) return again([read.fault])
    const taken = await ports.guesses.take(id, person.user.id)
    if ('wait' in taken) return tooSoon(again, person, taken.wait)
    const verdict = await challenge.check(read.answer, aboutOf(context, person, chosen, state))
    if (verdict === 'wrong' || 'wrong' in verdict) return wrong(context, person, choices, chosen, state, verdict)
    await ports.guesses.forgive(taken.ticket)
    const held = chosen.held.find((one) => one.id === verdict.right)
    if (!held) throw new Error(`authenticator kind ${id} took an answer for what nobody has`)
    return {
      end: 'ok',
      know: [know(proofs, withProofs(context, methodsOf(chosen.kind, verdict))), know(tries, 0)],
      effects: [
        { do: 'use_credential', user: person.user.id, credential: held.id, before: held.data, after: verdict.data },
        ...noticedEvents(person, chosen.kind, chosen.held, verdict.noticed),
        ...(isChosen(input, 'trust') ? trusting(context, person, held) : []),
        ...(verdict.forgive ? [{ do: 'forgive_guess', ticket: verdict.forgive } as const] : []),
      ],
    }
  }

  const foresee = (context: ForeseeContext<AuthenticatorValidateConfig>): Foreseen<Outcome> => {
    const { config, facts, person, means, session, purpose, now } = context
    if (facts.get(pendingUser) !== person.user.id) {
      return { ends: [{ outcome: 'none' }], because: 'was not named before' }
    }
    const counting = kinds.filter(({ id, needs }) => (config.device_classes?.includes(id) ?? true) && !needs)
    const usable = counting.flatMap((kind) =>
      means.authenticators.some((one) => counts(one, kind, config)) ? [kind] : [],
    )
    const best = usable.find((kind) => !kind.backup) ?? usable[0]
    if (!best && means.authenticators.some((one) => kinds.some((kind) => kind.needs && counts(one, kind, config)))) {
      // They have one, so it is asked for: no mail that comes is no way past it.
      const ends = purpose === 'sign_in' ? [] : [{ outcome: 'cancelled' } as const]
      return { ends, because: 'would wait for a mail, and none is counted on' }
    }
    if (
      !best &&
      !config.instead_of_password &&
      counting.some((kind) => means.authenticators.some((one) => isElsewhere(one, kind)))
    ) {
      const ends = purpose === 'sign_in' ? [] : [{ outcome: 'cancelled' } as const]
      return { ends, because: 'holds an authenticator that answers at another address' }
    }
    if (!best) return { ends: [{ outcome: 'none' }], because: 'holds no authenticator that counts there' }
    const recent = youngProof(
      [...(facts.get(proofs) ?? []), ...(session ?? [])],
      means.authenticators.flatMap(({ kind, amr, usable: now }) =>
        now && usable.some(({ id }) => id === kind) ? [amr] : [],
      ),
      config,
      now,
    )
    const method = means.authenticators.find((one) => counts(one, best, config))?.amr ?? best.amr
    const made =
      recent.length > 0
        ? recent
        : [method, ...(config.instead_of_password ? ['user'] : [])].map((one) => ({ method: one, at: now }))
    return {
      ends: [
        { outcome: 'ok', know: [know(proofs, merged(context, made))] },
        ...(config.instead_of_password ? [{ outcome: 'password' } as const] : []),
        ...(recent.length > 0 || purpose === 'sign_in' ? [] : [{ outcome: 'cancelled' } as const]),
      ],
    }
  }

  return {
    id: 'authenticator-validate',
    config: validateConfig(kinds),
    version: 1,
    outcomes: ['ok', 'none', 'failed', 'cancelled', 'password'],
    outcomesOf,
    proves: true,
    // What a person has is nothing that a prediction is told of.
    predict: ({ config }) => ({ outcomes: outcomesOf(config), needsPerson: true, reads: [proofs.name] }),
    foresee,
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

type Wrong = Exclude<Awaited<ReturnType<AuthenticatorKind['challenge']['check']>>, { readonly right: unknown }>
type Right = Extract<Awaited<ReturnType<AuthenticatorKind['challenge']['check']>>, { readonly right: unknown }>

const ALWAYS = ['ok', 'none', 'failed', 'cancelled'] as const

const outcomesOf = ({ instead_of_password }: Pick<AuthenticatorValidateConfig, 'instead_of_password'>) =>
  instead_of_password ? ([...ALWAYS, 'password'] as const) : ALWAYS

const rememberedFor = ({ remember_device: text }: AuthenticatorValidateConfig): number => parseDuration(text) ?? 0

/**
 * At a sign-in alone, beside a proof that was made before this one: a browser that is trusted stands for a second factor
 * and never for the first. Whatever asks for more than that asks for a proof.
 */
const mayTrust = ({ config, purpose, destination, facts }: Context): boolean =>
  purpose === 'sign_in' &&
  rememberedFor(config) >= DAY &&
  !config.instead_of_password &&
  destination?.demandsProof !== true &&
  ownProofs(facts.get(proofs) ?? []).length > 0

const byTrust = async (context: Context): Promise<StageEnd<Outcome> | null> => {
  const { person, ports, request } = context
  const trusted = person && mayTrust(context) ? await ports.trustedDevice(person.user.id) : null
  if (!person || !trusted) return null
  const { id: credential, data } = trusted
  return {
    end: 'ok',
    know: [know(proofs, merged(context, [{ method: TRUSTED_DEVICE, at: request.at }]))],
    effects: [{ do: 'use_credential', user: person.user.id, credential, before: data, after: data }],
  }
}

const trusting = (context: Context, { user }: Person, by: Held): Effect[] => {
  if (!mayTrust(context)) return []
  const { ports, request, config } = context
  const id = newId<CredentialId>(request.at, ports.random)
  const until = request.at + rememberedFor(config)
  return [{ do: 'trust_device', user: user.id, id, token: secret(token(ports.random)), by: by.id, until }]
}

const portsOf = (
  { random, authenticators, mail, guesses }: Context['ports'],
  person: Person | null,
): ChallengeAbout['ports'] => ({
  random,
  vault: authenticators.vault,
  relyingParty: authenticators.relyingParty,
  ...(person && mail.ready() ? { mail: { take: () => guesses.take('mail_to', `code ${person.user.id}`) } } : {}),
})

/** Whether one of the person's could prove here and now what is asked for. */
const answers = ({ config, request, ports }: Context, kind: AuthenticatorKind, { data }: Held): boolean => {
  if (!whereItAnswers(kind, data, { request, ports: portsOf(ports, null) }).here) return false
  return !config.instead_of_password || kind.standsAlone?.(data) === true
}

/** In a sign-in there is nothing to go back to but its beginning. */
const mayCancel = ({ purpose }: Context): boolean => purpose !== 'sign_in'

/**
 * First what nobody can be talked out of, last what stands in for others. Where a browser without script asks, what needs
 * one is no beginning.
 */
const rank = (
  { backup, phishingResistant, needsScript, onlyNamed }: AuthenticatorKind,
  can: readonly string[] | undefined,
): number => {
  if (needsScript && can !== undefined && !can.includes('passkeys')) return 2
  if (backup) return 3
  if (onlyNamed) return 2
  return phishingResistant ? 0 : 1
}

const counts = (
  one: ForeseeContext<unknown>['means']['authenticators'][number],
  { id }: AuthenticatorKind,
  { instead_of_password }: AuthenticatorValidateConfig,
): boolean => one.kind === id && one.usable && (!instead_of_password || one.standsAlone === true)

const isElsewhere = (
  one: ForeseeContext<unknown>['means']['authenticators'][number],
  { id }: AuthenticatorKind,
): boolean => one.kind === id && one.elsewhere === true

const lastUse = ({ held }: Choice): number => Math.max(...held.map((one) => one.lastUsedAt ?? 0))

const personIn = ({ person }: Context): Person => {
  if (!person) throw new Error('nobody to ask')
  return person
}

/** A proof by one of these that is young enough, from this attempt or from the session it is made in. */
const recentProof = (context: Context, choices: readonly Choice[]): readonly Proof[] => {
  const { config, signedIn, person, facts, request } = context
  const own = signedIn && signedIn.person.user.id === person?.user.id ? signedIn.session.proofs : []
  const all = [...(facts.get(proofs) ?? []), ...own]
  const methods = choices.flatMap(({ kind, held }) => held.map(({ data }) => methodOf(kind, data)))
  return youngProof(all, methods, config, request.at)
}

const youngProof = (
  all: readonly Proof[],
  methods: readonly string[],
  { last_auth_threshold, instead_of_password }: AuthenticatorValidateConfig,
  now: number,
): readonly Proof[] => {
  const threshold = parseDuration(last_auth_threshold) ?? 0
  if (threshold <= 0 || instead_of_password) return []
  const young = all.find(({ method, at }) => methods.includes(method) && now - at <= threshold)
  return young ? [young] : []
}

const methodOf = ({ amr, amrOf }: AuthenticatorKind, data: JsonObject): string => amrOf?.(data) ?? amr

const methodsOf = (kind: AuthenticatorKind, { data, more }: Right): readonly string[] => [
  methodOf(kind, data),
  ...(more ?? []),
]

const merged = ({ facts }: Pick<Context, 'facts'>, made: readonly Proof[]): readonly Proof[] => [
  ...(facts.get(proofs) ?? []).filter(({ method }) => !made.some((one) => one.method === method)),
  ...made,
]

const withProofs = (context: Context, methods: readonly string[]): readonly Proof[] =>
  merged(
    context,
    methods.map((method) => ({ method, at: context.request.at })),
  )

const tooSoon = (again: (errors: readonly FieldError[]) => StageAsk, person: Person, wait: number): StageAsk => ({
  ...again([{ field: null, text: 'guesses.wait', values: { count: String(Math.ceil(wait / 1000)) } }]),
  effects: [failedEvent(person, 'too_soon')],
})

const failedEvent = ({ user }: Person, reason: string, more: JsonObject = {}): Effect => ({
  do: 'record',
  event: { type: 'login.failed', user: user.id, detail: { username: user.username, reason, ...more } },
})

const noticedEvents = (
  { user }: Person,
  { id }: AuthenticatorKind,
  held: readonly Held[],
  noticed: Noticed | undefined,
): Effect[] => {
  if (!noticed) return []
  const { credential, what } = noticed
  const name = held.find((one) => one.id === credential)?.name ?? ''
  const detail = { credential, kind: id, name, why: what }
  return [{ do: 'record', event: { type: 'credential.suspected', user: user.id, target: `users/${user.id}`, detail } }]
}
