/**
 * Ends the session of this browser, or all of the person's. A link on any page can bring a browser here, so it asks
 * first: only the press of a button on our own page signs out (F05; RP-Initiated Logout §2).
 */
import { isChosen } from '../../../pages/read-field.ts'
import type { StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { UserLogoutConfig } from './config.ts'
import { page } from './page.ts'

type Context = StageContext<UserLogoutConfig>

export const userLogout = {
  id: 'user-logout',
  config: UserLogoutConfig,
  version: 1,
  outcomes: ['ok'],
  predict: ({ config, signedIn }) => ({ outcomes: ['ok'], needsPerson: config.confirm && signedIn, reads: [] }),
  foresee: ({ session }) => (session === null ? { ends: [{ outcome: 'ok' }] } : { ends: [], because: 'is signed out' }),
  open: async (context) => {
    if (!context.signedIn) return { end: 'ok' }
    return context.config.confirm ? ask(context, context.signedIn) : signOut(false)
  },
  answer: async (context, input) => {
    if (!context.signedIn) return { end: 'ok' }
    if (isChosen(input, 'stay')) return { end: 'ok', leave: '/if/user/' }
    if (!isChosen(input, 'confirm')) return ask(context, context.signedIn)
    return signOut(context.config.offer_everywhere && isChosen(input, 'everywhere'))
  },
  page,
} satisfies StageKind<UserLogoutConfig, 'ok'>

const signOut = (everywhere: boolean): StageEnd<'ok'> => ({ end: 'ok', effects: [{ do: 'sign_out', everywhere }] })

const ask = ({ config }: Context, { person }: NonNullable<Context['signedIn']>) => ({
  ask: { username: person.user.username, everywhere: config.offer_everywhere },
})
