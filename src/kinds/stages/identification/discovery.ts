/**
 * Signing in without a name: an authenticator says whose it is, and shows two factors by itself. An unknown one, one that
 * does not answer right, and one of a person who may not sign in get the same words (E24, G01).
 */
import type { JsonObject } from '../../../base/json.ts'
import type { Person } from '../../../domain/people/person.ts'
import type { AuthenticatorKind, DiscoverAbout, Held, Noticed, Verdict } from '../../contract/authenticator.ts'
import { fact, know, pendingUser, proofs, typedName } from '../../contract/fact.ts'
import type { Effect, FieldError, StageContext, StageEnd } from '../../contract/stage.ts'
import type { IdentificationConfig } from './config.ts'

type Context = StageContext<IdentificationConfig>
type Discoverer = AuthenticatorKind & { readonly discover: NonNullable<AuthenticatorKind['discover']> }

/** What each kind asked, sealed: it is made anew with every page, and good for one answer. */
const asked = fact<string>('identification.asked')

export const discoverersOf = (kinds: readonly AuthenticatorKind[]): readonly Discoverer[] =>
  kinds.filter((kind): kind is Discoverer => kind.discover !== undefined)

const portsOf = ({ random, authenticators }: Context['ports']): DiscoverAbout['ports'] => ({
  random,
  vault: authenticators.vault,
  relyingParty: authenticators.relyingParty,
})

const offers = ({ config, purpose }: Context): boolean => config.enable_passkeys && purpose !== 'recover'

/** What the page may be asked by, and the fact it is judged by. Nothing of it depends on anybody. */
export const beginDiscovery = (context: Context, kinds: readonly Discoverer[]) => {
  const about = { request: context.request, ports: portsOf(context.ports) }
  const able = offers(context) ? kinds.filter((kind) => blockedAt(context, kind) === null) : []
  const states = able.map((kind) => [kind, kind.discover.begin(about)] as const)
  return {
    ask: Object.fromEntries(states.map(([kind, state]) => [kind.id, kind.discover.ask(state)])) as JsonObject,
    blocked: offers(context) ? kinds.flatMap((kind) => reasonsOf(context, kind)) : [],
    know:
      states.length === 0
        ? []
        : [
            know(
              asked,
              context.ports.sealing.seal(Object.fromEntries(states.map(([kind, state]) => [kind.id, state]))),
            ),
          ],
  }
}

const blockedAt = ({ request }: Context, kind: Discoverer): string | null => kind.blockedAt?.(request.origin) ?? null

const reasonsOf = (context: Context, kind: Discoverer): { readonly kind: string; readonly why: string }[] => {
  const why = blockedAt(context, kind)
  return why === null ? [] : [{ kind: kind.id, why }]
}

/** What was asked is void once something else was answered. */
export const forgetDiscovery = [know(asked, '')]

export type Discovered =
  /** The form answers nothing of this. */
  | null
  | { readonly end: StageEnd<'proven'> }
  | { readonly errors: readonly FieldError[]; readonly effects: readonly Effect[] }

export const judgeDiscovery = async (
  context: Context,
  kinds: readonly Discoverer[],
  input: Readonly<Record<string, string>>,
): Promise<Discovered> => {
  if (!offers(context)) return null
  for (const kind of kinds) {
    const read = kind.discover.read(input)
    if (read === null) continue
    return 'fault' in read ? { errors: [read.fault], effects: [] } : judge(context, kind, read)
  }
  return null
}

const judge = async (
  context: Context,
  kind: Discoverer,
  { answer, lookup }: { readonly answer: JsonObject; readonly lookup: string },
): Promise<Discovered> => {
  const { ports } = context
  const found = await ports.authenticators.byLookup(kind.id, lookup)
  const taken = await ports.guesses.take(kind.id, found?.user ?? lookup)
  if ('wait' in taken) {
    const values = { count: String(Math.ceil(taken.wait / 1000)) }
    return { errors: [{ field: null, text: 'guesses.wait', values }], effects: [failed(kind, 'too_soon', null)] }
  }
  const person = found && (await ports.people.byId(found.user))
  const state = stateOf(context, kind)
  if (!found || !person || !state) return refused(kind, found ? 'nothing_asked' : 'unknown', null, [])
  const verdict = await check(context, kind, { person, held: found, state, answer })
  if (verdict === 'wrong' || 'wrong' in verdict) {
    const why = verdict === 'wrong' ? 'wrong' : verdict.wrong
    const noticed = verdict === 'wrong' ? [] : suspected(person, kind, found, verdict.noticed)
    return refused(kind, why, person, noticed)
  }
  const noticed = suspected(person, kind, found, verdict.noticed)
  if (!person.user.active || person.user.kind === 'service_account') return refused(kind, 'inactive', person, noticed)
  await ports.guesses.forgive(taken.ticket)
  return { end: proven(context, kind, person, found, verdict, noticed) }
}

const check = async (
  context: Context,
  kind: Discoverer,
  about: { readonly person: Person; readonly held: Held; readonly state: JsonObject; readonly answer: JsonObject },
): Promise<Verdict<JsonObject>> => {
  const { person, held, state, answer } = about
  return kind.challenge.check(answer, {
    person,
    request: context.request,
    ports: portsOf(context.ports),
    held: [held],
    state,
    config: context.config.kinds[kind.id],
    alone: true,
  })
}

const stateOf = ({ facts, ports }: Context, kind: Discoverer): JsonObject | null => {
  const open = ports.sealing.open(facts.get(asked) ?? '')
  // Sealed above and nowhere else.
  return (open?.[kind.id] as JsonObject | undefined) ?? null
}

const proven = (
  context: Context,
  kind: Discoverer,
  { user }: Person,
  held: Held,
  verdict: Extract<Verdict<JsonObject>, { readonly right: unknown }>,
  noticed: readonly Effect[],
): StageEnd<'proven'> => {
  const methods = [kind.amrOf?.(verdict.data) ?? kind.amr, ...(verdict.more ?? [])]
  const use = { user: user.id, credential: held.id, before: held.data, after: verdict.data }
  return {
    end: 'proven',
    know: [
      know(pendingUser, user.id),
      know(typedName, user.username),
      know(
        proofs,
        methods.map((method) => ({ method, at: context.request.at })),
      ),
      ...forgetDiscovery,
    ],
    effects: [{ do: 'use_credential', ...use }, ...noticed],
  }
}

const refused = (
  kind: Discoverer,
  why: string,
  person: Person | null,
  noticed: readonly Effect[],
): Extract<Discovered, { readonly errors: unknown }> => ({
  errors: [kind.challenge.wrong ?? { field: null, text: 'authenticator.code_wrong' }],
  effects: [failed(kind, why, person), ...noticed],
})

const failed = ({ id }: Discoverer, why: string, person: Person | null): Effect => ({
  do: 'record',
  event: {
    type: 'login.failed',
    ...(person ? { user: person.user.id } : {}),
    detail: { username: person?.user.username ?? '', reason: id, why },
  },
})

const suspected = ({ user }: Person, { id }: Discoverer, { name }: Held, noticed: Noticed | undefined): Effect[] => {
  if (!noticed) return []
  const detail = { credential: noticed.credential, kind: id, name, why: noticed.what }
  return [{ do: 'record', event: { type: 'credential.suspected', user: user.id, target: `users/${user.id}`, detail } }]
}
