/**
 * What stands between a request and its code (OpenID Connect Core §3.1.2.3, §3.1.2.4): nothing, a sign-in, a consent,
 * or a refusal. Asking leaves a marker with the time of the question in our own address; coming back with it tells a
 * sign-in or a consent that was given in answer from one that was there before.
 */
import { MINUTE } from '../../../base/clock.ts'
import { isKnownAcr, reachesAcr } from '../acr.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { Ready } from './authorize.ts'

export type ConsentMode = 'implicit' | 'remember' | 'always'

export type Standing = {
  readonly now: number
  /** Who is signed in, and since when; null for nobody. */
  readonly authTime: number | null
  /** Whether the person is the one that `id_token_hint` names; true without a hint. */
  readonly hinted: boolean
  /** The marker of this very request, if one came with it. */
  readonly asked: { readonly at: number } | null
  /** They have been through a step-up for this very request: asking again would ask for ever. */
  readonly steppedUp: boolean
  /** The person answered this very request with no. */
  readonly refused: boolean
  readonly consent: {
    readonly scopes: readonly string[]
    readonly grantedAt: number
    readonly expiresAt: number | null
  } | null
}

/** First of all: must the person sign in, or prove it again? */
export const signInStep = (ready: Ready, standing: Standing): 'sign_in' | 'stay' | OAuthError => {
  const silent = ready.prompts.has('none')
  if (standing.authTime === null) return silent ? refuse('login_required', 'Nobody is signed in.') : 'sign_in'
  const fresh = isFresh(standing)
  if (!standing.hinted) {
    // Asked again and again, the wrong person would never get out of the circle.
    const hopeless = silent || fresh
    return hopeless ? refuse('login_required', 'Another person is signed in than the id_token_hint names.') : 'sign_in'
  }
  if (isTooOld(ready, standing, fresh)) {
    return silent ? refuse('login_required', 'The sign-in is older than max_age.') : 'sign_in'
  }
  const anew = ready.prompts.has('login') || ready.prompts.has('select_account')
  return anew && !fresh ? 'sign_in' : 'stay'
}

/**
 * Then, once the rules allow it: is the sign-in as strong as the client would like (Core §5.5.1.1)? A wish is tried once
 * and then let go; what is essential and was not reached is refused (RFC 9470 §5).
 */
export const acrStep = (
  { acr: { values, essential }, prompts }: Ready,
  { steppedUp }: Pick<Standing, 'steppedUp'>,
  amr: readonly string[],
): 'step_up' | 'stay' | OAuthError => {
  if (values.length === 0 || values.some((acr) => reachesAcr(acr, amr))) return 'stay'
  const hopeless = steppedUp || !values.some(isKnownAcr)
  if (!essential) return hopeless || prompts.has('none') ? 'stay' : 'step_up'
  if (hopeless) {
    return refuse('unmet_authentication_requirements', 'None of the acr values asked for could be reached.')
  }
  return prompts.has('none') ? refuse('interaction_required', 'More must be proven for this acr.') : 'step_up'
}

/** Last of all, once the rules allow it: must the person agree? */
export const consentStep = (ready: Ready, standing: Standing, mode: ConsentMode): 'consent' | 'stay' | OAuthError => {
  if (standing.refused) return refuse('access_denied', 'The person did not agree.')
  const each = mode === 'always' || ready.prompts.has('consent')
  if (mode === 'implicit' && !each) return 'stay'
  if (covers(ready, standing, each)) return 'stay'
  return ready.prompts.has('none') ? refuse('consent_required', 'The person has not agreed yet.') : 'consent'
}

type Refusing =
  | 'login_required'
  | 'interaction_required'
  | 'consent_required'
  | 'access_denied'
  | 'unmet_authentication_requirements'

const refuse = (code: Refusing, message: string): OAuthError => oauthFail(code, message).error

const isFresh = ({ asked, authTime }: Standing): boolean => asked !== null && authTime !== null && authTime >= asked.at

/** Somebody who has just signed in for this request is not sent back over the seconds that it took (`max_age=0`). */
const isTooOld = ({ maxAge }: Ready, { now, authTime }: Standing, fresh: boolean): boolean =>
  maxAge !== null && authTime !== null && now - authTime > (fresh ? Math.max(maxAge, MINUTE) : maxAge)

/** A remembered yes counts for what it named and no more (A74); a yes to this question counts once. */
const covers = ({ scopes }: Ready, { consent, asked, now }: Standing, each: boolean): boolean => {
  if (!consent || !scopes.every((scope) => consent.scopes.includes(scope))) return false
  if (each) return asked !== null && consent.grantedAt >= asked.at
  return consent.expiresAt === null || consent.expiresAt > now || (asked !== null && consent.grantedAt >= asked.at)
}
