/**
 * Gives who is signed in the address that they showed to be theirs in this attempt, in place of the one before. An address
 * that somebody else has is refused, which only whoever reads its mailbox learns (G01); the old one is told (a thief would
 * not tell), with the link that locks the account.
 */
import { verifiedAddress } from '../../contract/fact.ts'
import type { StageContext, StageKind } from '../../contract/stage.ts'
import { UserEmailConfig } from './config.ts'

type Outcome = 'ok' | 'refused'
type Context = StageContext<UserEmailConfig>

export const userEmail = {
  id: 'user-email',
  config: UserEmailConfig,
  version: 1,
  outcomes: ['ok', 'refused'],
  needsProof: true,
  predict: () => ({ outcomes: ['ok', 'refused'], needsPerson: false, reads: [verifiedAddress.name] }),
  foresee: () => ({ ends: [], because: 'would wait for a mail, and none is counted on' }),
  open: async ({ facts, signedIn, ports }: Context) => {
    const address = facts.get(verifiedAddress)
    if (!signedIn || signedIn.person.user.managedBy !== null || address === undefined) return { end: 'refused' }
    const own = signedIn.person.emails.some((one) => one.address === address)
    if (!own && (await ports.people.emailTaken(address))) return { end: 'refused' }
    return { end: 'ok', effects: [{ do: 'change_email', user: signedIn.person.user.id, address }] }
  },
} satisfies StageKind<UserEmailConfig, Outcome>
