/** A decision in words: whole for administrators (`gatehouse why`), gentle for the person it is about. */
import type { Decision, Outcome, Reason } from '../domain/decisions/decision.ts'

const verdicts: Readonly<Record<Outcome, (who: string, what: string) => string>> = {
  allow: (who, what) => `${who} may open ${what}.`,
  deny: (who, what) => `${who} may not open ${what}.`,
  step_up: (who, what) => `${who} may open ${what} once the sign-in is strong enough.`,
  sign_in: (_who, what) => `Nobody is signed in; ${what} asks for a sign-in first.`,
}

/** Sentences for an administrator: the verdict, every rule with what it saw, and what would let the person in. */
export const explainDecision = (
  decision: Pick<Decision, 'outcome' | 'reasons'>,
  about: { person: string; application: string },
): string[] => {
  const cures = decision.reasons.filter((reason) => !reason.holds && reason.cure).map((reason) => reason.cure ?? '')
  return [
    verdicts[decision.outcome](about.person, about.application),
    ...decision.reasons.map(explainReason),
    ...(decision.outcome === 'allow' || cures.length === 0 ? [] : [`What would let them in: ${cures.join(' Then: ')}`]),
  ]
}

const explainReason = (reason: Reason): string => {
  const saw = Object.entries(reason.saw ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
  return `${reason.holds ? 'yes' : 'no '}  ${reason.says}${saw.length > 0 ? ` [${saw.join(', ')}]` : ''}`
}

/**
 * The key of the text that a person denied reads. It tells what they can do about it, and neither which rule there is
 * nor who else may enter.
 */
export const denialText = (decision: Decision): string => {
  const first = decision.reasons.find((reason) => !reason.holds)
  return first?.text ?? texts.get(first?.rule ?? '') ?? 'denied.rules'
}

const texts: ReadonlyMap<string, string> = new Map([
  ['session', 'denied.sign_in'],
  ['active', 'denied.inactive'],
  ['allowed', 'denied.not_allowed'],
  ['not_denied', 'denied.rules'],
  ['condition', 'denied.condition'],
  ['mfa', 'denied.assurance'],
  ['methods', 'denied.assurance'],
  ['max_age', 'denied.assurance'],
  ['network', 'denied.policy.network'],
  ['device', 'denied.policy.known_device'],
])
