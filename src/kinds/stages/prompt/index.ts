/**
 * Asks for what a flow wants to know and keeps the answers as a fact. A password becomes a hash at once: neither the
 * page nor the store of attempts ever holds the text.
 */
import { isPoisonousKey, type Json, type JsonObject } from '../../../base/json.ts'
import { secret } from '../../../base/secret.ts'
import { isChosen } from '../../../pages/read-field.ts'
import { answers, know, newPasswordHash } from '../../contract/fact.ts'
import type { ForeseeContext, Foreseen } from '../../contract/foresee.ts'
import type { FieldError, StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { PromptConfig, type PromptField } from './config.ts'
import { page } from './page.ts'
import { type Reading, readAnswers } from './read-answers.ts'

type Context = StageContext<PromptConfig>

export const prompt = {
  id: 'prompt',
  config: PromptConfig,
  version: 1,
  outcomes: ['ok'],
  predict: () => ({ outcomes: ['ok'], needsPerson: true, reads: [] }),
  foresee: (context) => foresee(context),
  open: async (context) => ask(context, await initialValues(context)),
  answer: async (context, input) => {
    const initial = await initialValues(context)
    // The button says that the form was sent: fields that may stay empty would otherwise be answered by nothing (H01).
    if (!isChosen(input, 'go', 'on')) return ask(context, initial)
    const read = readAnswers(context.config.fields, input, (field) => initial.get(field) ?? '')
    const errors = [...read.errors, ...(await judge(context, read))]
    if (errors.length > 0) return ask(context, initial, errors)
    const [password] = read.passwords
    const hash = password && (await context.ports.passwords.hash(secret(password.text)))
    if (hash === 'busy') return ask(context, initial, [{ field: null, text: 'form.busy' }])
    return keep(context, read, hash)
  },
  page,
} satisfies StageKind<PromptConfig, 'ok'>

/** Somebody answers what has to be answered; with what, is theirs to say. */
const foresee = ({ config, facts }: ForeseeContext<PromptConfig>): Foreseen<'ok'> => {
  const given = Object.fromEntries(
    config.fields.flatMap((field) => (asksNothing(field) ? [] : [[field.field_key, anAnswer(field)]])),
  )
  const password = config.fields.some(({ type, required }) => type === 'password' && required)
  const learnt = [know(answers, nest(facts.get(answers) ?? {}, given))]
  return {
    ends: [{ outcome: 'ok', know: password ? [...learnt, know(newPasswordHash, 'a new one')] : learnt }],
    unsure: [`facts.${answers.name}`],
  }
}

const asksNothing = ({ type }: PromptField): boolean => ['static', 'separator', 'password'].includes(type)

const anAnswer = ({ type, required, choices }: PromptField): Json => {
  if (type === 'checkbox') return required
  if (type === 'number') return required ? 1 : null
  return required ? (choices[0]?.value ?? 'x') : ''
}

type Initial = ReadonlyMap<PromptField, string>

const initialValues = async ({ config, ports }: Context): Promise<Initial> => {
  const values = new Map<PromptField, string>()
  for (const field of config.fields) {
    const { initial_value_expression: expression, initial_value: plain } = field
    const computed = expression === undefined ? undefined : await ports.evaluate(expression)
    // One that fails gives nothing: the field begins empty.
    values.set(
      field,
      expression === undefined ? plain : computed === undefined || computed === null ? '' : String(computed),
    )
  }
  return values
}

const ask = ({ config }: Context, initial: Initial, errors: readonly FieldError[] = []): StageAsk => ({
  ask: {
    ...(config.says === undefined ? {} : { says: config.says }),
    title: config.title,
    text: config.text,
    button: config.button,
    // Hidden ones are not told: what is not in the page cannot be changed there (H12).
    fields: config.fields
      .filter((field) => field.type !== 'hidden')
      .map((field) => shown(field, initial.get(field) ?? '')),
  },
  errors,
})

const shown = (field: PromptField, initial: string): JsonObject => ({
  key: field.field_key,
  type: field.type,
  label: field.label,
  required: field.required,
  placeholder: field.placeholder,
  hint: field.sub_text,
  value: field.type === 'password' ? '' : initial,
  choices: field.choices.map(({ value, label }) => ({ value, label: label || value })),
  ...(field.max_length === undefined ? {} : { max_length: field.max_length }),
})

/** What can be said only of all answers together, or by asking the house. */
const judge = async (context: Context, read: Reading): Promise<FieldError[]> => {
  if (read.errors.length > 0) return []
  const { config, ports } = context
  const errors: FieldError[] = []
  for (const field of config.fields) {
    const value = read.values[field.field_key]
    if (field.type === 'username' && typeof value === 'string' && (await isTaken(context, value))) {
      errors.push({ field: field.field_key, text: 'form.username_taken' })
    }
  }
  for (const { key, text } of read.passwords) {
    const weak = await ports.passwords.weaknesses(secret(text), aboutOf(context, read.values))
    errors.push(...weak.map((error) => ({ ...error, field: key })))
  }
  const given = nest({}, read.values)
  for (const { expression, message, field_key: field = null } of config.validation) {
    // One that fails refuses.
    if ((await ports.evaluate(expression, { answers: given })) === true) continue
    errors.push({ field, text: 'prompt.refused', values: { message } })
  }
  return errors
}

/** One's own name may be kept. */
const isTaken = async ({ ports, signedIn }: Context, username: string): Promise<boolean> => {
  if (!(await ports.people.usernameTaken(username))) return false
  const owner = await ports.people.byLogin(username)
  return owner === null || owner.user.id !== signedIn?.person.user.id
}

const aboutOf = ({ facts, signedIn }: Context, values: Readonly<Record<string, Json>>) => {
  const known = { ...facts.get(answers), ...values }
  const text = (key: string, otherwise = ''): string => (typeof known[key] === 'string' ? known[key] : otherwise)
  const user = signedIn?.person.user
  return { username: text('username', user?.username), name: text('name', user?.name), email: text('email') }
}

const keep = ({ facts }: Context, read: Reading, hash: string | undefined): StageEnd<'ok'> => ({
  end: 'ok',
  know: [
    know(answers, nest(facts.get(answers) ?? {}, read.values)),
    ...(hash === undefined ? [] : [know(newPasswordHash, hash)]),
  ],
})

/** `attributes.phone` is `phone` of `attributes`. The schema lets no poisonous key through; asked again at the write. */
const nest = (into: JsonObject, values: Readonly<Record<string, Json>>): JsonObject => {
  let all = into
  for (const [key, value] of Object.entries(values)) all = put(all, key.split('.'), value)
  return all
}

const put = (into: JsonObject, [step = '', ...rest]: readonly string[], value: Json): JsonObject => {
  if (isPoisonousKey(step)) throw new Error(`a field may not be named ${step}`)
  if (rest.length === 0) return { ...into, [step]: value }
  const held = Object.hasOwn(into, step) ? into[step] : undefined
  const inner = held !== null && typeof held === 'object' && !Array.isArray(held) ? (held as JsonObject) : {}
  return { ...into, [step]: put(inner, rest, value) }
}
