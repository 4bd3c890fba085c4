/**
 * Asks whoever is there to agree to terms, once for each version. What was agreed to, and when, is a record of its own and
 * an event; only a tick and a press agree (H01), and which version that was is the settings' to say, never the page's.
 */
import type { Person } from '../../../domain/people/person.ts'
import { isChosen } from '../../../pages/read-field.ts'
import { proofs } from '../../contract/fact.ts'
import type { FieldError, StageAsk, StageContext, StageKind } from '../../contract/stage.ts'
import { TermsConfig } from './config.ts'
import { page } from './page.ts'

type Outcome = 'ok' | 'refused'
type Context = StageContext<TermsConfig>

export const terms = {
  id: 'terms',
  config: TermsConfig,
  version: 1,
  outcomes: ['ok', 'refused'],
  predict: () => ({ outcomes: ['ok', 'refused'], needsPerson: true, reads: [] }),
  foresee: () => ({ ends: [{ outcome: 'ok' }, { outcome: 'refused' }] }),
  open: async (context) => {
    const person = whom(context)
    // Nobody can agree for somebody who is not there.
    if (!person) return { end: 'refused' }
    const { config, ports } = context
    const newest = await ports.terms.newest(person.user.id, config.terms)
    return newest !== null && newest >= config.version ? { end: 'ok' } : ask(context)
  },
  answer: async (context, input) => {
    const person = whom(context)
    if (!person || isChosen(input, 'refuse')) return { end: 'refused' }
    if (!isChosen(input, 'agree')) return ask(context, [{ field: 'agree', text: 'terms.tick' }])
    const { config } = context
    const effect = { do: 'agree_terms', user: person.user.id, terms: config.terms, version: config.version } as const
    return { end: 'ok', effects: [effect] }
  },
  page,
} satisfies StageKind<TermsConfig, Outcome>

const whom = ({ facts, person, signedIn }: Context): Person | null =>
  facts.get(proofs)?.length ? person : (signedIn?.person ?? null)

const ask = ({ config }: Context, errors: readonly FieldError[] = []): StageAsk => ({
  ask: { title: config.title, text: config.text, url: config.url ?? null, version: config.version },
  errors,
})
