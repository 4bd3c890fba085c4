/**
 * The first administrator: name, e-mail and password, for whoever holds the one-time link. What the browser asked for
 * becomes the public address; a proxy in between may be named as trusted. Happens once (G10): the effect fails where
 * set-up is over.
 */
import { newId, type UserId } from '../../../base/ids.ts'
import { secret } from '../../../base/secret.ts'
import { isEmailAddress } from '../../../domain/users/user.ts'
import { isChosen, readLine } from '../../../pages/read-field.ts'
import { fact, know, pendingUser, proofs, setupLink } from '../../contract/fact.ts'
import type { FieldError, StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { FirstRunConfig } from './config.ts'
import { page } from './page.ts'

/** What authentik calls its first administrator. */
const FIRST_NAME = 'akadmin'
const ADMINS = 'admins'

type Context = StageContext<FirstRunConfig>
type Input = Readonly<Record<string, string>>

/** Looking again at a page without its link is not another refusal. */
const told = fact<boolean>('first-run.told')

export const firstRun = {
  id: 'first-run',
  config: FirstRunConfig,
  version: 1,
  outcomes: ['ok'],
  proves: true,
  predict: ({ facts }) => ({
    outcomes: facts.get(setupLink) ? ['ok'] : [],
    needsPerson: true,
    reads: [setupLink.name],
  }),
  foresee: () => ({ ends: [], because: 'has no link of the first run' }),
  open: async (context) => (context.facts.get(setupLink) ? ask(context) : closed(context)),
  answer: async (context, input) => {
    const link = context.facts.get(setupLink)
    if (!link) return closed(context)
    const { ports } = context
    const typed = readTyped(input)
    const errors = await judge(context, typed)
    if (errors.length > 0) return ask(context, errors)
    const hash = await ports.passwords.hash(secret(typed.password))
    if (hash === 'busy') return ask(context, [{ field: null, text: 'form.busy' }])
    return setUp(context, { ...typed, link, hash, trusts: isChosen(input, 'trust_proxy') })
  },
  page,
} satisfies StageKind<FirstRunConfig, 'ok'>

/** `null` stands for what could not be a line of text. */
type Typed = {
  readonly username: string | null
  readonly name: string | null
  readonly email: string | null
  readonly password: string
  readonly repeated: string
}

const readTyped = (input: Input): Typed => ({
  username: readLine(input, 'username', 150),
  name: readLine(input, 'name'),
  email: readLine(input, 'email'),
  password: Object.hasOwn(input, 'password') ? (input.password ?? '') : '',
  repeated: Object.hasOwn(input, 'password_repeat') ? (input.password_repeat ?? '') : '',
})

const ask = ({ request }: Context, errors: readonly FieldError[] = []): StageAsk => ({
  ask: { open: true, username: FIRST_NAME, origin: request.origin, ip: request.ip, proxy: request.forwarded ?? null },
  errors,
})

const closed = ({ facts }: Context): StageAsk => ({
  ask: { open: false },
  ...(facts.get(told)
    ? {}
    : {
        know: [know(told, true)],
        effects: [{ do: 'record', event: { type: 'instance.setup_refused', detail: { reason: 'no link' } } }],
      }),
})

const judge = async ({ ports }: Context, typed: Typed): Promise<FieldError[]> => {
  const { username, name, email, password, repeated } = typed
  const errors: FieldError[] = []
  if (!username) errors.push({ field: 'username', text: 'first_run.username_invalid' })
  else if (await ports.people.usernameTaken(username)) errors.push({ field: 'username', text: 'form.username_taken' })
  if (name === null) errors.push({ field: 'name', text: 'form.line_invalid' })
  if (!email || !isEmailAddress(email)) errors.push({ field: 'email', text: 'form.email_invalid' })
  if (password === '') return [...errors, { field: 'password', text: 'password.empty' }]
  errors.push(
    ...(await ports.passwords.weaknesses(secret(password), {
      username: username ?? '',
      name: name ?? '',
      email: email ?? '',
    })),
  )
  if (password !== repeated) errors.push({ field: 'password_repeat', text: 'password.not_repeated' })
  return errors
}

type Chosen = Typed & { readonly link: string; readonly hash: string; readonly trusts: boolean }

const setUp = (context: Context, { link, hash, trusts, ...typed }: Chosen): StageEnd<'ok'> => {
  const { ports, request } = context
  const user = newId<UserId>(request.at, ports.random)
  const username = typed.username ?? FIRST_NAME
  return {
    end: 'ok',
    // Whoever chose the password just now knows it.
    know: [know(pendingUser, user), know(proofs, [{ method: 'pwd', at: request.at }])],
    effects: [
      {
        do: 'create_user',
        user,
        username,
        name: typed.name || username,
        kind: 'internal',
        email: typed.email,
        attributes: {},
        groups: [ADMINS],
      },
      { do: 'set_password', user, hash },
      {
        do: 'complete_setup',
        link,
        publicUrl: request.origin,
        trustProxy: trusts ? (request.forwarded?.peer ?? null) : null,
      },
    ],
  }
}
