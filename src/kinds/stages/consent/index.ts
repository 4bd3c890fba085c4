/**
 * Asks whether an application may know what it asks for. What it asks is read from where the attempt leads at the
 * moment of the answer, never from the page (A74): the page cannot add a scope, and no answer serves another request.
 */
import type { StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { ConsentConfig } from './config.ts'
import { consentPage } from './page.ts'

type Outcome = 'ok' | 'refused'

export const consent = {
  id: 'consent',
  config: ConsentConfig,
  version: 1,
  outcomes: ['ok', 'refused'],
  predict: ({ destination }) =>
    destination?.consent
      ? { outcomes: ['ok', 'refused'], needsPerson: true, reads: [] }
      : { outcomes: ['ok'], needsPerson: false, reads: [] },
  open: async (context) => ask(context),
  answer: async (context, input): Promise<StageAsk | StageEnd<Outcome>> => {
    const { destination, signedIn, request } = context
    const asked = destination?.consent
    if (!asked || !signedIn) return ask(context)
    if (input.action === 'refuse') {
      return {
        end: 'refused',
        effects: [
          {
            do: 'record',
            event: {
              type: 'consent.refused',
              user: signedIn.person.user.id,
              target: `applications/${destination.application}`,
              detail: { client: asked.clientId },
            },
          },
        ],
        ...(asked.refusedUrl === undefined ? {} : { leave: asked.refusedUrl }),
      }
    }
    if (input.action !== 'allow') return ask(context)
    return {
      end: 'ok',
      effects: [
        {
          do: 'give_consent',
          user: signedIn.person.user.id,
          application: destination.application,
          clientId: asked.clientId,
          scopes: asked.scopes.map((scope) => scope.name),
          expiresAt: asked.validFor === null ? null : request.at + asked.validFor,
        },
      ],
    }
  },
  page: consentPage,
} satisfies StageKind<ConsentConfig, Outcome>

const ask = ({ destination, signedIn }: StageContext<ConsentConfig>): StageAsk | StageEnd<Outcome> => {
  const asked = destination?.consent
  if (!asked || !signedIn) return { end: 'ok' }
  return {
    ask: {
      client: asked.clientName,
      host: asked.host,
      name: signedIn.person.user.username,
      scopes: asked.scopes
        .filter((scope) => scope.description !== '')
        .map(({ name, description }) => ({ name, description })),
    },
  }
}
