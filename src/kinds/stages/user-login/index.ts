/**
 * Signs in whoever proved who they are in this attempt. It passes on proofs and makes none: without one it stays where
 * it is, and says so in the log (H01, F03).
 */
import type { Person } from '../../../domain/people/person.ts'
import { passwordDue, pendingUser, persistent, proofs } from '../../contract/fact.ts'
import type { Effect, StageContext, StageKind } from '../../contract/stage.ts'
import { UserLoginConfig } from './config.ts'
import { page } from './page.ts'

type Context = StageContext<UserLoginConfig>

export const userLogin = {
  id: 'user-login',
  config: UserLoginConfig,
  version: 1,
  outcomes: ['ok'],
  signsIn: true,
  predict: ({ facts }) =>
    facts.get(proofs)?.length
      ? { outcomes: ['ok'], needsPerson: false, reads: [proofs.name] }
      : { outcomes: [], needsPerson: true, reads: [proofs.name] },
  foresee: ({ facts, person }) => {
    if (!facts.get(proofs)?.length || facts.get(pendingUser) !== person.user.id) {
      return { ends: [], because: 'proved nothing before' }
    }
    return facts.get(passwordDue) === true
      ? { ends: [], because: 'must choose another password, and is not asked for one' }
      : { ends: [{ outcome: 'ok' }] }
  },
  open: async (context) => {
    const { person, facts } = context
    if (person?.user.active && facts.get(proofs)?.length) return { end: 'ok', effects: [signIn(context, person)] }
    const username = person?.user.username ?? ''
    const why = { username, reason: person?.user.active ? 'unproven' : 'nobody' }
    return { ask: {}, effects: [{ do: 'record', event: { type: 'login.refused', detail: why } }] }
  },
  page,
} satisfies StageKind<UserLoginConfig, 'ok'>

/**
 * The same person again keeps the session, under a new cookie (F01): what other applications were given in it stands.
 * A wish to stay signed in that the session does not have yet needs a new one.
 */
const signIn = ({ facts, signedIn, purpose }: Context, { user }: Person): Effect => {
  const proven = facts.get(proofs) ?? []
  const stay = facts.get(persistent) ?? false
  const same = signedIn?.person.user.id === user.id
  const keeps = purpose === 'step_up' || !stay || signedIn?.session.persistent === true
  return same && keeps
    ? { do: 'prove', proofs: proven }
    : { do: 'sign_in', user: user.id, proofs: proven, persistent: stay }
}
