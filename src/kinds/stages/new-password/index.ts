/**
 * Asks for a new password and sets it, of whoever proved who they are here (G04). Only its hash leaves this stage; what
 * was proven before somebody else set another gives no right any more (G03).
 */
import { secret } from '../../../base/secret.ts'
import { type Person, primaryEmail } from '../../../domain/people/person.ts'
import { proofs } from '../../contract/fact.ts'
import type { FieldError, StageAsk, StageContext, StageKind } from '../../contract/stage.ts'
import { NewPasswordConfig } from './config.ts'
import { page } from './page.ts'

type Outcome = 'ok' | 'refused'
type Context = StageContext<NewPasswordConfig>

export const newPassword = {
  id: 'new-password',
  config: NewPasswordConfig,
  version: 1,
  outcomes: ['ok', 'refused'],
  predict: () => ({ outcomes: ['ok', 'refused'], needsPerson: true, reads: [proofs.name] }),
  open: async (context) => {
    const person = whom(context)
    return person ? ask(person) : { end: 'refused' }
  },
  answer: async (context, input) => {
    const person = whom(context)
    const text = (key: string): string => (Object.hasOwn(input, key) ? (input[key] ?? '') : '')
    const typed = text('password')
    if (typed === '') return ask(person, [{ field: 'password', text: 'password.empty' }])
    if (!person) return { end: 'refused' }
    if (typed !== text('password_repeat')) {
      return ask(person, [{ field: 'password_repeat', text: 'password.not_repeated' }])
    }
    const { passwords } = context.ports
    const { username, name } = person.user
    const email = primaryEmail(person)?.address ?? ''
    const weak = passwords.weaknesses(secret(typed), { username, name, email })
    if (weak.length > 0) return ask(person, weak)
    const hash = await passwords.hash(secret(typed))
    if (hash === 'busy') return ask(person, [{ field: null, text: 'form.busy' }])
    const since = provenAt(context)
    const user = person.user.id
    return { end: 'ok', effects: [{ do: 'set_password', user, hash, ...(since === null ? {} : { since }) }] }
  },
  page,
} satisfies StageKind<NewPasswordConfig, Outcome>

const whom = ({ facts, person, purpose, signedIn }: Context): Person | null => {
  if (purpose === 'settings') return signedIn?.person ?? null
  return facts.get(proofs)?.length && person?.user.active ? person : null
}

const provenAt = ({ facts, purpose }: Context): number | null => {
  const proven = purpose === 'settings' ? [] : (facts.get(proofs) ?? [])
  return proven.length === 0 ? null : Math.max(...proven.map(({ at }) => at))
}

const ask = (person: Person | null, errors: readonly FieldError[] = []): StageAsk => ({
  ask: { username: person?.user.username ?? '' },
  errors,
})
