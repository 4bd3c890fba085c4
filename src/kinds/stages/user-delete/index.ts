/**
 * Deletes the account of who is signed in. They prove who they are first (the door asks for it, and the executor holds
 * it), and type their own user name: no single press does it. At once and for good; what stays is the log. Whom a
 * file manages, and whoever administers, is taken away by somebody else.
 */
import { usernameKey } from '../../../domain/users/user.ts'
import { isChosen, readLine } from '../../../pages/read-field.ts'
import type { FieldError, StageAsk, StageContext, StageKind } from '../../contract/stage.ts'
import { UserDeleteConfig } from './config.ts'
import { page } from './page.ts'

type Outcome = 'ok' | 'cancelled' | 'refused'
type Context = StageContext<UserDeleteConfig>

export const userDelete = {
  id: 'user-delete',
  config: UserDeleteConfig,
  version: 1,
  outcomes: ['ok', 'cancelled', 'refused'],
  needsProof: true,
  predict: () => ({ outcomes: ['ok', 'cancelled', 'refused'], needsPerson: true, reads: [] }),
  foresee: () => ({ ends: [{ outcome: 'cancelled' }] }),
  open: async (context) => {
    const { signedIn, ports } = context
    if (!signedIn || !(await ports.people.mayLeave(signedIn.person.user.id))) return { end: 'refused' }
    return ask(context)
  },
  answer: async (context, input) => {
    const { signedIn, ports } = context
    if (isChosen(input, 'cancel')) return { end: 'cancelled' }
    if (!signedIn || !(await ports.people.mayLeave(signedIn.person.user.id))) return { end: 'refused' }
    const { user } = signedIn.person
    const typed = readLine(input, 'username')
    if (!typed || usernameKey(typed) !== usernameKey(user.username)) {
      return ask(context, [{ field: 'username', text: 'user_delete.other_name' }])
    }
    return { end: 'ok', effects: [{ do: 'delete_user', user: user.id }], leave: '/if/user/' }
  },
  page,
} satisfies StageKind<UserDeleteConfig, Outcome>

const ask = ({ signedIn }: Context, errors: readonly FieldError[] = []): StageAsk => ({
  ask: { username: signedIn?.person.user.username ?? '' },
  errors,
})
