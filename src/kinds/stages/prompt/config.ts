/** What a prompt asks: its fields, in order, and the checks over all of them. Names are authentik's. */
import { Closed, Expression, Line, type Static, Type } from '../../../base/schema.ts'

/** `username`, `attributes.phone`. No step of it reaches a prototype (H11). */
const FIELD_KEY =
  '^(?!(?:.*\\.)?(?:constructor|prototype|attempt|step)(?:\\.|$))[a-z][a-z0-9_]*(?:\\.[a-z][a-z0-9_]*)*$'

const FIELD_TYPES = [
  'text',
  'text_area',
  'text_read_only',
  'text_area_read_only',
  'email',
  'username',
  'password',
  'checkbox',
  'choice',
  'dropdown',
  'number',
  'date',
  'date_time',
  'locale',
  'hidden',
  'static',
  'separator',
] as const

/** What nobody types: the server's own value is kept, whatever a form says (H12). */
export const UNTYPED: ReadonlySet<string> = new Set(['hidden', 'text_read_only', 'text_area_read_only'])

const PromptField = Closed({
  field_key: Type.String({ pattern: FIELD_KEY, maxLength: 63, description: 'The name of the answer.' }),
  type: Type.Enum([...FIELD_TYPES], { default: 'text' }),
  label: Line({ default: '', description: 'The words above the field; of a separator, the heading after it.' }),
  required: Type.Boolean({ default: true }),
  placeholder: Line({ default: '', description: 'An example.' }),
  sub_text: Type.String({ default: '', maxLength: 1000, description: 'The hint below; of a static field, its text.' }),
  initial_value: Line({
    default: '',
    maxLength: 1000,
    description: 'What stands there at first; of a hidden field, its value.',
  }),
  initial_value_expression: Type.Optional(
    Expression({ description: 'Gives the initial value.', examples: ['user.name'] }),
  ),
  choices: Type.Array(Closed({ value: Line({ minLength: 1 }), label: Line({ default: '' }) }), {
    default: [],
    maxItems: 100,
    description: 'Of a choice or a dropdown.',
  }),
  min_length: Type.Optional(Type.Integer({ minimum: 0, maximum: 4000, description: 'Of text, in characters.' })),
  max_length: Type.Optional(Type.Integer({ minimum: 1, maximum: 4000, description: 'Of text, in characters.' })),
  minimum: Type.Optional(Type.Number({ description: 'Of a number.' })),
  maximum: Type.Optional(Type.Number({ description: 'Of a number.' })),
})
export type PromptField = Static<typeof PromptField>

export const PromptConfig = Closed({
  says: Type.Optional(
    Type.Enum(['enrol', 'enrol_address', 'change_email'], {
      description: 'Words of the house, in the language of whoever reads them, in place of title and text.',
    }),
  ),
  title: Line({ default: '', description: 'The heading; left out, a plain one.' }),
  text: Type.String({ default: '', maxLength: 4000, description: 'Plain text above the fields.' }),
  button: Line({ default: '', maxLength: 60, description: 'The words on the button.' }),
  fields: Type.Array(PromptField, { default: [], maxItems: 50 }),
  validation: Type.Array(
    Closed({
      expression: Expression({
        'x-variables': { answers: 'map' },
        description: 'Must be true for the answers to be taken.',
        examples: ['answers.email.endsWith("@example.com")'],
      }),
      message: Line({ minLength: 1, maxLength: 500, description: 'What the person reads where it is not.' }),
      field_key: Type.Optional(Type.String({ pattern: FIELD_KEY, maxLength: 63, description: 'Where it is shown.' })),
    }),
    { default: [], maxItems: 20 },
  ),
})
export type PromptConfig = Static<typeof PromptConfig>
