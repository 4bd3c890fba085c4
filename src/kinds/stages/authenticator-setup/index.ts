/**
 * Sets up a second factor, whichever kinds there are: they come in, and are known by their contract alone. Only whoever
 * proved enough just now gets here (the executor holds that too): setting up an authenticator of one's own choice proves
 * nothing about whose account it is. Its secret is sealed among the facts until it is answered for, and told never after.
 */
import { DAY } from '../../../base/clock.ts'
import { type CredentialId, newId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Person } from '../../../domain/people/person.ts'
import { provenEnough } from '../../../domain/sessions/proven-enough.ts'
import { isChosen, readLine } from '../../../pages/read-field.ts'
import type { AuthenticatorKind, Held, SetUpAbout } from '../../contract/authenticator.ts'
import { browserCan, fact, know, proofs } from '../../contract/fact.ts'
import type { ForeseeContext, Foreseen } from '../../contract/foresee.ts'
import type { FieldError, StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { type AuthenticatorSetupConfig, setupConfig } from './config.ts'
import { setupPage } from './page.ts'

type Outcome = 'ok' | 'skipped' | 'cancelled'
type Context = StageContext<AuthenticatorSetupConfig>
type Result = StageAsk | StageEnd<Outcome>

/** What is being set up, sealed: the kind, the id it will have, and what the kind kept. */
const begun = fact<string>('authenticator-setup.begun')

// More than anybody carries; less than would fill the store.
const MOST_OF_A_KIND = 10
const LONGEST_NAME = 64
/** How long "Not now" is heard, where something is only offered. */
const NOT_NOW = 30 * DAY

type Begun = {
  readonly kind: AuthenticatorKind
  readonly credential: CredentialId
  readonly state: JsonObject
  readonly held: readonly Held[]
}
type Standing = Omit<Begun, 'held'>

export const authenticatorSetup = (kinds: readonly AuthenticatorKind[]) => {
  const byId = new Map(kinds.map((kind) => [kind.id, kind]))

  const choicesOf = ({ config }: Pick<Context, 'config'>): readonly AuthenticatorKind[] =>
    kinds.filter((kind) => config.device_classes?.includes(kind.id) ?? !(kind.backup || kind.onlyNamed))

  /** Those that can be set up at this address. */
  const possible = (context: Context): readonly AuthenticatorKind[] =>
    choicesOf(context).filter(
      (kind) =>
        isAble(kind, context.facts.get(browserCan)) &&
        (kind.blockedAt?.(context.request.origin) ?? null) === null &&
        (kind.needs !== 'mail' || context.ports.mail.ready()),
    )

  const aboutOf = (
    { config, request, ports }: Context,
    person: Person,
    { kind, credential, held }: Omit<Begun, 'state'>,
  ): SetUpAbout => ({
    config: config.kinds[kind.id],
    person,
    request,
    ports: {
      random: ports.random,
      vault: ports.authenticators.vault,
      relyingParty: ports.authenticators.relyingParty,
      ...(ports.mail.ready() ? { mail: { take: () => ports.guesses.take('mail_to', `code ${person.user.id}`) } } : {}),
    },
    credential,
    held,
  })

  const heldOf = async ({ ports }: Context, { user }: Person, { id }: AuthenticatorKind): Promise<readonly Held[]> =>
    (await ports.authenticators.of(user.id)).filter((one) => one.kind === id)

  const show = (context: Context, person: Person, at: Begun): StageAsk => ({
    ask: {
      kind: at.kind.id,
      part: at.kind.setUp.ask(at.state, aboutOf(context, person, at)),
      ...leaving(context),
    },
  })

  const begin = async (context: Context, person: Person, kind: AuthenticatorKind): Promise<StageAsk> => {
    const credential = newId<CredentialId>(context.request.at, context.ports.random)
    const held = await heldOf(context, person, kind)
    const about = aboutOf(context, person, { kind, credential, held })
    const state = await kind.setUp.begin(about)
    return {
      ...show(context, person, { kind, credential, state, held }),
      effects: kind.setUp.effects?.(state, about) ?? [],
      know: [know(begun, context.ports.sealing.seal({ kind: kind.id, credential, state }))],
    }
  }

  /** What is under way: the same secret each time the page is looked at, or the app that scanned it would be wrong. */
  const standing = (context: Context): Standing | null => {
    const sealed = context.facts.get(begun)
    const open = sealed === undefined ? null : context.ports.sealing.open(sealed)
    const kind = open && possible(context).find((one) => one.id === open.kind)
    // Sealed above and nowhere else.
    return kind ? { kind, credential: open.credential as CredentialId, state: open.state as JsonObject } : null
  }

  const open = async (context: Context): Promise<Result> => {
    const { person } = context
    if (!person || !isThemself(context, person)) return { end: 'cancelled' }
    if (context.config.offer && !(await mayOffer(context, person))) return { end: 'skipped' }
    const before = standing(context)
    if (before) return show(context, person, { ...before, held: await heldOf(context, person, before.kind) })
    const choices = possible(context)
    const [only] = choices
    if (only && choices.length === 1) return begin(context, person, only)
    const blocked = choicesOf(context).flatMap((kind) => {
      const why = kind.blockedAt?.(context.request.origin) ?? null
      return why === null ? [] : [{ kind: kind.id, why }]
    })
    return { ask: { choices: choices.map(({ id }) => id), blocked, ...leaving(context) } }
  }

  /** Only what could be set up here and now, by whoever has none of it and did not say no. */
  const mayOffer = async (context: Context, { user }: Person): Promise<boolean> => {
    const { facts, ports, request } = context
    const can = facts.get(browserCan) ?? []
    // Where nothing is built in, the offer would be of a thing to buy.
    const able = possible(context).filter((kind) => !kind.needsScript || can.includes('built-in'))
    if (able.length === 0) return false
    const held = await ports.authenticators.of(user.id)
    if (held.some((one) => able.some((kind) => kind.id === one.kind && kind.usable(one.data)))) return false
    return !(await ports.authenticators.declined(user.id, offerOf(context), request.at))
  }

  const answer = async (context: Context, input: Readonly<Record<string, string>>): Promise<Result> => {
    // Only where it is offered: an edge may rest on that nobody leaves a sign-in by it (E19).
    if (context.purpose !== 'sign_in' && isChosen(input, 'cancel')) return { end: 'cancelled' }
    const { person, config } = context
    const skips = ['yes', 'always'].find((how) => isChosen(input, 'skip', how))
    if ((config.may_skip || config.offer) && skips) return skip(context, person, skips === 'always')
    if (!person || !isThemself(context, person)) return { end: 'cancelled' }
    const chosen = possible(context).find(({ id }) => isChosen(input, 'use', id))
    if (chosen) return begin(context, person, chosen)
    const before = standing(context)
    return before ? finish(context, person, before, input) : open(context)
  }

  const finish = async (
    context: Context,
    person: Person,
    before: Standing,
    input: Readonly<Record<string, string>>,
  ): Promise<Result> => {
    const { kind, credential, state } = before
    const held = await heldOf(context, person, kind)
    const about = { ...before, held }
    const again = (errors: readonly FieldError[]): StageAsk => ({ ...show(context, person, about), errors })
    const name = readLine(input, 'name', LONGEST_NAME)
    if (name === null) return again([{ field: 'name', text: 'form.line_invalid' }])
    if (!kind.single && held.length >= MOST_OF_A_KIND) {
      return again([{ field: null, text: 'authenticator.too_many' }])
    }
    // Where the answer is a code that was sent, it can be guessed (E14).
    const taken = kind.needs ? await context.ports.guesses.take(kind.id, person.user.id) : { ticket: [] }
    if ('wait' in taken) {
      return again([{ field: null, text: 'guesses.wait', values: { count: String(Math.ceil(taken.wait / 1000)) } }])
    }
    const made = await kind.setUp.answer(state, input, aboutOf(context, person, about))
    if ('errors' in made) return again(made.errors)
    const lookup = kind.lookupOf?.(made.data)
    // Seen again where it is added, by the store: two may come at once.
    if (lookup !== undefined && (await context.ports.authenticators.byLookup(kind.id, lookup))) {
      return again([{ field: null, text: 'authenticator.taken' }])
    }
    const methods = made.proven ? [kind.amrOf?.(made.data) ?? kind.amr, ...(made.more ?? [])] : []
    const proven = methods.map((method) => ({ method, at: context.request.at }))
    const others = (context.facts.get(proofs) ?? []).filter(({ method }) => !methods.includes(method))
    const called = name === '' && made.name !== undefined ? made.name.slice(0, LONGEST_NAME) : name
    return {
      end: 'ok',
      // A set-up that comes later in the same attempt begins anew, with a secret and an id of its own.
      know: [know(begun, ''), ...(proven.length > 0 ? [know(proofs, [...others, ...proven])] : [])],
      effects: [
        {
          do: 'add_credential',
          user: person.user.id,
          credential: {
            id: credential,
            kind: kind.id,
            name: called,
            data: made.data,
            ...(lookup === undefined ? {} : { lookup }),
          },
          single: kind.single === true,
          proofs: proven,
        },
        ...(taken.ticket.length > 0 ? [{ do: 'forgive_guess', ticket: taken.ticket } as const] : []),
        ...(made.forgive ? [{ do: 'forgive_guess', ticket: made.forgive } as const] : []),
      ],
    }
  }

  const foresee = (context: ForeseeContext<AuthenticatorSetupConfig>): Foreseen<Outcome> => {
    const { config, facts, means, session, purpose, now } = context
    const others: Foreseen<Outcome>['ends'] = [
      ...(config.may_skip || config.offer ? [{ outcome: 'skipped' } as const] : []),
      ...(purpose === 'sign_in' ? [] : [{ outcome: 'cancelled' } as const]),
    ]
    // A browser without script, or one that said no once, passes by: that is what can be promised.
    if (config.offer) return { ends: [{ outcome: 'skipped' }] }
    const held = new Set(means.authenticators.flatMap(({ amr, usable }) => (usable ? [amr] : [])))
    const own = facts.get(proofs) ?? []
    if (own.length === 0 && session === null)
      return { ends: [{ outcome: 'cancelled' }], because: 'proved nothing before' }
    // What the executor asks of every new authenticator.
    if (!provenEnough([...own, ...(session ?? [])], held, now)) {
      return { ends: others, because: 'would have to prove an authenticator of theirs first' }
    }
    const room = choicesOf(context).filter(
      (kind) =>
        !kind.needs &&
        (kind.blockedAt?.(context.origin) ?? null) === null &&
        (kind.single || means.authenticators.filter((one) => one.kind === kind.id).length < MOST_OF_A_KIND),
    )
    const made = room.find((kind) => kind.setUp.proves) ?? room[0]
    if (!made) return { ends: others, because: 'can set none up there' }
    const kept = own.filter(({ method }) => method !== made.amr)
    const after = made.setUp.proves ? [know(proofs, [...kept, { method: made.amr, at: now }])] : []
    const gains = { kind: made.id, amr: made.amr, usable: true }
    return { ends: [{ outcome: 'ok', know: after, gains }, ...others] }
  }

  return {
    id: 'authenticator-setup',
    config: setupConfig(kinds),
    version: 1,
    outcomes: ['ok', 'skipped', 'cancelled'],
    proves: true,
    needsProof: true,
    predict: ({ config, facts }) => {
      const can = facts.get(browserCan)
      if (
        config.offer &&
        can !== undefined &&
        choicesOf({ config }).every(({ needsScript }) => needsScript && !can.includes('built-in'))
      ) {
        return { outcomes: ['skipped'], needsPerson: false, reads: [browserCan.name] }
      }
      return {
        outcomes: config.may_skip || config.offer ? ['ok', 'skipped', 'cancelled'] : ['ok', 'cancelled'],
        needsPerson: true,
        reads: config.offer ? [browserCan.name] : [],
      }
    },
    foresee,
    open,
    answer,
    page: setupPage(byId),
  } satisfies StageKind<AuthenticatorSetupConfig, Outcome>
}

/** Proven in this attempt, or signed in. Whether that is strong and recent enough, the executor says. */
const isThemself = ({ facts, signedIn }: Context, { user }: Person): boolean =>
  (facts.get(proofs)?.length ?? 0) > 0 || signedIn?.person.user.id === user.id

/** What a no to an offer is remembered by: the same offer in another flow is the same. */
const offerOf = ({ config }: Context): string =>
  `authenticator-setup ${[...(config.device_classes ?? [])].sort().join(' ')}`

const skip = (context: Context, person: Person | null, always: boolean): StageEnd<Outcome> => {
  if (!context.config.offer || !person || !isThemself(context, person)) return { end: 'skipped' }
  const until = always ? null : context.request.at + NOT_NOW
  return { end: 'skipped', effects: [{ do: 'decline', user: person.user.id, offer: offerOf(context), until }] }
}

/** What needs script is not for a browser that said it has none; one that was not asked yet may. */
const isAble = ({ needsScript }: AuthenticatorKind, can: readonly string[] | undefined): boolean =>
  !needsScript || can === undefined || can.includes('passkeys')

const leaving = ({ config, purpose }: Context): JsonObject => ({
  may_skip: config.may_skip || config.offer,
  ...(config.offer ? { offer: true } : {}),
  // A sign-in is left by beginning again.
  may_cancel: purpose !== 'sign_in',
})
