/**
 * The first administrator: name, e-mail and password, for whoever holds the one-time link. What the browser asked for
 * becomes the public address; a proxy in between may be named as trusted. Happens once (G10): the effect fails where
 * set-up is over.
 */
import { newId, type UserId } from '../../../base/ids.ts'
import { secret } from '../../../base/secret.ts'
import { isEmailAddress } from '../../../domain/users/user.ts'
import { know, pendingUser, proofs, setupLink } from '../../contract/fact.ts'
import type { FieldError, StageAsk, StageContext, StageKind } from '../../contract/stage.ts'
import { FirstRunConfig } from './config.ts'
import { firstRunPage } from './page.ts'

const FIRST_NAME = 'akadmin'

type Context = StageContext<FirstRunConfig>
type Input = Readonly<Record<string, string>>

export const firstRun = {
  id: 'first-run',
  config: FirstRunConfig,
  version: 1,
  outcomes: ['ok'],
  proves: true,
  predict: () => ({ outcomes: ['ok'], needsPerson: true, reads: [setupLink.name] }),
  open: async (context) => ask(context),
  answer: async (context, input) => {
    const { ports, request } = context
    const errors = await judge(context, input)
    if (errors.length > 0) return { ...ask(context), errors }
    const hash = await ports.passwords.hash(secret(input.password ?? ''))
    if (hash === 'busy') return { ...ask(context), errors: [{ field: null, text: 'password.busy' }] }
    const user = newId<UserId>(request.at, ports.random)
    const username = (input.username ?? '').trim()
    const email = (input.email ?? '').trim()
    return {
      end: 'ok',
      know: [know(pendingUser, user), know(proofs, [{ method: 'pwd', at: request.at }])],
      effects: [
        {
          do: 'create_user',
          user,
          username,
          name: username,
          kind: 'internal',
          email,
          attributes: {},
          groups: ['admins'],
        },
        { do: 'set_password', user, hash, rehash: false },
        { do: 'complete_setup', publicUrl: request.origin, trustProxy: proxyOf(context, input) },
      ],
    }
  },
  page: firstRunPage,
} satisfies StageKind<FirstRunConfig, 'ok'>

/** The peer that forwarded this request, where there is one that is not believed yet. */
const unknownProxy = ({ request }: Context): string | null => request.forwarded?.peer ?? null

const proxyOf = (context: Context, input: Input): string | null =>
  input.trust_proxy === 'yes' ? unknownProxy(context) : null

const ask = (context: Context): StageAsk => ({
  ask: { username: FIRST_NAME, origin: context.request.origin, peer: context.request.ip, proxy: unknownProxy(context) },
})

const judge = async ({ ports, facts }: Context, input: Input): Promise<FieldError[]> => {
  if (facts.get(setupLink) !== true) return [{ field: null, text: 'setup.link_invalid' }]
  const errors: FieldError[] = []
  const username = (input.username ?? '').trim()
  const email = (input.email ?? '').trim()
  const password = input.password ?? ''
  if (username === '' || username.length > 150 || /\p{Cc}/u.test(username))
    errors.push({ field: 'username', text: 'setup.username_invalid' })
  else if (await ports.people.usernameTaken(username)) errors.push({ field: 'username', text: 'setup.username_taken' })
  if (!isEmailAddress(email)) errors.push({ field: 'email', text: 'setup.email_invalid' })
  if (password === '') errors.push({ field: 'password', text: 'password.missing' })
  else errors.push(...ports.passwords.weaknesses(secret(password), { username, name: username, email }))
  if (password !== (input.password_repeat ?? ''))
    errors.push({ field: 'password_repeat', text: 'password.not_repeated' })
  return errors
}
