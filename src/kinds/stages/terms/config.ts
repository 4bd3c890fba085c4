/** What a terms stage can be set to. */
import { Closed, HttpUrl, Line, Slug, type Static, Type } from '../../../base/schema.ts'

export const TermsConfig = Closed({
  terms: Slug({ default: 'terms', description: 'Which terms: what is agreed to is remembered under this name.' }),
  version: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Raise it and everybody is asked again.',
  }),
  title: Line({ default: '', description: 'The heading; left out, a plain one.' }),
  text: Type.String({ default: '', maxLength: 20_000, description: 'Plain text; empty lines part paragraphs.' }),
  url: Type.Optional(HttpUrl({ description: 'Where the whole of it can be read.' })),
})
export type TermsConfig = Static<typeof TermsConfig>
