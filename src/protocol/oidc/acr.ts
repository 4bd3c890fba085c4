/**
 * Authentication context classes (OpenID Connect Core §2 `acr`): how strongly somebody signed in, as clients may ask for
 * it. `phr` and `phrh` are those of OpenID Connect Extended Authentication Profile; the others are ours, since no
 * specification names one factor and two.
 */

/** authentik's constant, which its clients may have been told to ask for: whoever is signed in has reached it. */
export const AUTHENTIK_ACR = 'goauthentik.io/providers/oauth2/default'
const ONE_FACTOR = 'urn:gatehouse:acr:1fa'
const TWO_FACTORS = 'urn:gatehouse:acr:mfa'
const PHISHING_RESISTANT = 'phr'
const IN_HARDWARE = 'phrh'

/** Keys made for one site answer at no other (WebAuthn); those that leave their device are not in hardware alone. */
const REACHED: Readonly<Record<string, (amr: readonly string[]) => boolean>> = {
  [AUTHENTIK_ACR]: () => true,
  [ONE_FACTOR]: () => true,
  [TWO_FACTORS]: (amr) => amr.includes('mfa'),
  [PHISHING_RESISTANT]: (amr) => amr.includes('hwk') || amr.includes('swk'),
  [IN_HARDWARE]: (amr) => amr.includes('hwk'),
}

/** Those told in discovery, weakest first. */
export const ACR_VALUES: readonly string[] = Object.keys(REACHED)

/** Own members only: `constructor` is no class. */
export const isKnownAcr = (acr: string): boolean => Object.hasOwn(REACHED, acr)

export const reachesAcr = (acr: string, amr: readonly string[]): boolean =>
  Object.hasOwn(REACHED, acr) && REACHED[acr]?.(amr) === true

/** What is told to a client that asked: the first it would like that was reached, else how strong the sign-in is. */
export const acrOf = (wanted: readonly string[], amr: readonly string[]): string =>
  wanted.find((acr) => reachesAcr(acr, amr)) ?? (reachesAcr(TWO_FACTORS, amr) ? TWO_FACTORS : ONE_FACTOR)
