/**
 * Asks for a new password and sets it, of whoever proved who they are here (G04). Only its hash leaves this stage; what
 * was proven before somebody else set another gives no right any more (G03). Where the old password was proven on the
 * way, the new one takes the place of that proof (F13); it never adds one, or a mailbox alone would be two factors (G11).
 */
import { secret } from '../../../base/secret.ts'
import { type Person, primaryEmail } from '../../../domain/people/person.ts'
import type { Proof } from '../../../domain/sessions/session.ts'
import { type Facts, type FactWrite, know, passwordDue, proofs } from '../../contract/fact.ts'
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
  proves: true,
  provenBy: [],
  needsProof: true,
  predict: () => ({ outcomes: ['ok', 'refused'], needsPerson: true, reads: [proofs.name] }),
  foresee: ({ facts, purpose, now }) =>
    facts.get(proofs)?.length || purpose === 'settings'
      ? { ends: [{ outcome: 'ok', know: renewed(facts, now) }] }
      : { ends: [{ outcome: 'refused' }] },
  open: async (context) => {
    const person = whom(context)
    return person ? ask(context, person) : { end: 'refused' }
  },
  answer: async (context, input) => {
    const person = whom(context)
    const text = (key: string): string => (Object.hasOwn(input, key) ? (input[key] ?? '') : '')
    const typed = text('password')
    if (typed === '') return ask(context, person, [{ field: 'password', text: 'password.empty' }])
    if (!person) return { end: 'refused' }
    if (typed !== text('password_repeat')) {
      return ask(context, person, [{ field: 'password_repeat', text: 'password.not_repeated' }])
    }
    const { passwords } = context.ports
    const { id: user, username, name } = person.user
    const email = primaryEmail(person)?.address ?? ''
    const weak = await passwords.weaknesses(secret(typed), { user, username, name, email })
    if (weak.length > 0) return ask(context, person, weak)
    const hash = await passwords.hash(secret(typed))
    if (hash === 'busy') return ask(context, person, [{ field: null, text: 'form.busy' }])
    const since = provenAt(context)
    return {
      end: 'ok',
      know: renewed(context.facts, context.request.at),
      effects: [{ do: 'set_password', user, hash, ...(since === null ? {} : { since }) }],
    }
  },
  page,
} satisfies StageKind<NewPasswordConfig, Outcome>

const whom = ({ facts, person, purpose, signedIn }: Context): Person | null => {
  if (purpose === 'settings') return signedIn?.person ?? null
  return facts.get(proofs)?.length && person?.user.active ? person : null
}

/** Whoever chose the password just now knows it: in place of the old one, and nowhere else. */
const renewed = (facts: Facts, at: number): readonly FactWrite[] => {
  const due = know(passwordDue, false)
  const known = facts.get(proofs) ?? []
  const renew = (proof: Proof): Proof => (proof.method === 'pwd' ? { method: 'pwd', at } : proof)
  return known.some(({ method }) => method === 'pwd') ? [due, know(proofs, known.map(renew))] : [due]
}

const provenAt = ({ facts, purpose }: Context): number | null => {
  const proven = purpose === 'settings' ? [] : (facts.get(proofs) ?? [])
  return proven.length === 0 ? null : Math.max(...proven.map(({ at }) => at))
}

const ask = ({ facts }: Context, person: Person | null, errors: readonly FieldError[] = []): StageAsk => ({
  // Whoever is asked for one in the middle of a sign-in is told why.
  ask: { username: person?.user.username ?? '', due: facts.get(passwordDue) === true },
  errors,
})
