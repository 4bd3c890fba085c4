/** Ends the attempt with a no. It takes no answer: there is no way on from here but to begin again. */
import { fact, know } from '../../contract/fact.ts'
import type { StageKind } from '../../contract/stage.ts'
import { DenyConfig } from './config.ts'
import { page } from './page.ts'

/** Looking again at the page of an attempt is not another refusal. */
const told = fact<boolean>('deny.told')

export const deny = {
  id: 'deny',
  config: DenyConfig,
  version: 1,
  outcomes: [],
  predict: () => ({ outcomes: [], needsPerson: true, reads: [] }),
  foresee: () => ({ ends: [], because: 'is denied' }),
  open: async ({ config, facts, person, purpose }) => ({
    ask: { message: config.deny_message ?? null },
    ...(facts.get(told)
      ? {}
      : {
          know: [know(told, true)],
          effects: [
            {
              do: 'record',
              event: {
                type: 'login.refused',
                ...(person ? { user: person.user.id } : {}),
                detail: { username: person?.user.username ?? '', reason: 'flow', purpose },
              },
            },
          ],
        }),
  }),
  page,
} satisfies StageKind<DenyConfig, never>
