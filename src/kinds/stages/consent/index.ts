/**
 * Asks whether an application may know what it asks for. What it asks is read from where the attempt leads at the
 * moment of the answer, never from the page (A74): the page cannot add a scope, and no answer serves another request.
 */
import type { JsonObject } from '../../../base/json.ts'
import { type Person, primaryEmail } from '../../../domain/people/person.ts'
import { isChosen } from '../../../pages/read-field.ts'
import type { ConsentRequest, StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { ConsentConfig } from './config.ts'
import { page } from './page.ts'

type Outcome = 'ok' | 'refused'
type Context = StageContext<ConsentConfig>

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
  answer: async (context, input) => {
    if (isChosen(input, 'decision', 'refuse')) return refuse(context)
    return isChosen(input, 'decision', 'allow') ? allow(context) : ask(context)
  },
  page,
} satisfies StageKind<ConsentConfig, Outcome>

const ask = ({ destination, signedIn }: Context): StageAsk | StageEnd<Outcome> => {
  const asked = destination?.consent
  if (!asked) return { end: 'ok' }
  // Nobody can say yes for somebody who is not there.
  if (!signedIn) return { end: 'refused' }
  return {
    ask: {
      client: asked.clientName,
      host: asked.host,
      username: signedIn.person.user.username,
      scopes: asked.scopes.filter((scope) => scope.description !== '').map((scope) => told(scope, signedIn.person)),
    },
  }
}

/** A scope with the very values that it stands for, where they are short enough to show. */
const told = ({ name, description }: ConsentRequest['scopes'][number], person: Person): JsonObject => ({
  name,
  description,
  value: shownValue(name, person),
})

const shownValue = (scope: string, person: Person): string | null => {
  if (scope === 'profile') return person.user.name || person.user.username
  if (scope === 'email') return primaryEmail(person)?.address ?? null
  if (scope !== 'groups') return null
  const names = person.directGroups.map((group) => group.name)
  return names.length > 0 && names.length <= 6 ? names.join(', ') : null
}

const allow = (context: Context): StageAsk | StageEnd<Outcome> => {
  const { destination, signedIn, request } = context
  const asked = destination?.consent
  if (!asked || !signedIn) return ask(context)
  return {
    end: 'ok',
    effects: [
      {
        do: 'give_consent',
        user: signedIn.person.user.id,
        application: destination.application,
        clientId: asked.clientId,
        scopes: asked.scopes.map((scope) => scope.name),
        expiresAt: asked.validFor === null ? null : request.at + Math.max(asked.validFor, THIS_ONCE),
      },
    ],
  }
}

// "For this once" must outlive the way back to the application's request, and nothing more.
const THIS_ONCE = 60_000

const refuse = (context: Context): StageAsk | StageEnd<Outcome> => {
  const { destination, signedIn } = context
  const asked = destination?.consent
  if (!asked || !signedIn) return ask(context)
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
