/**
 * Lets in whoever was invited (G08). The front door says which invitation was shown; the stage looks whether it still
 * counts for this flow, and takes over what it settles. A use is counted where the account is made, and nowhere else:
 * opening the link uses nothing up (G12).
 */
import type { JsonObject } from '../../../base/json.ts'
import type { Invitation } from '../../../domain/invitations/invitation.ts'
import { answers, fact, invitedBy, know, shownInvitation, verifiedAddress } from '../../contract/fact.ts'
import type { StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { InvitationConfig } from './config.ts'
import { page } from './page.ts'

type Outcome = 'ok' | 'addressed' | 'none'
type Context = StageContext<InvitationConfig>

/** Looking again at a page without an invitation is not another refusal. */
const told = fact<boolean>('invitation.told')

export const invitation = {
  id: 'invitation',
  config: InvitationConfig,
  version: 1,
  outcomes: ['ok', 'addressed', 'none'],
  outcomesOf: ({ required }) => (required ? ALWAYS : [...ALWAYS, 'none']),
  invites: true,
  predict: ({ config, facts }) => {
    if (facts.get(shownInvitation) !== undefined) {
      return { outcomes: ALWAYS, needsPerson: false, reads: [shownInvitation.name] }
    }
    return config.required
      ? { outcomes: [], needsPerson: true, reads: [shownInvitation.name] }
      : { outcomes: ['none'], needsPerson: false, reads: [shownInvitation.name] }
  },
  foresee: ({ config }) =>
    config.required ? { ends: [], because: 'was not invited' } : { ends: [{ outcome: 'none' }] },
  open: async (context) => {
    const { config, facts, place, ports } = context
    const id = facts.get(shownInvitation)
    const found = id === undefined ? null : await ports.invitations.live(id, place.flow)
    if (found) return letIn(context, found)
    return config.required ? refuse(context) : { end: 'none' }
  },
  page,
} satisfies StageKind<InvitationConfig, Outcome>

const ALWAYS: readonly Outcome[] = ['ok', 'addressed']

const letIn = ({ facts }: Context, { id, data }: Invitation): StageEnd<Outcome> => {
  const settled: JsonObject = {
    ...(data.email === undefined ? {} : { email: data.email }),
    ...(data.username === undefined ? {} : { username: data.username }),
    ...(data.name === undefined ? {} : { name: data.name }),
  }
  return {
    end: data.email === undefined ? 'ok' : 'addressed',
    know: [
      know(invitedBy, id),
      know(answers, { ...facts.get(answers), ...settled }),
      ...(data.email !== undefined && data.mailed === true ? [know(verifiedAddress, data.email)] : []),
    ],
  }
}

const refuse = ({ facts }: Context): StageAsk => ({
  ask: { invalid: facts.get(shownInvitation) !== undefined },
  ...(facts.get(told)
    ? {}
    : {
        know: [know(told, true)],
        effects: [{ do: 'record', event: { type: 'invitation.refused', detail: { reason: 'none that counts' } } }],
      }),
})
