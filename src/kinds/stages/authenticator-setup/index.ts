/**
 * Sets up a second factor, whichever kinds there are: they come in, and are known by their contract alone. Only whoever
 * proved enough just now gets here (the executor holds that too): setting up an authenticator of one's own choice proves
 * nothing about whose account it is. Its secret is sealed among the facts until it is answered for, and told never after.
 */
import { type CredentialId, newId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Person } from '../../../domain/people/person.ts'
import { isChosen, readLine } from '../../../pages/read-field.ts'
import type { AuthenticatorKind, SetUpAbout } from '../../contract/authenticator.ts'
import { fact, know, proofs } from '../../contract/fact.ts'
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

type Begun = { readonly kind: AuthenticatorKind; readonly credential: CredentialId; readonly state: JsonObject }

export const authenticatorSetup = (kinds: readonly AuthenticatorKind[]) => {
  const byId = new Map(kinds.map((kind) => [kind.id, kind]))

  const choicesOf = ({ config }: Context): readonly AuthenticatorKind[] =>
    kinds.filter((kind) => config.device_classes?.includes(kind.id) ?? kind.backup !== true)

  const aboutOf = (
    context: Context,
    person: Person,
    kind: AuthenticatorKind,
    credential: CredentialId,
  ): SetUpAbout => ({
    config: context.config.kinds[kind.id],
    person,
    request: context.request,
    ports: { random: context.ports.random, vault: context.ports.authenticators.vault },
    credential,
  })

  const show = (context: Context, person: Person, { kind, credential, state }: Begun): StageAsk => ({
    ask: {
      kind: kind.id,
      part: kind.setUp.ask(state, aboutOf(context, person, kind, credential)),
      ...leaving(context),
    },
  })

  const begin = async (context: Context, person: Person, kind: AuthenticatorKind): Promise<StageAsk> => {
    const credential = newId<CredentialId>(context.request.at, context.ports.random)
    const state = await kind.setUp.begin(aboutOf(context, person, kind, credential))
    return {
      ...show(context, person, { kind, credential, state }),
      know: [know(begun, context.ports.sealing.seal({ kind: kind.id, credential, state }))],
    }
  }

  /** What is under way: the same secret each time the page is looked at, or the app that scanned it would be wrong. */
  const standing = (context: Context): Begun | null => {
    const sealed = context.facts.get(begun)
    const open = sealed === undefined ? null : context.ports.sealing.open(sealed)
    const kind = open && choicesOf(context).find((one) => one.id === open.kind)
    // Sealed above and nowhere else.
    return kind ? { kind, credential: open.credential as CredentialId, state: open.state as JsonObject } : null
  }

  const open = async (context: Context): Promise<Result> => {
    const { person } = context
    if (!person || !isThemself(context, person)) return { end: 'cancelled' }
    const before = standing(context)
    if (before) return show(context, person, before)
    const choices = choicesOf(context)
    const [only] = choices
    if (only && choices.length === 1) return begin(context, person, only)
    return { ask: { choices: choices.map(({ id }) => id), ...leaving(context) } }
  }

  const answer = async (context: Context, input: Readonly<Record<string, string>>): Promise<Result> => {
    if (isChosen(input, 'cancel')) return { end: 'cancelled' }
    if (context.config.may_skip && isChosen(input, 'skip')) return { end: 'skipped' }
    const { person } = context
    if (!person || !isThemself(context, person)) return { end: 'cancelled' }
    const chosen = choicesOf(context).find(({ id }) => isChosen(input, 'use', id))
    if (chosen) return begin(context, person, chosen)
    const before = standing(context)
    return before ? finish(context, person, before, input) : open(context)
  }

  const finish = async (
    context: Context,
    person: Person,
    before: Begun,
    input: Readonly<Record<string, string>>,
  ): Promise<Result> => {
    const { kind, credential, state } = before
    const again = (errors: readonly FieldError[]): StageAsk => ({ ...show(context, person, before), errors })
    const name = readLine(input, 'name', LONGEST_NAME)
    if (name === null) return again([{ field: 'name', text: 'form.line_invalid' }])
    const held = await context.ports.authenticators.of(person.user.id)
    if (!kind.single && held.filter((one) => one.kind === kind.id).length >= MOST_OF_A_KIND) {
      return again([{ field: null, text: 'authenticator.too_many' }])
    }
    const made = await kind.setUp.answer(state, input, aboutOf(context, person, kind, credential))
    if ('errors' in made) return again(made.errors)
    const proof = made.proven ? { method: kind.amr, at: context.request.at } : null
    const others = (context.facts.get(proofs) ?? []).filter(({ method }) => method !== kind.amr)
    return {
      end: 'ok',
      know: proof ? [know(proofs, [...others, proof])] : [],
      effects: [
        {
          do: 'add_credential',
          user: person.user.id,
          credential: { id: credential, kind: kind.id, name, data: made.data },
          single: kind.single === true,
          proof,
        },
      ],
    }
  }

  return {
    id: 'authenticator-setup',
    config: setupConfig(kinds),
    version: 1,
    outcomes: ['ok', 'skipped', 'cancelled'],
    proves: true,
    needsProof: true,
    predict: ({ config }) => ({
      outcomes: config.may_skip ? ['ok', 'skipped', 'cancelled'] : ['ok', 'cancelled'],
      needsPerson: true,
      reads: [],
    }),
    open,
    answer,
    page: setupPage(byId),
  } satisfies StageKind<AuthenticatorSetupConfig, Outcome>
}

/** Proven in this attempt, or signed in. Whether that is strong and recent enough, the executor says. */
const isThemself = ({ facts, signedIn }: Context, { user }: Person): boolean =>
  (facts.get(proofs)?.length ?? 0) > 0 || signedIn?.person.user.id === user.id

const leaving = ({ config, purpose }: Context): JsonObject => ({
  may_skip: config.may_skip,
  // A sign-in is left by beginning again.
  may_cancel: purpose !== 'sign_in',
})
